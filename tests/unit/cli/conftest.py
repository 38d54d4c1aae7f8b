"""A real library and ways to run the command over it in this process."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.cli.made_library import make_library
from typer.testing import CliRunner

from jianwei.cli.app import build_app

if TYPE_CHECKING:
    from pathlib import Path

    from jianwei.errors import Language


@dataclass(frozen=True)
class Runner:
    """Runs command lines over one library and gives back what they said."""

    library: Path

    def __call__(self, *arguments: str, language: Language = "en", stdin: bytes | None = None) -> Any:
        # Not the environment of the process: whoever runs the tests has an own language and library.
        # As in the program itself, the application knows the commands that the arguments may ask for: that is quick.
        environment = {"JIANWEI_LIBRARY": str(self.library), "JIANWEI_OCR_ENGINE": "off"}
        return CliRunner().invoke(build_app(language, environment, arguments), list(arguments), input=stdin)


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four listings of two platforms; nobody changes it."""
    return make_library(tmp_path_factory.mktemp("cli"))


@pytest.fixture
def jianwei(library: Path) -> Runner:
    return Runner(library)
