from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.cli.made_library import make_library
from tests.unit.encoders.tiny_models import write_tiny_chinese_clip, write_tiny_clip
from tests.watched_examples import unwatched
from typer.testing import CliRunner

from jianwei.cli.app import build_app
from jianwei.encoders.conversion import import_model

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from jianwei.errors import Language


@pytest.fixture(scope="session")
def models_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("embed")
    with unwatched():
        import_model(write_tiny_chinese_clip(folder / "a"), models_folder=folder / "models", name="tiny-zh")
        import_model(write_tiny_clip(folder / "b"), models_folder=folder / "models", name="tiny-en")
    return folder / "models"


@pytest.fixture
def jianwei(tmp_path: Path, models_folder: Path) -> Callable[..., Any]:
    """Runs commands over a library of four listings that nobody has made vectors for."""
    library = make_library(tmp_path)

    def run(*arguments: str, language: Language = "en", models: Path = models_folder) -> Any:
        environment = {"JIANWEI_LIBRARY": str(library), "JIANWEI_OCR_ENGINE": "off", "JIANWEI_MODELS": str(models)}
        return CliRunner().invoke(build_app(language, environment, arguments), list(arguments))

    return run


def test_vectors_are_made_once_and_counted(jianwei: Callable[..., Any]) -> None:
    first = jianwei("embed", "--model", "tiny-zh", "--json")
    second = jianwei("embed", "--json")

    assert first.exit_code == 0, first.stderr
    answer = json.loads(first.stdout)
    assert [space["name"].partition("@")[0] for space in answer["spaces"]] == ["tiny-zh"]
    assert (answer["spaces"][0]["pictures_added"], answer["spaces"][0]["titles_added"]) == (4, 4)
    assert (answer["failures"], answer["removed"], answer["interrupted"]) == ([], [], False)
    assert "Making vectors" in first.stderr
    assert json.loads(second.stdout)["spaces"][0]["pictures_added"] == 0
    assert second.stderr == ""


@pytest.mark.parametrize(
    ("language", "parts"),
    [
        ("en", ("tiny-zh@", "4 pictures · 4 titles added", "Next: jianwei search")),
        ("zh", ("新增图片 4 · 标题 4", "用时")),
    ],
)
def test_the_page_tells_what_was_made(jianwei: Callable[..., Any], language: Language, parts: tuple[str, ...]) -> None:
    result = jianwei("embed", "--model", "tiny-zh", language=language)

    assert result.exit_code == 0, result.stderr
    assert all(part in result.stdout for part in parts)


def test_a_second_model_stands_beside_and_can_be_removed_alone(jianwei: Callable[..., Any]) -> None:
    jianwei("embed")
    spaces = json.loads(jianwei("stats", "--json").stdout)["vectors"]
    removed = jianwei("embed", "--remove", "tiny-zh", "--json")

    assert [name.partition("@")[0] for name in spaces] == ["tiny-en", "tiny-zh"]
    assert removed.exit_code == 0, removed.stderr
    answer = json.loads(removed.stdout)
    assert (answer["spaces"], [name.partition("@")[0] for name in answer["removed"]]) == ([], ["tiny-zh"])
    stats = json.loads(jianwei("stats", "--json").stdout)
    assert list(stats["vectors"]) == [name for name in spaces if name.startswith("tiny-en")]
    assert {index["space"] for index in stats["indexes"]} == {None, *stats["vectors"]}


def test_removing_for_people_names_the_space(jianwei: Callable[..., Any]) -> None:
    jianwei("embed", "-m", "tiny-en")

    assert "已删除 tiny-en@" in jianwei("embed", "--remove", "tiny-en", language="zh").stdout
    unknown = jianwei("embed", "--remove", "tiny-en")
    assert unknown.exit_code != 0
    assert "tiny-en" in unknown.stderr


@pytest.mark.parametrize("language", ["en", "zh"])
def test_without_a_model_it_ends_with_every_way_to_get_one(
    jianwei: Callable[..., Any], tmp_path: Path, language: Language
) -> None:
    result = jianwei("embed", language=language, models=tmp_path / "none")

    assert result.exit_code != 0
    for part in ("models import", "models pull chinese-clip-vit-base-patch16", "HF_ENDPOINT", "ModelScope"):
        assert part in result.stderr
    assert "Traceback" not in result.stderr


def test_a_model_that_is_not_here_is_named_with_those_that_are(jianwei: Callable[..., Any]) -> None:
    result = jianwei("embed", "--model", "huge")

    assert result.exit_code != 0
    assert "huge" in result.stderr
    assert "tiny-en, tiny-zh" in result.stderr


def test_pictures_that_are_gone_are_told_and_do_not_end_it(jianwei: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "3_主图.png").unlink()
    result = jianwei("embed", "--model", "tiny-zh")

    assert result.exit_code == 0, result.stderr
    for part in ("3 pictures · 4 titles added", "not-found", "tries these again"):
        assert part in result.stdout
    # The page cuts long paths; where the temporary folder is deep, only JSON names the file.
    assert "3_主图.png" in jianwei("embed", "--model", "tiny-zh", "--json").stdout


def test_a_new_library_may_choose_its_models_first(models_folder: Path, tmp_path: Path) -> None:
    environment = {"JIANWEI_OCR_ENGINE": "off", "JIANWEI_MODELS": str(models_folder)}
    app = build_app("en", environment)
    library = ("--library", str(tmp_path / "new"))
    assert CliRunner().invoke(app, ["embed", *library]).exit_code != 0
    assert not (tmp_path / "new").exists()
    assert CliRunner().invoke(app, ["embed", "-m", "tiny-zh", *library]).exit_code == 0
    make_library(tmp_path)
    report = CliRunner().invoke(app, ["ingest", str(tmp_path), *library, "--json"])
    assert json.loads(report.stdout)["vectors_added"] == 4


def test_the_vector_indexes_alone_are_built_anew(jianwei: Callable[..., Any]) -> None:
    jianwei("embed", "--model", "tiny-zh")
    states = json.loads(jianwei("reindex", "vector", "--json").stdout)["indexes"]

    assert [(state["name"], state["vectors"]) for state in states] == [("vector", "picture"), ("vector", "title")]
    assert "向量 图片 tiny-zh@" in jianwei("reindex", "vector", language="zh").stdout
