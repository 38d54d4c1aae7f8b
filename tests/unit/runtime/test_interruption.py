import signal
import threading

import pytest

from jianwei.runtime.interruption import InterruptionNotice


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
