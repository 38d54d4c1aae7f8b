"""Ctrl-C as tests press it: for the thread that waits, from whichever thread works."""

from __future__ import annotations

import signal
import sys
import threading

import pytest

pressed_from_another_thread = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signal for one thread")


def press_ctrl_c() -> None:
    """Send SIGINT to the main thread: sent to the process, any other thread may get it, and later."""
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
