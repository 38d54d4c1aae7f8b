"""Pairs of a picture and its texts, and their division into a part to learn from and a part to measure with.

What belongs together stays on one side: the pairs of one product, of one picture, of pictures that look alike, and of
one title. Else the measure would ask for what was learnt by heart. Left out: where pairs come from.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jianwei.errors import TrainingError
from jianwei.text.fold import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

ALIKE_BITS = 31
"""PDQ hashes that differ in at most so many of 256 bits are the same picture to a person.

Source: Facebook's "The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing Algorithm" (2019).
"""

_HASH_BLOCK = 2048  # rows compared with all others at once


@dataclass(frozen=True, slots=True)
class TrainingPair:
    """One picture as one listing shows it, with the texts that describe it.

    `texts` are not empty; the first is the title. `product` names what must stay on one side of a split, `category` is
    empty where unknown. `dismissed` are texts that a reviewer found not to be true of it: they are its negatives.
    """

    picture: str
    texts: tuple[str, ...]
    product: str
    category: str = ""
    pdq: bytes | None = None
    dismissed: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The title as it is compared with others: without case, width and signs."""
        return fold(self.texts[0]).text


@dataclass(frozen=True, slots=True)
class Division:
    """Pairs to learn from, and pairs to measure with."""

    training: tuple[TrainingPair, ...]
    validation: tuple[TrainingPair, ...]


def check_pairs(pairs: Sequence[TrainingPair], *, skipped: int) -> None:
    """Look whether anything can be learnt from these pairs.

    Raises:
        TrainingError: there are none, they are all of one product, or all have one title.
    """
    if not pairs:
        also, also_zh = (
            (f" {skipped} had no readable picture.", f"另有 {skipped} 个图片无法读取。") if skipped else ("", "")
        )
        raise TrainingError(
            f"There is no pair of a picture and a title to learn from.{also} Ingest listings with titles and pictures.",
            zh=f"没有可用于训练的“图片—标题”对。{also_zh}请先导入带标题和图片的商品。",
            pairs=0,
            skipped=skipped,
        )
    for what, what_zh, count in (
        ("product", "商品", len({pair.product for pair in pairs})),
        ("title", "标题", len({pair.title for pair in pairs})),
    ):
        if count == 1:
            raise TrainingError(
                f"All {len(pairs)} pairs are of one {what}, so there is nothing to tell apart. "
                "Contrastive training needs different products with different titles: some hundreds at least.",
                zh=f"全部 {len(pairs)} 对数据的{what_zh}相同，无从区分。对比训练需要标题各异的不同商品，至少数百个。",
                pairs=len(pairs),
            )


def divide(pairs: Sequence[TrainingPair], *, share: float, seed: int) -> Division:
    """Return a division in which about `share` of the pairs measure; the same pairs and seed give the same.

    Families are drawn by a hash of their content, so that adding pairs moves no old family to the other side. One
    family never is all there is to learn from.

    Raises:
        TrainingError: all pairs are one family, and some were to measure with.
    """
    families = families_of(pairs)
    if share <= 0:
        return Division(tuple(pairs), ())
    if len(set(families)) < 2:
        raise TrainingError(
            f"All {len(pairs)} pairs are connected by product, picture or title, so none can be kept apart to measure "
            "with. Add other products, or train without measuring: --validation-share 0",
            zh=f"全部 {len(pairs)} 对数据因商品、图片或标题相同而相互关联，无法分出验证集。"
            "请增加其他商品，或不做验证：--validation-share 0",
            pairs=len(pairs),
        )
    sizes = Counter(families)
    names: dict[int, str] = {}
    for pair, family in zip(pairs, families, strict=True):
        key = hashlib.sha256(f"{seed}:{pair.product}:{pair.picture}".encode()).hexdigest()
        names[family] = min(names.get(family, key), key)
    measured: set[int] = set()
    wanted, count = share * len(pairs), 0
    for family in sorted(names, key=names.__getitem__):
        if count >= wanted or len(measured) + 1 == len(names):
            break
        # A family that would make the part far too large stays to be learnt from.
        if not measured or count + sizes[family] <= 1.5 * wanted:
            measured.add(family)
            count += sizes[family]
    sides: dict[bool, list[TrainingPair]] = {True: [], False: []}
    for pair, family in zip(pairs, families, strict=True):
        sides[family in measured].append(pair)
    return Division(tuple(sides[False]), tuple(sides[True]))


def families_of(pairs: Sequence[TrainingPair]) -> list[int]:
    """Return the number of each pair's family: pairs joined by product, picture, likeness or title, step by step."""
    parents = list(range(len(pairs)))

    def top(at: int) -> int:
        while parents[at] != at:
            parents[at] = parents[parents[at]]
            at = parents[at]
        return at

    for group in _joined(pairs):
        first = top(group[0])
        for other in group[1:]:
            parents[top(other)] = first
    return [top(at) for at in range(len(pairs))]


def _joined(pairs: Sequence[TrainingPair]) -> Iterable[Sequence[int]]:
    groups: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for at, pair in enumerate(pairs):
        for kind, value in (("product", pair.product), ("picture", pair.picture), ("title", pair.title)):
            groups[kind, value].append(at)
    yield from groups.values()
    hashed: dict[bytes, int] = {}
    for at, pair in enumerate(pairs):
        if pair.pdq is not None:
            hashed.setdefault(pair.pdq, at)
            yield hashed[pair.pdq], at
    places = list(hashed.values())
    for first, second in _alike(np.frombuffer(b"".join(hashed), np.uint64).reshape(-1, 4)):
        yield places[first], places[second]


def _alike(hashes: NDArray[np.uint64]) -> Iterable[tuple[int, int]]:
    for start in range(0, len(hashes), _HASH_BLOCK):
        block = hashes[start : start + _HASH_BLOCK]
        differing = np.zeros((len(block), len(hashes)), np.uint16)
        for word in range(hashes.shape[1]):
            differing += np.bitwise_count(block[:, word, None] ^ hashes[None, :, word])
        for row, column in np.argwhere(differing <= ALIKE_BITS).tolist():
            if start + row < column:
                yield start + row, column
