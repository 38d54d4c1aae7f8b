"""Pairs and probes out of real libraries; no torch."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.integration.conftest import WITHOUT_OCR
from tests.integration.models import CHINESE, ENGLISH

from jianwei.errors import NotFoundError, QueryError, SourceError, TrainingError
from jianwei.evaluation.comparing import compare
from jianwei.library import Library
from jianwei.library.training import training_data

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from jianwei.library.probing import FeatureKind


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


def test_what_reviewers_dismissed_is_untrue_of_a_listing(tmp_path: Path, write_listings: Callable[..., Path]) -> None:
    sheet = write_listings(3)
    records = [json.loads(line) for line in sheet.read_text("utf-8").splitlines()]
    for record in records[:2]:
        record["product_name"] = f"芦荟胶囊 保健食品 根治便秘 三天见效 {record['product_name']}"
    sheet.write_text("\n".join(json.dumps(record, ensure_ascii=False) for record in records), "utf-8")
    with Library.open(tmp_path / "library", settings=WITHOUT_OCR) as library:
        library.ingest(sheet)
        first, second = (item.listing.listing_id for item in list(library.risk.findings())[:2])
        library.reviews.decide(first, "dismiss", reviewer="lin", reason="不构成", remember=False)
        library.reviews.decide(second, "dismiss", reviewer="lin", reason="不构成", remember=False)
        library.reviews.decide(second, "confirm", reviewer="wu")
        codes = library.reviews.listing(first).verdict.categories
        names = {library.risk.rulebook.categories[code].zh for code in codes}
        untrue = {
            pair.product: set(pair.dismissed)
            for pair in training_data(library, WITHOUT_OCR, ocr_texts=False).pairs
            if pair.dismissed
        }
        assert names
        assert untrue == {first: names}
        (tmp_path / "dismissed.jsonl").write_text(json.dumps({"listing_id": first, "text": "能治病"}))
        data = training_data(library, WITHOUT_OCR, ocr_texts=False, dismissed=tmp_path / "dismissed.jsonl")
        assert {pair.dismissed[0] for pair in data.pairs if pair.dismissed} == {"能治病"}


def test_a_file_of_dismissed_texts_that_cannot_be_read_is_told(library: Library, tmp_path: Path) -> None:
    for content in ('{"listing_id": "x"}', "[1]", '{"listing_id": 1, "text": "x"}', "{"):
        (tmp_path / "dismissed.jsonl").write_text(content)
        with pytest.raises(SourceError, match=r"dismissed\.jsonl"):
            training_data(library, WITHOUT_OCR, ocr_texts=False, dismissed=tmp_path / "dismissed.jsonl")


def test_a_probe_measures_the_illegal_types_of_known_cases(library: Library, models: Path) -> None:
    with pytest.raises(NotFoundError, match="jianwei embed"):
        library.probes.measure(features="vectors")
    library.close()
    with Library.open(library.path, settings=replace(WITHOUT_OCR, models_folder=models)) as again:
        again.embed([CHINESE])
        wanted: tuple[tuple[FeatureKind, str, bool], ...] = (
            ("auto", CHINESE, True),
            ("vectors", CHINESE, False),
            ("text", "", True),
        )
        for features, space, has_grams in wanted:
            probed = again.probes.measure(features=features, folds=3)
            assert probed.space.partition("@")[0] == space
            assert probed.has_grams == has_grams
            assert [(score.label, score.known) for score in probed.report.types] == [("虚假宣传", 5), ("*", 6)]
            assert probed.report.left_out == ("无照经营",)
        with pytest.raises(NotFoundError, match="in the space other@1"):
            again.probes.measure("other@1")


@pytest.fixture
def tellable(tmp_path: Path, write_listings: Callable[..., Path]) -> Iterator[Library]:
    """Forty listings whose titles tell the eighteen known violations; two more of these are no known cases."""
    sheet = write_listings(40)
    records = [json.loads(line) for line in sheet.read_text("utf-8").splitlines()]
    for number, record in enumerate(records):
        is_violation = number % 2 == 0
        record["title"] = f"{'根治糖尿病胶囊' if is_violation else '纯棉毛巾'} 第{number}款"
        if is_violation and number < 36:
            record["case"] = {"illegal_type": "虚假宣传"}
    sheet.write_text("\n".join(json.dumps(record, ensure_ascii=False) for record in records), "utf-8")
    with Library.open(tmp_path / "library", settings=WITHOUT_OCR) as opened:
        opened.ingest(sheet)
        yield opened


def test_a_kept_probe_is_heard_until_it_is_removed(tellable: Library) -> None:
    probes = tellable.probes
    assert probes.kept() is None
    assert list(probes.called()) == []
    kept = probes.keep(probes.measure(labels=labels_of(tellable)))
    assert {score.label for score in kept} == {"虚假宣传", "*"}
    called = {listing.title: voices for listing, voices in probes.called()}
    assert set(called) == {"根治糖尿病胶囊 第36款", "根治糖尿病胶囊 第38款"}
    voice = next(voice for voice in called["根治糖尿病胶囊 第36款"] if voice.label == "*")
    assert voice.precision > voice.prior
    verdicts = {item.screened.listing.title: item.verdict for item in tellable.reviews.of(range(1, 41)).values()}
    assert verdicts["根治糖尿病胶囊 第36款"].voices[0].called
    assert not any(voice.called for voice in verdicts["纯棉毛巾 第1款"].voices)
    assert verdicts["根治糖尿病胶囊 第0款"].voices == ()  # a known case
    assert probes.remove()
    assert not any(item.verdict.voices for item in tellable.reviews.of(range(1, 41)).values())


def labels_of(library: Library) -> Path:
    """Write labels for all but the last violations, which nobody has judged."""
    path = library.path / "labels.jsonl"
    rows = [
        {"listing_id": listing.listing_id, "violating": listing.case is not None}
        for listing in library.listings()
        if listing.case is not None or "毛巾" in listing.title
    ]
    path.write_text("\n".join(json.dumps(row) for row in rows), "utf-8")
    return path


def test_nothing_is_kept_that_does_not_beat_the_prior(library: Library) -> None:
    probed = library.probes.measure(folds=3)
    if not probed.report.useful:
        with pytest.raises(TrainingError, match="none is kept"):
            library.probes.keep(probed)
    assert library.probes.kept() is None


def test_labels_that_cannot_be_read_are_told(library: Library, tmp_path: Path) -> None:
    for line in ('{"listing_id": "demo:P0001"}', '{"listing_id": 1, "violating": true}', "["):
        (tmp_path / "labels.jsonl").write_text(line)
        with pytest.raises(SourceError, match=r"labels\.jsonl"):
            library.probes.measure(labels=tmp_path / "labels.jsonl")


def test_an_empty_library_teaches_nothing(tmp_path: Path) -> None:
    with Library.open(tmp_path / "empty") as empty, pytest.raises(NotFoundError, match="jianwei ingest"):
        empty.probes.measure()


def test_two_spaces_of_one_library_are_compared_with_significance(
    library: Library, models: Path, tmp_path: Path
) -> None:
    listings = [(listing.listing_id, listing.title) for listing in library.listings()]
    path = tmp_path / "judgements.jsonl"
    path.write_text(
        "\n".join(
            json.dumps({"id": str(at), "words": title, "relevant": {listing_id: 1}}, ensure_ascii=False)
            for at, (listing_id, title) in enumerate(listings)
        ),
        "utf-8",
    )
    library.close()
    with Library.open(library.path, settings=replace(WITHOUT_OCR, models_folder=models)) as again:
        again.embed([CHINESE, ENGLISH])
        spaces = sorted(again.counts().vectors)
        results = [again.evaluation.run(path, space=space) for space in spaces]
        with pytest.raises(QueryError, match="no-such@1"):
            again.evaluation.run(path, space="no-such@1")
    comparison = compare(results[0], results[1], names=(spaces[0], spaces[1]))
    assert comparison.shared == len(listings)
    assert all(0 <= difference.p_value <= 1 for difference in comparison.metrics.values())
