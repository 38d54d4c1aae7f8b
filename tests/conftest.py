"""What all tests need: Ctrl-C reaches the processes that they start, and a busy machine fails no property."""

from __future__ import annotations

import gc
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings
from tests.milvus_place import running_milvus
from tests.postgres_server import running_server
from tests.s3_server import running_s3
from tests.watched_examples import few_watched_examples, look_for_constants

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from tests.postgres_server import PostgresServer
    from tests.s3_server import S3Server

    from jianwei.indexes.milvus.server import MilvusServer

LONG_FIRST = ("browser", "web", "integration", "contracts", "unit")
"""Folders by how long their tests take: a worker that gets a long file last would leave the others idle."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order files so that the long ones come first; within a file nothing changes."""
    here = Path(__file__).parent

    def place(item: pytest.Item) -> int:
        folder = item.path.relative_to(here).parts[0]
        return LONG_FIRST.index(folder) if folder in LONG_FIRST else len(LONG_FIRST)

    items.sort(key=place)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Note the lines of few examples of a property, but in folders whose servers run in threads: these stay noted."""
    if item.path.relative_to(Path(__file__).parent).parts[0] not in ("unit", "contracts"):
        return (yield)
    with few_watched_examples(item):
        return (yield)


def pytest_collection_finish(session: pytest.Session) -> None:
    """Let the collector of garbage never look again at what stays: thousands of tests, and all that they import."""
    look_for_constants(session.items)
    gc.collect()
    gc.freeze()


EXAMPLES_VARIABLE = "JIANWEI_TEST_EXAMPLES"
"""How many examples a property gets that names no number itself; `.ci/run` asks for hypothesis' own 100."""

settings.register_profile(
    "jianwei",
    deadline=None,  # the time of one example says more about the machine
    max_examples=int(os.environ.get(EXAMPLES_VARIABLE, "40")),
)
settings.load_profile("jianwei")


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


@pytest.fixture(scope="session")
def s3() -> Iterator[S3Server]:
    """Lend a server that speaks the protocol of S3; what needs it is skipped where moto is not installed."""
    with running_s3() as server:
        yield server


@pytest.fixture(scope="session")
def milvus() -> Iterator[MilvusServer]:
    """Lend a Milvus: Milvus Lite, or the server that JIANWEI_TEST_MILVUS names; skipped where there is none."""
    with running_milvus() as server:
        yield server
