from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from rich.cells import cell_len
from tests.unit.cli.pages.printing import printed
from tests.unit.export.model_answers import a_bench, a_checked_file, a_damaged_model, a_model

from jianwei.cli.common_options import CommonOptions
from jianwei.cli.pages.models_page import bench_page, model_page, models_page, new_model_page
from jianwei.cli.session import Session
from jianwei.encoders.hub.known_models import KNOWN_MODELS

if TYPE_CHECKING:
    from collections.abc import Callable

ENGLISH = Session("en", CommonOptions(), {})
CHINESE = Session("zh", CommonOptions(), {})
FOLDER = Path("/models")

PAGES: dict[str, Callable[[Session], Any]] = {
    "list": lambda session: models_page(FOLDER, [a_model(), a_damaged_model()], KNOWN_MODELS, None, session),
    "empty": lambda session: models_page(FOLDER, [], KNOWN_MODELS, None, session),
    "info": lambda session: model_page(a_model(), [a_checked_file(), a_checked_file("changed")], session),
    "damaged": lambda session: model_page(a_damaged_model(), [], session),
    "new": lambda session: new_model_page(a_model(), session),
    "bench": lambda session: bench_page(a_bench(), session),
}


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("session", [ENGLISH, CHINESE], ids=["en", "zh"])
@pytest.mark.parametrize("columns", [60, 80, 140])
def test_no_line_of_a_page_is_wider_than_the_terminal(name: str, session: Session, columns: int) -> None:
    lines = printed(PAGES[name](session), columns).splitlines()

    assert lines
    assert all(cell_len(line) <= columns for line in lines)


def test_names_of_models_stand_on_one_line_in_an_ordinary_terminal() -> None:
    page = printed(PAGES["list"](ENGLISH), 80)

    assert all(f"{model.name} " in page for model in KNOWN_MODELS)


def test_a_model_that_is_here_is_not_offered_again() -> None:
    assert printed(PAGES["list"](ENGLISH)).count("chinese-clip-vit-base-patch16 ") == 1


def test_a_new_model_says_what_was_measured_what_is_left_over_and_what_is_next() -> None:
    page = printed(PAGES["new"](ENGLISH))

    for part in ("cosine 0.99312 on average, 0.00688 below 1", "… 5 in all", "apache-2.0", "Next: jianwei embed"):
        assert part in page


def test_a_damaged_model_says_why_in_the_language() -> None:
    assert "清单已损坏" in printed(PAGES["damaged"](CHINESE))
    assert "清单已损坏" in printed(PAGES["list"](CHINESE))
    assert "已改动或不完整" in printed(PAGES["info"](CHINESE))
