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
from dataclasses import dataclass

import numpy as np

from jianwei.errors import QueryError

_VERSION = 1
_HEAD = struct.Struct("<B12sIII")  # version, fingerprint, total, rank of the first item, number of items


@dataclass(frozen=True, slots=True)
class Ranking:
    """Listings in the order of a search, best first, from `first_rank` (0 for the best of all) on."""

    fingerprint: str
    total: int
    first_rank: int
    listing_nos: tuple[int, ...]
    scores: tuple[float, ...]
    """Fused scores in 0..1."""

    def page(self, limit: int) -> Ranking:
        """Return the first `limit` listings."""
        return Ranking(self.fingerprint, self.total, self.first_rank, self.listing_nos[:limit], self.scores[:limit])

    def rest(self, limit: int) -> Ranking:
        """Return what comes after the first `limit` listings."""
        return Ranking(
            self.fingerprint,
            self.total,
            self.first_rank + limit,
            self.listing_nos[limit:],
            self.scores[limit:],
        )


def encode_cursor(ranking: Ranking) -> str:
    """Return a ranking as URL-safe text; empty for an empty ranking."""
    if not ranking.listing_nos:
        return ""
    head = _HEAD.pack(
        _VERSION, ranking.fingerprint.encode(), ranking.total, ranking.first_rank, len(ranking.listing_nos)
    )
    body = np.asarray(ranking.listing_nos, np.int64).tobytes() + np.asarray(ranking.scores, np.float16).tobytes()
    return base64.urlsafe_b64encode(zlib.compress(head + body, level=1)).decode().rstrip("=")


def decode_cursor(cursor: str, fingerprint: str) -> Ranking:
    """Read a cursor that belongs to the request with this fingerprint.

    Raises:
        QueryError: the cursor is damaged, or belongs to another request.
    """
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        data = zlib.decompress(base64.b64decode(padded, altchars=b"-_", validate=True))
        version, owner, total, first_rank, count = _HEAD.unpack_from(data)
        numbers = np.frombuffer(data, np.int64, count, _HEAD.size)
        scores = np.frombuffer(data, np.float16, count, _HEAD.size + 8 * count)
    except (ValueError, binascii.Error, zlib.error, struct.error) as error:
        raise QueryError(
            "The cursor is damaged. Start again from the first page.",
            zh="翻页游标已损坏。请从第一页重新开始。",
        ) from error
    if version != _VERSION or owner.decode("ascii", "replace") != fingerprint:
        raise QueryError(
            "The cursor belongs to another query. Repeat words, picture, filters and alpha exactly, or start again "
            "without a cursor.",
            zh="翻页游标属于另一个查询。请保持文字、图片、筛选条件和 alpha 完全一致，或去掉游标重新开始。",
        )
    return Ranking(fingerprint, total, first_rank, tuple(map(int, numbers)), tuple(map(float, scores)))
