"""docs/sources.md says everything that can be set and everything that can go wrong, and its examples work."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from tests.unit.ingest.sources.reading import read, write

import jianwei.ingest
from jianwei.ingest.fetching.refusals import REASONS
from jianwei.ingest.sources import MAPPING_KEYS, load_mapping
from jianwei.ingest.sources.known_columns import FIELD_NAMES
from jianwei.ingest.sources.mapping import CONSTANT_NAMES
from jianwei.ingest.sources.picture_folder import PICTURE_SUFFIXES

PAGE = (Path(__file__).parents[4] / "docs" / "sources.md").read_text("utf-8")
SOURCES = Path(jianwei.ingest.__file__).parent / "sources"
KEY_ROWS = re.findall(r"^\| `([\w.]+)` \|", PAGE, re.MULTILINE)


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def test_every_mapping_key_is_described_in_its_order() -> None:
    assert [key for key in KEY_ROWS if key in MAPPING_KEYS] == list(MAPPING_KEYS)


@pytest.mark.parametrize("word", [*FIELD_NAMES, *CONSTANT_NAMES, *PICTURE_SUFFIXES])
def test_every_field_and_suffix_is_named(word: str) -> None:
    assert word in PAGE


@pytest.mark.parametrize("reason", sorted(REASONS))
def test_every_reason_of_a_picture_is_explained(reason: str) -> None:
    assert f"`{reason}`" in PAGE


def test_every_reason_of_a_record_is_explained() -> None:
    code = "".join(path.read_text("utf-8") for path in SOURCES.glob("*.py"))
    reasons = set(re.findall(r'record_failure\(\s*(?:\w+\(.*?\)|\w+),\s*"([a-z-]+)"', code))
    reasons |= set(
        re.findall(r'^    "([a-z-]+)": \($', (SOURCES / "line_problems.py").read_text("utf-8"), re.MULTILINE)
    )
    assert len(reasons) > 8
    assert {reason for reason in reasons if f"`{reason}`" not in PAGE} == set()


def test_the_example_mapping_is_valid() -> None:
    (example,) = blocks("yaml")
    assert load_mapping(yaml.safe_load(example)).pictures_columns == {"图A": "main", "图B": "detail"}


def test_the_example_table_is_read_as_described(tmp_path: Path) -> None:
    (example,) = blocks("csv")
    (listing,), failures = read(write(tmp_path / "listings.csv", example))
    assert not failures
    assert (listing.listing_id, listing.price, len(listing.pictures)) == ("京东:1001", 99.0, 3)


def test_the_examples_of_json_are_read_as_described(tmp_path: Path) -> None:
    for number, example in enumerate(blocks("json")):
        (listing,), failures = read(write(tmp_path / f"{number}.jsonl", json.loads(example)))
        assert not failures
        assert listing.title
