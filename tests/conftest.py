"""What all tests need: Ctrl-C has to reach the processes that they start."""

from __future__ import annotations

import signal

import pytest


@pytest.fixture(scope="session", autouse=True)
def interrupts_reach_children() -> None:
    """Undo what a shell does to its background jobs: they ignore Ctrl-C, and so would every process they start."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
