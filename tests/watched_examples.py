"""Properties under coverage: which lines they run is noted for their first examples only, and never for hypothesis.

To note lines makes a process two to three times slower, and hypothesis, which is all Python, slower still: before the
first example it looks through all modules for constants, and for each kind of text through all of these. After a few
examples hardly a line of ours is new: the others only look for a counterexample, which they find without being watched.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any

from coverage import Coverage
from hypothesis.internal.conjecture import providers

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pytest

WATCHED_EXAMPLES = 12


@contextmanager
def unwatched() -> Iterator[None]:
    """Note no lines meanwhile. Not for where servers run in threads: theirs would never be noted again."""
    noting = Coverage.current()
    if noting is not None:
        noting.stop()
    try:
        yield
    finally:
        if noting is not None:
            noting.start()


@contextmanager
def few_watched_examples(test: pytest.Item) -> Iterator[None]:
    """Note lines of the first examples of a property only; nothing changes for other tests or where none are noted."""
    handle = _property_of(test)
    noting = Coverage.current()
    if handle is None or noting is None or test.get_closest_marker("no_cover"):
        yield
        return
    inner, seen = handle.inner_test, 0

    @wraps(inner)
    def counted(*arguments: Any, **named: Any) -> Any:
        nonlocal seen
        seen += 1
        if seen > WATCHED_EXAMPLES:
            return inner(*arguments, **named)
        noting.start()
        try:
            return inner(*arguments, **named)
        finally:
            noting.stop()

    handle.inner_test = counted
    try:
        with unwatched():
            yield
    finally:
        handle.inner_test = inner


def look_for_constants(tests: Sequence[pytest.Item]) -> None:
    """Let hypothesis look through all modules now, if there is a property among the tests: the first would have to."""
    look = getattr(providers, "_get_local_constants", None)  # an inner part: where it is gone the first property looks
    if look is not None and any(_property_of(test) is not None for test in tests):
        with unwatched():
            look()


def _property_of(test: pytest.Item) -> Any:
    return getattr(getattr(test, "obj", None), "hypothesis", None)
