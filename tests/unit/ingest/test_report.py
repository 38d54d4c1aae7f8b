from __future__ import annotations

from dataclasses import replace

import pytest

from jianwei.ingest.report import IngestProgress, IngestReport
from jianwei.records import Failure

LOST = Failure("fetch", "a.jpg", "not-found", "gone", "没有", listing_id="1")
CUT = Failure("decode", "b.jpg", "incomplete", "cut", "不全", listing_id="2")
BROKEN = Failure("record", "x.jsonl:1", "broken-json", "broken", "错误")
REPORT = IngestReport("x.jsonl", 2, 0, 0, 0, 0, (LOST, LOST), 1.0)


@pytest.mark.parametrize(
    ("report", "is_so"),
    [
        (REPORT, True),
        (replace(REPORT, dry_run=True), True),
        (replace(REPORT, pictures_read=1), False),
        (replace(REPORT, pictures_known=1), False),
        (replace(REPORT, interrupted=True), False),
        (replace(REPORT, failures=()), False),
        (replace(REPORT, failures=(BROKEN,)), False),
        (replace(REPORT, failures=(CUT,), pictures_read=1), False),
        # Thousands that were read long ago, and one new listing whose picture is not there.
        (replace(REPORT, listings_new=1, listings_unchanged=1000, failures=(LOST,)), False),
        # All is tried again, and all fails again.
        (replace(REPORT, listings_new=0, listings_unchanged=2), True),
        (replace(REPORT, listings_new=0), False),
    ],
)
def test_not_one_picture_was_had_only_where_pictures_were_looked_for_and_all_failed(
    report: IngestReport, is_so: bool
) -> None:
    assert report.no_picture_had is is_so


def test_failed_pictures_are_counted_without_broken_records_and_pictures_that_are_used() -> None:
    assert replace(REPORT, failures=(LOST, CUT, BROKEN)).pictures_failed == 1


def test_the_time_left_is_not_guessed_from_the_first_moment() -> None:
    moment = IngestProgress(1, 300_000, 0, 0, 0, 0.2)
    assert moment.remaining_s is None
    assert replace(moment, listings_done=30_000, elapsed_s=10.0).remaining_s == pytest.approx(10.0 * 9)


def test_the_time_left_of_screening_is_told_from_its_own_rate() -> None:
    moment = IngestProgress(300_000, 300_000, 0, 0, 0, 100.0, to_screen=300_000)
    assert moment.remaining_s is None
    assert replace(moment, screened=100, screening_s=1.0).remaining_s is None
    assert replace(moment, screened=100_000, screening_s=50.0).remaining_s == pytest.approx(50.0 * 2)
