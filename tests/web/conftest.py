"""One running desk for all tests that do not change its library."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.unit.cli.made_library import make_library
from tests.web.running_desk import RunningDesk

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDesk]:
    with RunningDesk(make_library(tmp_path_factory.mktemp("desk"))) as desk:
        yield desk


@pytest.fixture(scope="session")
def analyst(running: RunningDesk) -> httpx.Client:
    return running.person("analyst", "analyst")


@pytest.fixture(scope="session")
def viewer(running: RunningDesk) -> httpx.Client:
    return running.person("viewer", "viewer")


@pytest.fixture(scope="session")
def administrator(running: RunningDesk) -> httpx.Client:
    return running.person("boss", "administrator")


@pytest.fixture(scope="session")
def program(running: RunningDesk) -> httpx.Client:
    return running.program("robot", "administrator")
