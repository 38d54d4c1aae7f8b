"""The table of reasons."""

from __future__ import annotations

import pytest

from jianwei.ingest.fetching.refusals import REASONS, refusal, shown


@pytest.mark.parametrize("reason", sorted(set(REASONS) - {"http-4xx", "http-5xx"}))
def test_every_reason_names_the_location_in_both_languages(reason: str) -> None:
    error = refusal(reason, "/data/商品.jpg", "detail")
    assert "/data/商品.jpg" in error.message
    assert "/data/商品.jpg" in error.message_zh
    assert error.reason == reason
    assert "{" not in error.message + error.message_zh


@pytest.mark.parametrize(
    ("status", "transient"),
    [(401, False), (403, False), (404, False), (410, False), (429, True), (500, True), (503, True)],
)
def test_only_server_errors_and_too_many_requests_are_worth_another_try(status: int, *, transient: bool) -> None:
    error = refusal(f"http-{status}", "http://example.com/a.jpg")
    assert error.transient is transient
    assert str(status) in error.message


def test_credentials_never_reach_a_message() -> None:
    assert shown("https://user:secret@example.com/a.jpg") == "https://***@example.com/a.jpg"


def test_long_locations_are_cut() -> None:
    assert len(shown("data:image/png;base64," + "A" * 10_000_000)) < 120


def test_what_a_library_says_with_a_full_stop_ends_with_one() -> None:
    error = refusal("broken-archive", "a.zip!/b.jpg", "Bad magic number for file header.")
    assert "header. Pack it again" in error.message
    assert "header。" in error.message_zh
