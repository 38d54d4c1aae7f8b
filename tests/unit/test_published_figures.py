"""READMEs and documentation tell the figures that the kept results tell; what they should say is in the message."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.no_cover  # nothing of it is in the package

ROOT = Path(__file__).parents[2]
COMMAND = "python benchmarks/suite.py --only"


def _program(name: str) -> Any:  # no package: a program beside others
    sys.path.insert(0, str(ROOT / "benchmarks"))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(ROOT / "benchmarks"))


published = _program("published")
ENTRIES = _program("published_figures").ENTRIES
OUTPUTS = published.kept_outputs(ROOT / "benchmarks" / "results")


def told(entry: Any) -> str:
    return f"{entry.page}, {getattr(entry, 'label', None) or entry.english}"


@pytest.mark.parametrize("entry", ENTRIES, ids=told)
def test_pages_tell_what_was_measured(entry: Any) -> None:
    missing = {figure.result for figure in entry.figures if figure} - set(OUTPUTS)
    wrong = published.corrections(entry, OUTPUTS, ROOT)

    assert not wrong, "\n".join((*map(str, wrong), COMMAND))
    if missing:
        pytest.skip(f"no result of {', '.join(missing)}")


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    (tmp_path / "docs").mkdir()
    for name, title, row, sentence in (
        ("speed.md", "Speed", "one", "It takes 480 ms, of 20 hits."),
        ("speed.zh.md", "速度", "一个", "需 480 毫秒，20 条。"),
    ):
        table = f"| | p50 | p99 |\n| --- | --- | --- |\n| {row} | 3.0 | 5.7 |"
        (tmp_path / "docs" / name).write_text(f"# {title}\n\n{table}\n\n{sentence}\n", "utf-8")
    return tmp_path


def test_a_row_is_corrected_in_both_languages(pages: Path) -> None:
    figures = tuple(published.Figure("query", rf"one .*?{share} ([\d.]+)", digits=1) for share in ("p50", "p99"))
    row = published.Row("docs/speed.md", "Speed", "one", figures)

    wrong = published.corrections(row, {"query": "one p50 3.25 p99 1205.7"}, pages)

    assert [(each.page, each.should_be) for each in wrong] == [
        ("docs/speed.md", "| one | 3.3 | 1,205.7 |\n"),
        ("docs/speed.zh.md", "| 一个 | 3.3 | 1,205.7 |\n"),
    ]


def test_of_a_sentence_only_its_first_figures_are_written(pages: Path) -> None:
    figure = published.Figure("query", r"shell ([\d.]+) s", times="1000")
    sentence = published.Sentence("docs/speed.md", "It takes", "需 ", (figure,))

    wrong = published.corrections(sentence, {"query": "shell 0.5 s"}, pages)

    assert [each.should_be for each in wrong] == ["It takes 500 ms, of 20 hits.\n", "需 500 毫秒，20 条。\n"]


def test_figures_without_a_result_are_left_alone(pages: Path) -> None:
    row = published.Row("docs/speed.md", "Speed", "one", (published.Figure("absent", "x"), None))

    assert published.corrections(row, {}, pages) == []


def test_differences_are_written_with_their_sign() -> None:
    figure = published.Figure("titles", r"difference (\S+)", digits=3, signed=True)

    assert [figure.told({"titles": f"difference {value}"}) for value in ("+0.046", "-0.007")] == ["+0.046", "−0.007"]


@pytest.mark.parametrize(
    "entry",
    [
        published.Row("docs/speed.md", "Speed", "two", (None,)),
        published.Row("docs/speed.md", "Speed", "one", (None,)),
        published.Sentence("docs/speed.md", "It took", "", (None,)),
        published.Row("docs/speed.md", "Speed", "one", (published.Figure("query", "p50"), None)),
    ],
    ids=["no such row", "more numbers than figures", "no such sentence", "not in the output"],
)
def test_what_cannot_be_written_is_an_error(pages: Path, entry: Any) -> None:
    with pytest.raises(published.FiguresError):
        published.corrections(entry, {"query": "nothing"}, pages)
