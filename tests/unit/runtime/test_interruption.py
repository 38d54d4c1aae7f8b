import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from tests import pressed_ctrl_c

from jianwei.runtime.interruption import InterruptionNotice, in_threads


def press_ctrl_c() -> None:
    signal.raise_signal(signal.SIGINT)


@pytest.fixture(autouse=True)
def _as_in_a_shell() -> None:
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_the_first_ctrl_c_is_noted_and_the_second_comes_through() -> None:
    with InterruptionNotice() as notice:
        before = notice.is_set
        press_ctrl_c()
        assert (before, notice.is_set) == (False, True)
        with pytest.raises(KeyboardInterrupt):
            press_ctrl_c()


def test_afterwards_ctrl_c_is_what_it_was() -> None:
    with pytest.raises(RuntimeError), InterruptionNotice():
        raise RuntimeError
    with pytest.raises(KeyboardInterrupt):
        press_ctrl_c()


def test_a_programs_own_way_with_ctrl_c_is_left_alone() -> None:
    heard: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: heard.append(number))
    try:
        with InterruptionNotice() as notice:
            press_ctrl_c()
    finally:
        signal.signal(signal.SIGINT, before)
    assert heard == [signal.SIGINT]
    assert not notice.is_set


def test_a_thread_that_is_not_the_main_one_changes_nothing() -> None:
    handlers: list[object] = []

    def work() -> None:
        with InterruptionNotice():
            handlers.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert handlers == [signal.default_int_handler]


def test_results_stand_in_the_order_of_the_items() -> None:
    def work(item: int) -> int:
        time.sleep(0.01 * (3 - item))
        return item * item

    with ThreadPoolExecutor(3) as threads, InterruptionNotice() as notice:
        assert in_threads(threads, work, range(4), notice) == [0, 1, 4, 9]
        assert in_threads(threads, work, [], notice) == []


@pressed_ctrl_c.pressed_from_another_thread
def test_ctrl_c_while_threads_work_is_noticed_at_once_and_nothing_more_is_begun() -> None:
    begun: list[int] = []
    may_end = threading.Event()

    def work(item: int) -> None:
        begun.append(item)
        if item == 0:
            pressed_ctrl_c.press_ctrl_c()
        may_end.wait(30)

    with ThreadPoolExecutor(2) as threads:
        started_s = time.monotonic()
        with pytest.raises(KeyboardInterrupt), InterruptionNotice() as notice:
            in_threads(threads, work, range(100), notice)
        took_s = time.monotonic() - started_s
        may_end.set()
    assert took_s < 15
    assert set(begun) <= {0, 1}
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


@pressed_ctrl_c.pressed_from_another_thread
def test_ctrl_c_at_the_last_item_is_not_lost() -> None:
    with ThreadPoolExecutor(1) as threads, pytest.raises(KeyboardInterrupt), InterruptionNotice() as notice:
        in_threads(threads, lambda _: pressed_ctrl_c.press_ctrl_c(), range(1), notice)


def test_the_first_error_in_order_is_raised_and_nothing_more_is_begun() -> None:
    begun: list[int] = []

    def work(item: int) -> None:
        begun.append(item)
        if item == 1:
            raise ValueError(item)
        time.sleep(0.01)

    with (
        ThreadPoolExecutor(1) as threads,
        InterruptionNotice() as notice,
        pytest.raises(ValueError, match="1"),
    ):
        in_threads(threads, work, range(500), notice)
    assert len(begun) < 500
