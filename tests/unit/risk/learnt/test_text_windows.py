"""What the text model reads together: every character once, in short pieces."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.risk.learnt.text_windows import windows_of


@settings(deadline=None)
@given(st.lists(st.text("甲乙", max_size=400), max_size=8))
def test_windows_cover_every_character_once_and_are_short(blocks: list[str]) -> None:
    text = "\f".join(blocks)
    spans = [span for span, _ in windows_of(text, text)]
    covered = [place for start, end in spans for place in range(start, end)]
    assert covered == sorted(set(covered))
    assert {place for place, sign in enumerate(text) if sign != "\f"} <= set(covered)
    assert all(end - start <= 161 for start, end in spans)
    assert all(span == of_sounds for span, of_sounds in windows_of(text, text))


def test_of_a_very_long_text_the_beginning_is_read() -> None:
    spans = [span for span, _ in windows_of("甲" * 100_000, "甲" * 100_000)]
    assert spans[-1][1] == 40_000
