"""What all tests need: Ctrl-C reaches the processes that they start, and a busy machine fails no property."""

from __future__ import annotations

import signal

import pytest
from hypothesis import settings

settings.register_profile("no deadline", deadline=None)  # the time of one example says more about the machine
settings.load_profile("no deadline")


@pytest.fixture(scope="session", autouse=True)
def interrupts_reach_children() -> None:
    """Undo what a shell does to its background jobs: they ignore Ctrl-C, and so would every process they start."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
