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

_VERSION = 5
# version, fingerprint, total, folded, in folds, rank of the first hit, avoided, number of items, what is told of them
_HEAD = struct.Struct("<B12sIIIIIIB")
_SUM = struct.Struct("<I")

_WIDE, _QUESTIONS, _LEADS, _PICTURES = 1, 2, 4, 8
"""What is told of listings besides number, score and relevance: numbers beyond four bytes, the question that each
answers, whether it leads, its picture. Mostly all answer the first and lead, and no pictures are looked for."""

_MOST_NARROW = 2**32 - 1

_MOST_UNPACKED_BYTES = 2048
"""What a first page of 20 hits leaves is not packed: zlib halves it, and takes ten times as long as all the rest."""

_MOST_BYTES = 65_536
"""Three times what a thousand listings take with all that can be told of them. What somebody made up may unpack to a
thousand times its length."""

_WINDOW_BITS, _MEMORY_LEVEL = 13, 6
"""A quarter megabyte, which zlib takes and clears by itself, costs more than packing the kilobytes of a cursor."""


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
        return _page(
            self.first_rank,
            tuple(self.listing_nos[place] for place in places),
            tuple(self.scores[place] for place in places),
            tuple(self.relevances[place] for place in places),
            tuple(self.question_nos[place] for place in places),
            picture_nos=tuple(self.picture_nos[place] for place in places) if self.picture_nos else (),
        )


_page = quickly(Page)


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
    avoided: int = 0
    """How many of those folded would not be but for what is to be avoided."""

    def page(self, limit: int) -> Page:
        """Return the first `limit` hits with all that stands under them."""
        end = self._end_of(limit)
        return _page(
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
            self.avoided,
        )


_ranking = quickly(Ranking)


def encode_cursor(ranking: Ranking) -> str:
    """Return a ranking as URL-safe text; empty for an empty ranking."""
    count = len(ranking.listing_nos)
    if not count:
        return ""
    columns: list[NDArray[Any]] = [ranking.listing_nos, ranking.scores, ranking.relevances]
    told = _WIDE if ranking.listing_nos.max() > _MOST_NARROW else 0
    others = (_QUESTIONS, ranking.question_nos), (_LEADS, ranking.leads), (_PICTURES, ranking.picture_nos)
    for kind, column in others:
        if column is not None and (kind != _QUESTIONS or column.any()):
            told |= kind
            columns.append(column)
    numbers = (ranking.total, ranking.folded, ranking.in_folds, ranking.first_rank, ranking.avoided, count)
    head = _HEAD.pack(_VERSION, ranking.fingerprint.encode(), *numbers, told)
    # Column by column, which packs better than item by item.
    body = [column.astype(kind).tobytes() for column, kind in zip(columns, _kinds(told), strict=True)]
    return base64.urlsafe_b64encode(_packed(b"".join([head, *body]))).decode().rstrip("=")


def decode_cursor(cursor: str, fingerprint: str) -> Ranking:
    """Read a cursor that belongs to the request with this fingerprint.

    Raises:
        QueryError: the cursor is damaged, or belongs to another request.
    """
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        data = _unpacked(base64.b64decode(padded, altchars=b"-_", validate=True))
        version, owner, total, folded, in_folds, first_rank, avoided, count, told = _HEAD.unpack_from(data)
        listing_nos, scores, relevances, *others = _columns(data, count, told)
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
    question_nos = others.pop(0) if told & _QUESTIONS else np.zeros(count)
    leads = others.pop(0).astype(np.bool_) if told & _LEADS else None
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
        leads,
        others.pop().astype(np.int64) if told & _PICTURES else None,
        avoided,
    )


def _packed(data: bytes) -> bytes:
    """Return what a cursor holds with its sum behind it, which tells a changed byte; longer ones packed by zlib."""
    if len(data) <= _MOST_UNPACKED_BYTES:
        return data + _SUM.pack(zlib.adler32(data))
    packing = zlib.compressobj(1, wbits=_WINDOW_BITS, memLevel=_MEMORY_LEVEL)
    return packing.compress(data) + packing.flush()


def _unpacked(packed: bytes) -> bytes:
    """Return what `_packed` was given. Raises ValueError, `zlib.error` or `struct.error` where a byte was changed."""
    if packed[:1] != bytes([_VERSION]):  # zlib begins with another byte
        unpacking = zlib.decompressobj()
        data = unpacking.decompress(packed, _MOST_BYTES)
        if not unpacking.eof:
            raise ValueError("cut off, or longer than any cursor")
        return data
    data = packed[: -_SUM.size]
    if _SUM.unpack(packed[len(data) :])[0] != zlib.adler32(data):
        raise ValueError("sum")
    return data


def _kinds(told: int) -> list[np.dtype[Any]]:
    """Return the kinds of the columns that follow the head."""
    kinds = ["<i8" if told & _WIDE else "<u4", "<f2", "<f2"]
    kinds += ["u1" for kind in (_QUESTIONS, _LEADS) if told & kind]
    kinds += ["<i8"] if told & _PICTURES else []
    return list(map(np.dtype, kinds))


def _columns(data: bytes, count: int, told: int) -> list[NDArray[Any]]:
    """Return the values of each column. Raises ValueError where data is too short."""
    columns = []
    place = _HEAD.size
    for kind in _kinds(told):
        columns.append(np.frombuffer(data, kind, count, place))
        place += kind.itemsize * count
    return columns
