"""Puts the lines of a picture into the order in which a person reads them.

Level lines form rows, read left to right, rows top to bottom. Columns of vertical text that stand side by side form a
block, read right to left as Chinese is, and the block comes before the first row whose middle lies below the block's
top. The order depends on the lines only, never on the order in which they were found. Left out: articles set in several
columns of level text; their rows are read across, as price lists and spec tables want it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from jianwei.records import OcrLine

_TALL = 1.5
"""From this ratio of height to width on a line counts as vertical, as it does when it is cut out for reading."""
_SAME_ROW = 0.5
"""Share of the lower line's height that two lines of one row have in common."""
_SAME_BLOCK = 0.5
_COLUMN_GAP = 1.5
"""Widest gap between two columns of a block, in widths of the wider one."""


class _Placed(NamedTuple):
    """A line with its upright rectangle; compares by place first, which makes every sort below a total order."""

    left: float
    top: float
    right: float
    bottom: float
    line: OcrLine

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2

    @property
    def is_tall(self) -> bool:
        return self.bottom - self.top >= _TALL * (self.right - self.left)

    def key(self) -> tuple[float | str, ...]:
        return (self.left, self.top, self.right, self.bottom, self.line.text, self.line.confidence)


def order_lines(lines: Iterable[OcrLine]) -> list[OcrLine]:
    """Return the lines in reading order; lines in the same place are ordered by text, then confidence."""
    placed = [_place(line) for line in lines]
    rows = _rows([line for line in placed if not line.is_tall])
    blocks = _blocks([line for line in placed if line.is_tall])
    # A block goes by its top edge, a row by its middle; where they are equal the block comes first.
    parts = [(_top(block), 0, block) for block in blocks] + [(_middle(row), 1, row) for row in rows]
    parts.sort(key=lambda part: (part[0], part[1], part[2][0].key()))
    return [placed_line.line for _, _, part in parts for placed_line in part]


def _rows(lines: Sequence[_Placed]) -> list[list[_Placed]]:
    rows: list[list[_Placed]] = []
    for line in sorted(lines, key=lambda line: (line.middle, line.key())):
        # Only the row's first line is asked, so that a slope of lines does not drift into one endless row.
        if rows and _share_rows(rows[-1][0], line):
            rows[-1].append(line)
        else:
            rows.append([line])
    return [sorted(row, key=_Placed.key) for row in rows]


def _blocks(lines: Sequence[_Placed]) -> list[list[_Placed]]:
    blocks: list[list[_Placed]] = []
    for line in sorted(lines, key=lambda line: (-line.right, line.key())):
        block = next((block for block in blocks if _side_by_side(block[-1], line)), None)
        if block is None:
            blocks.append([line])
        else:
            block.append(line)
    return blocks


def _share_rows(first: _Placed, second: _Placed) -> bool:
    common = min(first.bottom, second.bottom) - max(first.top, second.top)
    return common >= _SAME_ROW * min(first.bottom - first.top, second.bottom - second.top)


def _side_by_side(right: _Placed, left: _Placed) -> bool:
    common = min(right.bottom, left.bottom) - max(right.top, left.top)
    gap = right.left - left.right
    widest = max(right.right - right.left, left.right - left.left)
    return common >= _SAME_BLOCK * min(right.bottom - right.top, left.bottom - left.top) and gap <= _COLUMN_GAP * widest


def _top(block: Sequence[_Placed]) -> float:
    return min(line.top for line in block)


def _middle(row: Sequence[_Placed]) -> float:
    return sum(line.middle for line in sorted(row, key=_Placed.key)) / len(row)


def _place(line: OcrLine) -> _Placed:
    xs, ys = [x for x, _ in line.box], [y for _, y in line.box]
    return _Placed(min(xs), min(ys), max(xs), max(ys), line)
