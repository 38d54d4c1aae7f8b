"""What a user asks: words, a picture, or both, within filters.

One request type serves the command line, Python and HTTP, so that all three mean the same by the same words.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jianwei.errors import QueryError
from jianwei.records import Filters

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_HITS = 1000
"""How deep one request and its following pages go; beyond this, people narrow the query or export."""

DEFAULT_ALPHA = 0.5
"""Weight of likeness and meaning against written words where both speak; even until judgements say otherwise."""


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """One search.

    `words` follow the query language, `picture` is an encoded image file. At least one of them is needed, or filters
    alone to list what they leave. `alpha` in 0..1 is the weight of pictures and meaning against words as they are
    written. `space` names the vector space to ask instead of the one that fits the language. `limit` is the length of
    a page, 1..1000; `cursor` comes from the page before.
    """

    words: str = ""
    picture: bytes | None = field(default=None, repr=False)
    filters: Filters = field(default_factory=Filters)
    limit: int = 20
    cursor: str = ""
    alpha: float = DEFAULT_ALPHA
    space: str = ""

    def checked(self) -> SearchRequest:
        """Return the request itself when its values can be used.

        Raises:
            QueryError: `limit` or `alpha` is out of range, or nothing is asked for.
        """
        if not 1 <= self.limit <= MAX_HITS:
            raise QueryError(
                f"limit is {self.limit}; allowed are 1 to {MAX_HITS}.",
                zh=f"limit 为 {self.limit}，可用范围是 1 到 {MAX_HITS}。",
                limit=self.limit,
            )
        if not 0.0 <= self.alpha <= 1.0:
            raise QueryError(
                f"alpha is {self.alpha}; it is a weight between 0 (words only) and 1 (picture only).",
                zh=f"alpha 为 {self.alpha}；它是 0（只看文字）到 1（只看图片）之间的权重。",
                alpha=self.alpha,
            )
        if not self.words.strip() and self.picture is None and self.filters.is_empty:
            raise QueryError(
                "Nothing to search for: give words, a picture, or at least one filter.",
                zh="没有检索内容：请给出文字、图片，或至少一个筛选条件。",
            )
        return self

    def fingerprint(self) -> str:
        """Return a short hash of everything but the page, to tell whose cursor a cursor is."""
        digest = hashlib.sha256()
        for part in (self.words.strip(), repr(self.alpha), self.space, *_filter_parts(self.filters)):
            digest.update(part.encode())
            digest.update(b"\x00")
        digest.update(self.picture or b"")
        return digest.hexdigest()[:12]


def _filter_parts(filters: Filters) -> Sequence[str]:
    return (
        repr(sorted(filters.platforms)),
        repr(sorted(filters.shops)),
        repr(sorted(filters.categories)),
        repr((filters.price_min, filters.price_max)),
        repr((filters.captured_from, filters.captured_to)),
    )
