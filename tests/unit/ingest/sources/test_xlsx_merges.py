"""Merged cells are read from a sheet's XML, those of columns that no table has left out."""

from __future__ import annotations

import io

from jianwei.ingest.sources.xlsx_merges import MergedCells, merges_over_rows


def test_merges_over_rows_of_the_last_possible_columns_cost_nothing() -> None:
    merges = b"".join(b'<mergeCell ref="%s2:%s900"/>' % (name, name) for name in (b"A", b"AMJ", b"AMK", b"XFD"))
    found = merges_over_rows(io.BytesIO(b"<mergeCells>" + merges + b"</mergeCells>"))
    assert found == {2: [(0, 900), (1023, 900)]}


def test_a_merge_fills_the_rows_below_and_ends() -> None:
    cells = MergedCells({1: [(1, 2)]})
    assert cells.filled(1, ["a", "shop"]) == ["a", "shop"]
    assert cells.filled(2, ["b"]) == ["b", "shop"]
    assert cells.filled(3, ["c"]) == ["c"]
