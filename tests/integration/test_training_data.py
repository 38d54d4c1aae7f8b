"""Pairs and probes out of real libraries; no torch."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.integration.conftest import WITHOUT_OCR
from tests.integration.models import CHINESE, make_models

from jianwei.errors import NotFoundError, SourceError, TrainingError
from jianwei.library import Library
from jianwei.library.training import training_data

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def library(tmp_path: Path, write_listings: Callable[..., Path]) -> Iterator[Library]:
    sheet = write_listings(12)
    records = [json.loads(line) for line in sheet.read_text("utf-8").splitlines()]
    for number, record in enumerate(records):
        record["category"] = f"c{number % 2}"
        if number < 6:
            record["case"] = {"illegal_type": "虚假宣传" if number < 5 else "无照经营"}
    sheet.write_text("\n".join(json.dumps(record, ensure_ascii=False) for record in records), "utf-8")
    with Library.open(tmp_path / "library", settings=replace(WITHOUT_OCR, keep_originals="none")) as opened:
        opened.ingest(sheet)
        yield opened


def test_listings_become_pairs_and_missing_pictures_are_counted(library: Library, tmp_path: Path) -> None:
    (tmp_path / "source" / "pictures" / "3.png").unlink()
    dismissed = tmp_path / "dismissed.jsonl"
    dismissed.write_text(
        '{"listing_id": "demo:P0001", "text": "能治病"}\n\n{"listing_id": "demo:P0001", "text": "药"}\n'
    )
    data = training_data(library, WITHOUT_OCR, ocr_texts=True, dismissed=dismissed)
    assert (len(data.pairs), data.skipped) == (11, 1)
    pair = next(pair for pair in data.pairs if pair.product == "demo:P0001")
    assert (pair.texts, pair.product, pair.category, pair.dismissed) == (
        ("芦荟胶囊 第1款",),
        "demo:P0001",
        "c1",
        ("能治病", "药"),
    )
    assert data.pixels(pair.picture).shape == (160, 160, 3)


@pytest.mark.parametrize("content", ['{"listing_id": "x"}', "[1]", '{"listing_id": 1, "text": "x"}', "{"])
def test_a_file_of_dismissed_texts_that_cannot_be_read_is_told(library: Library, tmp_path: Path, content: str) -> None:
    (tmp_path / "dismissed.jsonl").write_text(content)
    with pytest.raises(SourceError, match=r"dismissed\.jsonl"):
        training_data(library, WITHOUT_OCR, ocr_texts=False, dismissed=tmp_path / "dismissed.jsonl")


def test_a_probe_measures_the_illegal_types_of_known_cases(library: Library, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="jianwei embed"):
        library.probe()
    models = make_models(tmp_path / "models")
    library.close()
    with Library.open(library.path, settings=replace(WITHOUT_OCR, models_folder=models)) as again:
        again.embed([CHINESE])
        try:
            space, report = again.probe(folds=3)
        except TrainingError as error:
            pytest.fail(error.message)
        assert space.startswith(f"{CHINESE}@")
        assert [(score.label, score.known) for score in report.types] == [("虚假宣传", 5)]
        assert report.left_out == ("无照经营",)
