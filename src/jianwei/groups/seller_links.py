"""How strongly shops hang together by what they share, weighed by how rare that is.

Each thing that several shops share (a picture family, a contact, a phrase) speaks for each pair of them. What many
share says little: a picture or phrase of k shops counts 1 / (k − 1) for each pair, so that a stock picture of a whole
brand weighs next to nothing however many of them there are. A contact is meant to be one seller's, so it counts in full
up to 20 shops and falls off with the square beyond, as the number of a platform's own hotline should.

Source: M. E. J. Newman, "Scientific collaboration networks II", Physical Review E 64, 2001, equation 2: 1 / (k − 1).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING

from jianwei.ports.groups import LinkReason, SellerLink

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from jianwei.ports.groups import LinkKind, Shop

LINKED_FROM = 3.0
"""Strength from which on two shops count as one seller: a contact of their own, or three pictures only they have."""

CONTACT_WEIGHT = 3.0
ADDRESS_WEIGHT = 2.0
"""For URLs: a shop's own page is telling, but many URLs on pictures are those of a platform or a brand."""
PICTURE_WEIGHT = 1.0
PHRASE_WEIGHT = 0.5

_MOST_SHOPS: Mapping[LinkKind, int] = {"pictures": 30, "contact": 200, "phrase": 10}
"""What more shops share is passed over: its weight is nothing, and its pairs are many."""

_OWN_CONTACT_SHOPS = 20
_MOST_VALUES = 3
_BOILERPLATE_SHARE = 0.2
_FEWEST_FOR_BOILERPLATE = 10


@dataclass(frozen=True, slots=True)
class Shared:
    """One thing that shops share. `shops` are numbers, ascending; for the pairs in `apart` it says nothing."""

    kind: LinkKind
    value: str
    shops: tuple[int, ...]
    weight: float
    apart: frozenset[tuple[int, int]] = frozenset()


@dataclass(slots=True)
class _Pair:
    strength: float = 0.0
    shared: dict[LinkKind, list[tuple[float, str]]] = field(default_factory=lambda: defaultdict(list))


def seller_links(shared: Iterable[Shared], shops: Sequence[Shop], *, least: float = LINKED_FROM) -> list[SellerLink]:
    """Return the pairs of shops whose strength is at least `least`, strongest first, ties by name."""
    pairs: dict[tuple[int, int], _Pair] = defaultdict(_Pair)
    for thing in shared:
        rarity = rarity_of(thing.kind, len(thing.shops), len(shops))
        if rarity == 0.0:
            continue
        for pair in combinations(thing.shops, 2):
            if pair not in thing.apart:
                pairs[pair].strength += thing.weight * rarity
                pairs[pair].shared[thing.kind].append((-rarity, thing.value))
    links = [_link(shops[first], shops[second], pair) for (first, second), pair in pairs.items()]
    strong = [link for link in links if link.strength >= least]
    return sorted(strong, key=lambda link: (-link.strength, str(link.first), str(link.second)))


def rarity_of(kind: LinkKind, shops: int, all_shops: int) -> float:
    """Return in 0..1 how much a thing that `shops` shops share says about two of them; 0 for less than two."""
    if shops < 2 or shops > _MOST_SHOPS[kind]:
        return 0.0
    if kind != "contact":
        return 1.0 / (shops - 1)
    if shops > max(_FEWEST_FOR_BOILERPLATE, _BOILERPLATE_SHARE * all_shops):
        return 0.0
    return min(1.0, (_OWN_CONTACT_SHOPS / shops) ** 2)


def _link(first: Shop, second: Shop, pair: _Pair) -> SellerLink:
    reasons = tuple(
        LinkReason(kind, len(values), tuple(value for _, value in sorted(values)[:_MOST_VALUES]))
        for kind, values in sorted(pair.shared.items())
    )
    # Rounded, so that the order in which weights were added up does not show.
    one, other = sorted((first, second), key=str)
    return SellerLink(one, other, round(pair.strength, 6), reasons)
