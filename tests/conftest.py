"""What all tests need: Ctrl-C reaches the processes that they start, and a busy machine fails no property."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from tests.postgres_server import running_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.postgres_server import PostgresServer

settings.register_profile("no deadline", deadline=None)  # the time of one example says more about the machine
settings.load_profile("no deadline")


@pytest.fixture(scope="session", autouse=True)
def interrupts_reach_children() -> None:
    """Undo what a shell does to its background jobs: they ignore Ctrl-C, and so would every process they start."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """Lend a real PostgreSQL server; what needs it is skipped where it is not installed."""
    with running_server() as server:
        yield server
