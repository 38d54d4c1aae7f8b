"""A failure is recorded under a place that lets nobody in, with both texts of its error."""

from __future__ import annotations

from datetime import UTC, datetime

from jianwei.errors import PictureFetchError
from jianwei.ingest.failure_places import failure_of, failure_place


def test_an_error_becomes_a_record_of_now_under_the_place_that_is_cleared_later() -> None:
    error = PictureFetchError("gone", zh="没有了", reason="http-404")
    location = "https://li:secret@example.com/a.png"
    before = datetime.now(UTC)
    failure = failure_of(error, "fetch", location, reason=error.reason, listing_id="jd:1", transient=True)
    assert before <= (failure.happened_at or before) <= datetime.now(UTC)
    assert (failure.stage, failure.reason) == ("fetch", "http-404")
    assert (failure.message, failure.message_zh) == ("gone", "没有了")
    assert (failure.listing_id, failure.transient) == ("jd:1", True)
    assert failure.location == failure_place(location)
    assert "secret" not in failure.location


def test_a_place_that_was_shortened_is_one_already() -> None:
    for location in ("data:image/png;base64," + "A" * 1000, "https://li:secret@example.com/a.png", "/pictures/a.png"):
        assert failure_place(failure_place(location)) == failure_place(location)
