"""Properties under coverage: which lines they run is noted for their first examples only.

To note lines makes a process two to three times slower, and hypothesis itself, which is all Python, slower still. After
a few examples hardly a line is new: the others only look for a counterexample, which they find without being watched.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any

from coverage import Coverage

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest

WATCHED_EXAMPLES = 12


@contextmanager
def few_watched_examples(test: pytest.Item) -> Iterator[None]:
    """Stop noting lines in the middle of a property; nothing changes for other tests, or where nobody notes any."""
    handle = getattr(getattr(test, "obj", None), "hypothesis", None)
    noting = Coverage.current()
    if handle is None or noting is None or test.get_closest_marker("no_cover"):
        yield
        return
    inner, seen = handle.inner_test, 0

    @wraps(inner)
    def counted(*arguments: Any, **named: Any) -> Any:
        nonlocal seen
        seen += 1
        if seen == WATCHED_EXAMPLES + 1:
            noting.stop()
        return inner(*arguments, **named)

    handle.inner_test = counted
    try:
        yield
    finally:
        handle.inner_test = inner
        if seen > WATCHED_EXAMPLES:
            noting.start()
