"""What docs/python.md and its Chinese twin call is there: methods of a library, their keywords, fields of answers."""

from __future__ import annotations

import inspect
import re
from dataclasses import fields
from pathlib import Path

import pytest

from jianwei import Library
from jianwei.search.request import SearchOptions
from jianwei.search.results import Hit, SearchResult
from jianwei.settings import Settings

PAGES = [(Path(__file__).parents[3] / "docs" / name).read_text("utf-8") for name in ("python.md", "python.zh.md")]
CALLS = sorted({call for page in PAGES for call in re.findall(r"library\.([a-z_.]+)\(([^`\n]*)", page)})
in_both_languages = pytest.mark.parametrize("page", PAGES, ids=["English", "Chinese"])


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library.open(tmp_path / "library", settings=Settings(ocr_engine="off"))


@pytest.mark.parametrize(("path", "given"), CALLS, ids=lambda value: str(value)[:40])
def test_every_call_and_its_keywords_are_there(library: Library, path: str, given: str) -> None:
    with library:
        called: object = library
        for name in path.split("."):
            called = getattr(called, name)
        assert callable(called)
        known = set(inspect.signature(called).parameters) | set(SearchOptions.__annotations__)
        outside = re.sub(r"\((?:[^()]|\([^()]*\))*\)", "", given)  # keywords of records inside are not its own
        assert set(re.findall(r"(\w+)=", outside)) <= known


@in_both_languages
def test_options_of_a_search_and_fields_of_its_answers_are_there(page: str) -> None:
    finer = next(line for line in page.splitlines() if line.startswith("| `alpha`")).split("|")[1]
    assert set(re.findall(r"`(\w+)`", finer)) <= set(SearchOptions.__annotations__)

    answers, hits = re.findall(r"(?:has|有) ((?:`\w+`(?:, |\.|、|。|\n)\n?)+)", page)
    assert set(re.findall(r"`(\w+)`", answers)) <= {item.name for item in fields(SearchResult)}
    assert set(re.findall(r"`(\w+)`", hits)) <= {item.name for item in fields(Hit)}


@in_both_languages
def test_the_program_is_python(page: str) -> None:
    programs = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert programs
    for program in programs:
        compile(program, "docs/python.md", "exec")
