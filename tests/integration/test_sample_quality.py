"""The sample set is searched as well as it should be, held to floors by its own judgements.

What OCR read on its pictures is recorded in `sample_texts.jsonl` (PP-OCRv6, once), because reading 112 pictures takes
minutes; everything else is the real way: ingest, indexes, search, evaluation. Left out: queries by picture, see
`test_copies.py`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.integration.conftest import WITHOUT_OCR
from tests.watched_examples import unwatched

from jianwei.catalog.sql_catalog import SqlCatalog
from jianwei.evaluation.running import LEADING
from jianwei.fusion.methods import FUSION_METHODS
from jianwei.library import Library
from jianwei.records import OcrLine

if TYPE_CHECKING:
    from jianwei.evaluation.results import VariantOutcome

SAMPLES = Path(__file__).parents[2] / "samples"
TEXTS = Path(__file__).with_name("sample_texts.jsonl")
BOX = ((0.0, 0.0), (100.0, 0.0), (100.0, 20.0), (0.0, 20.0))


@pytest.fixture(scope="module")
def ways(tmp_path_factory: pytest.TempPathFactory) -> tuple[VariantOutcome, ...]:
    """Every way to search the sample set by words without vectors, measured."""
    with unwatched():  # it runs what other tests run, thousands of times
        return _measured(tmp_path_factory.mktemp("sample") / "library")


def _measured(folder: Path) -> tuple[VariantOutcome, ...]:
    judged = (SAMPLES / "judgements.jsonl").read_text("utf-8").splitlines()
    by_words = folder.with_name("by-words.jsonl")
    by_words.write_text("\n".join(line for line in judged if "picture" not in json.loads(line)), "utf-8")
    with Library.open(folder, settings=WITHOUT_OCR) as library:
        library.ingest(SAMPLES / "listings.jsonl")
        numbers = {
            Path(view.picture.location).name: view.picture.picture_no for row in library.rows() for view in row.pictures
        }
    read = [json.loads(line) for line in TEXTS.read_text("utf-8").splitlines()]
    assert {picture["file"] for picture in read} == numbers.keys()
    catalog = SqlCatalog.open(folder / "catalog.sqlite", library_folder=folder)
    with catalog.writing() as writer:
        for picture in read:
            lines = [OcrLine(text, BOX, 0.95) for text in picture["lines"]]
            writer.put_ocr(numbers[picture["file"]], model_id="recorded", lines=lines)
    catalog.close()
    with Library.open(folder, settings=WITHOUT_OCR) as library:
        return library.evaluation.run(by_words).variants


@pytest.mark.slow
def test_text_finds_the_listings_of_the_sample_set_without_vectors(ways: tuple[VariantOutcome, ...]) -> None:
    assert ways[0].metrics[LEADING].mean >= 0.90


@pytest.mark.slow
def test_every_fusion_stands_beside_every_channel_with_its_interval(ways: tuple[VariantOutcome, ...]) -> None:
    names = {way.name for way in ways}
    assert {f"fusion {method}" for method in FUSION_METHODS} <= names
    assert {"text:ocr", "text:title", "text:spec", "text:sound"} <= names
    assert all(way.metrics[LEADING].low <= way.metrics[LEADING].mean <= way.metrics[LEADING].high for way in ways)


@pytest.mark.slow
def test_no_channel_alone_beats_the_default_beyond_the_interval(ways: tuple[VariantOutcome, ...]) -> None:
    channels = [way for way in ways if way.kind == "channel"]
    best = max(channels, key=lambda way: way.metrics[LEADING].mean)
    # Of the channel minus the default, query by query; above 0 throughout it would be better.
    assert best.against_default[LEADING].interval.low <= 0.0


@pytest.mark.slow
def test_without_the_text_in_pictures_search_is_much_worse(ways: tuple[VariantOutcome, ...]) -> None:
    [without] = [way for way in ways if way.name == "without text in pictures"]
    assert without.metrics[LEADING].mean < ways[0].metrics[LEADING].mean - 0.3
