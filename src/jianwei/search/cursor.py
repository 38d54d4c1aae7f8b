"""Paging that stays stable while listings are added: the cursor carries the ranking of the first page.

A ranking over a changing library changes: scores depend on how common a word is by now. So the first page fixes the
order of the best listings once, and every further page reads its part of that order from the cursor. Nothing is
kept on the server, nothing is repeated and nothing skipped; a listing deleted in between is left out.
"""

from __future__ import annotations

import base64
import binascii
import struct
import zlib
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from jianwei.errors import QueryError
from jianwei.quick_records import quickly

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from numpy.typing import NDArray

_VERSION = 3
# version, fingerprint, total, folded, in folds, rank of the first hit, number of items
_HEAD = struct.Struct("<B12sIIIII")
_COLUMNS = tuple(np.dtype(kind) for kind in ("<i8", "<f2", "<f2", "u1", "u1", "<i8"))
"""Of each listing: number, score, relevance, number of the question, whether it leads, number of the picture."""

_WINDOW_BITS, _MEMORY_LEVEL = 13, 6
"""A quarter megabyte, which zlib takes and clears by itself, costs more than packing the four kilobytes of a cursor."""


@dataclass(frozen=True, slots=True)
class Page:
    """The listings of one page, in the order of a search, best first, from the hit of rank `first_rank` on.

    A hit is a listing that leads, with those after it that do not: they show the same picture and stand under it.
    """

    first_rank: int
    listing_nos: tuple[int, ...]
    scores: tuple[float, ...]
    """Fused scores in 0..1."""
    relevances: tuple[float, ...]
    """Estimated relevances in 0..1."""
    question_nos: tuple[int, ...]
    """Which of the joined queries each answers best, 0..255."""
    leads: tuple[bool, ...] = ()
    """Which listings lead; empty where all do."""
    picture_nos: tuple[int, ...] = ()
    """The picture of each listing that was found where pictures are looked for, else empty."""

    def groups(self) -> list[list[int]]:
        """Return for each hit the places of its listings, the leading one first."""
        count = len(self.listing_nos)
        starts = [place for place, leads in enumerate(self.leads) if leads] if self.leads else range(count)
        return [list(range(start, end)) for start, end in pairwise([*starts, count])]

    def leading(self, listings: Container[int]) -> Page:
        """Return the first listing of each hit that is among some, as hits of their own.

        Where none is, the one that led stays, so that other hits keep their ranks.
        """
        chosen = [
            next((row for row in group if self.listing_nos[row] in listings), group[0]) for group in self.groups()
        ]
        return self._chosen(chosen)

    def answering(self, question_no: int) -> Page:
        """Return the listings that answer one of the joined queries best, as if they were all there are."""
        return self._chosen([place for place, number in enumerate(self.question_nos) if number == question_no])

    def _chosen(self, places: Sequence[int]) -> Page:
        return Page(
            self.first_rank,
            tuple(self.listing_nos[place] for place in places),
            tuple(self.scores[place] for place in places),
            tuple(self.relevances[place] for place in places),
            tuple(self.question_nos[place] for place in places),
            picture_nos=tuple(self.picture_nos[place] for place in places) if self.picture_nos else (),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """Listings in the order of a search, best first, from the hit of rank `first_rank` (0 for the best of all) on.

    The columns are those of a `Page`, as arrays: of some hundred listings only those of a page become numbers of
    Python. `leads` is None where all lead, `picture_nos` where no pictures are looked for.
    """

    fingerprint: str
    total: int
    first_rank: int
    listing_nos: NDArray[np.int64]
    scores: NDArray[np.float64]
    relevances: NDArray[np.float64]
    question_nos: NDArray[np.int64]
    folded: int = 0
    in_folds: int = 0
    """How many of all ranked listings, on any page, stand under another one."""
    leads: NDArray[np.bool_] | None = None
    picture_nos: NDArray[np.int64] | None = None

    def page(self, limit: int) -> Page:
        """Return the first `limit` hits with all that stands under them."""
        end = self._end_of(limit)
        return Page(
            self.first_rank,
            tuple(self.listing_nos[:end].tolist()),
            tuple(self.scores[:end].tolist()),
            tuple(self.relevances[:end].tolist()),
            tuple(self.question_nos[:end].tolist()),
            () if self.leads is None else tuple(self.leads[:end].tolist()),
            () if self.picture_nos is None else tuple(self.picture_nos[:end].tolist()),
        )

    def rest(self, limit: int) -> Ranking:
        """Return what comes after the first `limit` hits."""
        return self._part(slice(self._end_of(limit), None), first_rank=self.first_rank + limit)

    def folded_by(self, rows: Sequence[int], leads: Sequence[bool]) -> Ranking:
        """Return all listings in another order, given by their places in this one, with those that lead there."""
        if all(leads):
            return self
        folded = self._part(np.array(rows, np.intp), first_rank=self.first_rank)
        return replace(folded, leads=np.array(leads, np.bool_), in_folds=len(leads) - sum(leads))

    def _end_of(self, limit: int) -> int:
        if self.leads is None:
            return min(limit, len(self.listing_nos))
        starts = np.flatnonzero(self.leads)
        return int(starts[limit]) if limit < len(starts) else len(self.listing_nos)

    def _part(self, places: slice | NDArray[np.intp], *, first_rank: int) -> Ranking:
        return _ranking(
            self.fingerprint,
            self.total,
            first_rank,
            self.listing_nos[places],
            self.scores[places],
            self.relevances[places],
            self.question_nos[places],
            self.folded,
            self.in_folds,
            None if self.leads is None else self.leads[places],
            None if self.picture_nos is None else self.picture_nos[places],
        )


_ranking = quickly(Ranking)


def encode_cursor(ranking: Ranking) -> str:
    """Return a ranking as URL-safe text; empty for an empty ranking."""
    count = len(ranking.listing_nos)
    if not count:
        return ""
    numbers = (ranking.total, ranking.folded, ranking.in_folds, ranking.first_rank, count)
    head = _HEAD.pack(_VERSION, ranking.fingerprint.encode(), *numbers)
    leads = np.ones(count, np.bool_) if ranking.leads is None else ranking.leads
    pictures = np.zeros(count, np.int64) if ranking.picture_nos is None else ranking.picture_nos
    items = (ranking.listing_nos, ranking.scores, ranking.relevances, ranking.question_nos, leads, pictures)
    # Column by column, which packs better than item by item.
    body = [column.astype(kind).tobytes() for column, kind in zip(items, _COLUMNS, strict=True)]
    packing = zlib.compressobj(1, wbits=_WINDOW_BITS, memLevel=_MEMORY_LEVEL)
    packed = packing.compress(b"".join([head, *body])) + packing.flush()
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def decode_cursor(cursor: str, fingerprint: str) -> Ranking:
    """Read a cursor that belongs to the request with this fingerprint.

    Raises:
        QueryError: the cursor is damaged, or belongs to another request.
    """
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        data = zlib.decompress(base64.b64decode(padded, altchars=b"-_", validate=True))
        version, owner, total, folded, in_folds, first_rank, count = _HEAD.unpack_from(data)
        columns = _columns(data, count)
    except (ValueError, binascii.Error, zlib.error, struct.error) as error:
        raise QueryError(
            "The cursor is damaged. Start again from the first page.",
            zh="翻页游标已损坏。请从第一页重新开始。",
        ) from error
    if version != _VERSION or owner.decode("ascii", "replace") != fingerprint:
        raise QueryError(
            "The cursor belongs to another query. Repeat words, pictures, filters and all other options exactly, or "
            "start again without a cursor.",
            zh="翻页游标属于另一个查询。请保持文字、图片、筛选条件和其他选项完全一致，或去掉游标重新开始。",
        )
    listing_nos, scores, relevances, question_nos, leads, pictures = columns
    return Ranking(
        fingerprint,
        total,
        first_rank,
        listing_nos.astype(np.int64),
        scores.astype(np.float64),
        relevances.astype(np.float64),
        question_nos.astype(np.int64),
        folded,
        in_folds,
        None if leads.all() else leads.astype(np.bool_),
        pictures.astype(np.int64) if pictures.any() else None,
    )


def _columns(data: bytes, count: int) -> list[NDArray[Any]]:
    """Return the values of each of `_COLUMNS`. Raises ValueError where data is too short."""
    columns = []
    place = _HEAD.size
    for kind in _COLUMNS:
        columns.append(np.frombuffer(data, kind, count, place))
        place += kind.itemsize * count
    return columns
