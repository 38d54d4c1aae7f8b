"""What kind of goods a listing offers, told from the words of its category, title, pictures and numbers."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from jianwei.ports.findings import FindingField
    from jianwei.risk.rules import ProductClass

FIELD_WEIGHTS: dict[FindingField | str, float] = {
    "category": 3.0,
    "title": 2.0,
    "spec": 1.0,
    "ocr": 1.0,
    "caption": 0.5,
}
"""What a word counts by where it stands: a platform's own category says most."""

_IDENTIFIER_WEIGHT = 6.0
_NEAR_BEST = 0.75
_DIGITS = 9
_LEAST = 0.9
"""A single word of weight 1 outside the title is enough."""


def product_classes(
    words: Iterable[tuple[str, str, float, str]], identifiers: Iterable[str], classes: Mapping[str, ProductClass]
) -> tuple[str, ...]:
    """Return the likeliest kinds, best first: those within three quarters of the best; empty where nothing tells.

    Args:
        words: kind, word, weight and field of each word met; a word counts once, where it says most.
        identifiers: the kinds of numbers that are present and in order.
        classes: all kinds of goods.
    """
    best: dict[tuple[str, str], float] = {}
    for kind, word, weight, field in words:
        worth = weight * FIELD_WEIGHTS[field]
        if abs(worth) > abs(best.get((kind, word), 0.0)):
            best[kind, word] = worth
    totals: dict[str, float] = defaultdict(float)
    for (kind, _), worth in best.items():
        totals[kind] += worth
    present = set(identifiers)
    for kind, product in classes.items() if present else ():
        if present.intersection(product.identifiers):
            totals[kind] += _IDENTIFIER_WEIGHT
    # Sums of the same weights differ in their last digits by the order in which the words come, which is none.
    worths = {kind: round(total, _DIGITS) for kind, total in totals.items()}
    top = max(worths.values(), default=0.0)
    if top < _LEAST:
        return ()
    least = round(_NEAR_BEST * top, _DIGITS)
    return tuple(
        sorted([kind for kind, worth in worths.items() if worth >= least], key=lambda kind: (-worths[kind], kind))
    )


def is_of(found: Iterable[str], wanted: Iterable[str], classes: Mapping[str, ProductClass]) -> bool:
    """Tell whether any of the kinds found is one of those wanted or lies inside one; `unknown` is finding none."""
    names = set(wanted)
    kinds = list(found)
    if not kinds:
        return "unknown" in names
    for kind in kinds:
        step: str = kind
        while step:
            if step in names:
                return True
            step = classes[step].parent if step in classes else ""
    return False
