"""What is remembered of lines that were folded, and that it stays small."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jianwei.text import folded_lines
from jianwei.text.fold import fold_lines
from jianwei.text.folded_lines import FoldedLines


@given(st.lists(st.lists(st.text(max_size=6), max_size=6), max_size=4))
def test_lines_are_folded_as_without_a_memory(asked: list[list[str]]) -> None:
    memory = FoldedLines(600)
    for lines in asked:
        assert memory.fold(lines) == fold_lines(lines)


def test_a_line_is_folded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = FoldedLines()
    folded: list[str] = []

    def noted(lines: list[str]) -> list[str]:
        folded.extend(lines)
        return fold_lines(lines)

    monkeypatch.setattr(folded_lines, "fold_lines", noted)
    assert memory.fold(["Ａ", "净重"]) == ["a", "净重"]
    assert memory.fold(["净重", "Ｂ", "Ａ"]) == ["净重", "b", "a"]
    assert folded == ["Ａ", "净重", "Ｂ"]


@pytest.mark.parametrize("length", [10, 1000])
def test_memory_is_bounded_by_what_lines_take(length: int) -> None:
    memory = FoldedLines(50_000)
    kept = []
    for number in range(400):
        memory.fold([f"Ａ{number}" + "字" * length])
        kept.append(len(memory._folded))
    assert max(kept) * 4 * length < 50_000
    assert max(kept) > 5
    assert len(memory._folded) < 400


def test_more_than_fits_at_once_is_folded_and_not_kept() -> None:
    memory = FoldedLines(50_000)
    lines = [f"Ａ{number}" for number in range(1000)]
    assert memory.fold(lines) == fold_lines(lines)
    assert memory._folded == {}
