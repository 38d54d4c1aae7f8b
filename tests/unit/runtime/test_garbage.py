"""Cycles are looked for seldom, and not among what was there at a moment that was chosen."""

from __future__ import annotations

import gc
import weakref
from typing import TYPE_CHECKING

import pytest

from jianwei.runtime.garbage import YOUNG_OBJECTS, leave_what_is_there, look_seldom

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def collector() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


class Ring:
    """An object that holds itself: only a look for cycles frees it."""

    def __init__(self) -> None:
        self.itself = self


@pytest.mark.usefixtures("collector")
def test_cycles_are_looked_for_seldom() -> None:
    look_seldom()
    assert gc.get_threshold()[0] == YOUNG_OBJECTS


@pytest.mark.usefixtures("collector")
def test_what_is_there_is_left_alone_and_what_was_garbage_by_then_is_gone() -> None:
    garbage = Ring()
    was_garbage = weakref.ref(garbage)
    del garbage
    kept = Ring()
    later = weakref.ref(kept)
    leave_what_is_there()
    assert was_garbage() is None
    assert gc.get_freeze_count() > 0
    del kept
    gc.collect()
    assert later() is not None  # among what is left alone
    fresh = Ring()
    gone = weakref.ref(fresh)
    del fresh
    gc.collect()
    assert gone() is None
    gc.unfreeze()
    gc.collect()
    assert later() is None
