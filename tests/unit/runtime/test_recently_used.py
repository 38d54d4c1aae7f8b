from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from jianwei.runtime.recently_used import RecentlyUsed


def test_what_was_not_asked_for_the_longest_goes_first() -> None:
    kept: RecentlyUsed[str] = RecentlyUsed(2)
    kept.put("a", "A")
    kept.put("b", "B")
    assert kept.get("a") == "A"
    kept.put("c", "C")
    assert (kept.get("a"), kept.get("b"), kept.get("c")) == ("A", None, "C")


def test_what_is_too_large_is_not_kept_and_takes_its_older_self_with_it() -> None:
    kept: RecentlyUsed[str] = RecentlyUsed(10)
    kept.put("a", "small", 3)
    kept.put("a", "large", 11)
    assert kept.get("a") is None
    kept.put("b", "all", 10)
    assert kept.get("b") == "all"


@given(
    most=st.integers(0, 20), puts=st.lists(st.tuples(st.integers(0, 6), st.integers(0, 25), st.integers()), max_size=40)
)
def test_what_is_kept_never_exceeds_the_bound_and_is_what_was_put_last(
    most: int, puts: list[tuple[int, int, int]]
) -> None:
    kept: RecentlyUsed[int] = RecentlyUsed(most)
    last: dict[int, tuple[int, int]] = {}
    for key, size, value in puts:
        kept.put(key, value, size)
        last[key] = (size, value)
    there = {key: kept.get(key) for key in last}
    assert all(value in (None, last[key][1]) for key, value in there.items())
    assert sum(last[key][0] for key, value in there.items() if value is not None) <= most
