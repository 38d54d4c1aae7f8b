from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from jianwei.export.evidence.chain import broken_at, chained

ENTRIES = st.lists(st.dictionaries(st.sampled_from(["at", "what", "by"]), st.text(max_size=8)), max_size=6)


@given(ENTRIES)
def test_a_chain_as_it_was_written_holds(entries: list[dict[str, str]]) -> None:
    assert broken_at(chained(entries)) is None


@given(ENTRIES.filter(bool), st.data())
def test_any_change_breaks_it_there(entries: list[dict[str, str]], data: st.DataObject) -> None:
    lines = chained(entries)
    place = data.draw(st.integers(1, len(lines)))
    lines[place - 1]["what"] = str(lines[place - 1].get("what")) + "!"
    assert broken_at(lines) == place


@given(ENTRIES.filter(lambda entries: len(entries) > 1), st.data())
def test_a_line_taken_out_or_moved_breaks_it(entries: list[dict[str, str]], data: st.DataObject) -> None:
    lines = chained(entries)
    place = data.draw(st.integers(0, len(lines) - 2))
    assert broken_at(lines[:place] + lines[place + 1 :]) == place + 1
    assert broken_at([*lines[:place], lines[place + 1], lines[place], *lines[place + 2 :]]) == place + 1
