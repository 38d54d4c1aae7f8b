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

import numpy as np

from jianwei.errors import QueryError

_VERSION = 2
_HEAD = struct.Struct("<B12sIIII")  # version, fingerprint, total, folded, rank of the first item, number of items
_ITEM = np.dtype([("listing_no", "<i8"), ("score", "<f2"), ("relevance", "<f2"), ("question_no", "u1")])


@dataclass(frozen=True, slots=True)
class Ranking:
    """Listings in the order of a search, best first, from `first_rank` (0 for the best of all) on."""

    fingerprint: str
    total: int
    first_rank: int
    listing_nos: tuple[int, ...]
    scores: tuple[float, ...]
    """Fused scores in 0..1."""
    relevances: tuple[float, ...]
    """Estimated relevances in 0..1."""
    question_nos: tuple[int, ...]
    """Which of the joined queries each answers best, 0..255."""
    folded: int = 0

    def page(self, limit: int) -> Ranking:
        """Return the first `limit` listings."""
        return self._part(slice(None, limit), self.first_rank)

    def rest(self, limit: int) -> Ranking:
        """Return what comes after the first `limit` listings."""
        return self._part(slice(limit, None), self.first_rank + limit)

    def answering(self, question_no: int) -> Ranking:
        """Return the listings that answer one of the joined queries best, as if they were all there are."""
        kept = [place for place, number in enumerate(self.question_nos) if number == question_no]
        return replace(
            self,
            listing_nos=tuple(self.listing_nos[place] for place in kept),
            scores=tuple(self.scores[place] for place in kept),
            relevances=tuple(self.relevances[place] for place in kept),
            question_nos=(question_no,) * len(kept),
        )

    def _part(self, places: slice, first_rank: int) -> Ranking:
        return replace(
            self,
            first_rank=first_rank,
            listing_nos=self.listing_nos[places],
            scores=self.scores[places],
            relevances=self.relevances[places],
            question_nos=self.question_nos[places],
        )


def encode_cursor(ranking: Ranking) -> str:
    """Return a ranking as URL-safe text; empty for an empty ranking."""
    if not ranking.listing_nos:
        return ""
    count = len(ranking.listing_nos)
    head = _HEAD.pack(_VERSION, ranking.fingerprint.encode(), ranking.total, ranking.folded, ranking.first_rank, count)
    items = (ranking.listing_nos, ranking.scores, ranking.relevances, ranking.question_nos)
    # Column by column, which packs better than item by item.
    body = b"".join(
        np.asarray(values).astype(_ITEM[name]).tobytes() for name, values in zip(_ITEM.names or (), items, strict=True)
    )
    return base64.urlsafe_b64encode(zlib.compress(head + body, level=1)).decode().rstrip("=")


def decode_cursor(cursor: str, fingerprint: str) -> Ranking:
    """Read a cursor that belongs to the request with this fingerprint.

    Raises:
        QueryError: the cursor is damaged, or belongs to another request.
    """
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        data = zlib.decompress(base64.b64decode(padded, altchars=b"-_", validate=True))
        version, owner, total, folded, first_rank, count = _HEAD.unpack_from(data)
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
    listing_nos, scores, relevances, question_nos = columns
    return Ranking(
        fingerprint,
        total,
        first_rank,
        tuple(map(int, listing_nos)),
        tuple(map(float, scores)),
        tuple(map(float, relevances)),
        tuple(map(int, question_nos)),
        folded,
    )


def _columns(data: bytes, count: int) -> list[list[float]]:
    """Return the values of each column of `_ITEM`. Raises ValueError where data is too short."""
    columns = []
    place = _HEAD.size
    for name in _ITEM.names or ():
        kind = _ITEM[name]
        columns.append(np.frombuffer(data, kind, count, place).tolist())
        place += kind.itemsize * count
    return columns
