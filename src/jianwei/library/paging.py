"""The part of a list that one call may ask for, checked in one place for every list of a library."""

from __future__ import annotations

from jianwei.errors import QueryError

_MOST_AT_ONCE = 1000


def check_page(limit: int, offset: int) -> None:
    """Refuse a part of a list that cannot be given.

    Raises:
        QueryError: `limit` is not in 1..1000, or `offset` is below 0.
    """
    if not 1 <= limit <= _MOST_AT_ONCE or offset < 0:
        raise QueryError(
            f"limit is {limit} and offset {offset}; allowed are 1 to {_MOST_AT_ONCE}, and 0 or more.",
            zh=f"limit 为 {limit}，offset 为 {offset}；limit 可取 1 到 {_MOST_AT_ONCE}，offset 不能小于 0。",
            limit=limit,
            offset=offset,
        )
