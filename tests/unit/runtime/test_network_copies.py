"""Callers get the copy that has least to prepare, one caller each, and wait only where all copies are in use."""

from __future__ import annotations

import threading
import time

from hypothesis import given
from hypothesis import strategies as st

from jianwei.runtime.network_copies import IdleCopies, NetworkCopy

SMALL, LARGE, OTHER = ((1, 3, 48, 320),), ((4, 3, 48, 320),), ((1, 3, 736, 736),)


def test_a_size_goes_to_the_copy_that_had_it_last_then_to_one_that_met_it_then_to_the_one_given_back_last() -> None:
    first, second = NetworkCopy(), NetworkCopy()
    copies = IdleCopies([first, second])
    assert copies.take(SMALL) is second
    assert copies.take(LARGE) is first
    copies.give_back(first)
    copies.give_back(second)
    assert copies.take(LARGE) is first  # was there last
    copies.give_back(first)
    assert copies.take(OTHER) is first  # new to both
    copies.give_back(first)
    assert copies.take(SMALL) is second
    copies.give_back(second)
    assert copies.take(LARGE) is first  # met before, though not last
    assert copies.take(LARGE) is second  # nobody waits for a copy that knows better


@given(st.lists(st.sampled_from([SMALL, LARGE, OTHER]), max_size=30), st.integers(1, 3))
def test_one_caller_alone_always_finds_the_same_copy(asked: list[tuple[tuple[int, ...], ...]], count: int) -> None:
    copies = IdleCopies([NetworkCopy() for _ in range(count)])
    found = []
    for sizes in asked:
        found.append(copies.take(sizes))
        copies.give_back(found[-1])
    assert len({id(copy) for copy in found}) <= 1


def test_a_copy_remembers_a_bounded_number_of_sizes_and_the_last_ones() -> None:
    copy = NetworkCopy()
    for width in range(1000):
        copy.meet(((1, width),))
    assert copy.last == ((1, 999),)
    assert len(copy.met) < 100
    assert ((1, 990),) in copy.met


def test_no_two_callers_have_the_same_copy_and_all_are_served() -> None:
    copies = IdleCopies([NetworkCopy(), NetworkCopy()])
    in_use: set[int] = set()
    clashes: list[int] = []
    done: list[int] = []

    def call(number: int) -> None:
        for turn in range(50):
            copy = copies.take(((number, turn % 3),))
            if id(copy) in in_use:
                clashes.append(turn)
            in_use.add(id(copy))
            time.sleep(0)
            in_use.discard(id(copy))
            copies.give_back(copy)
        done.append(number)

    threads = [threading.Thread(target=call, args=(number,), daemon=True) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(done) == list(range(6))
    assert not clashes
