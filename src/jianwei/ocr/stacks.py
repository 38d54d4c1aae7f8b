"""Joins Chinese characters that stand apart below each other into the one line they are.

Stacked characters with air between them are detected as single boxes, and their word could not be found. Characters
below each other in a table or in rows of widely spaced type must stay apart: they are nearer to their neighbours at
the side than to those above and below. Left out: stacked characters that are detected as one box (`orientation`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jianwei.ocr.han import is_han
from jianwei.records import OcrLine

if TYPE_CHECKING:
    from collections.abc import Sequence

_SQUARE = 1.6
"""A box whose longer side is at most this many times the shorter may hold a single character."""
_SAME_WIDTH = 0.7
_OFF_CENTRE = 0.25
_GAP = 1.0
"""Characters set further apart than their own width are read one by one by people, too."""
_OVERLAP = 0.6
"""Detected boxes reach into their neighbours, by half a character at worst; both in widths of the wider piece."""


@dataclass(frozen=True, slots=True, order=True)
class _Piece:
    """Part of a stack: one character, or several that were detected as one tall box. Sorts from top to bottom."""

    top: float
    left: float
    bottom: float
    right: float
    text: str
    confidence: float
    number: int

    @property
    def width(self) -> float:
        return self.right - self.left


def join_stacks(lines: Sequence[OcrLine]) -> list[OcrLine]:
    """Return the lines with stacks joined, each at the place of its topmost piece; all others as they came.

    A joined line's box is the upright rectangle around its pieces, its confidence the mean over its characters.
    """
    pieces = sorted(piece for piece in map(_as_piece, range(len(lines)), lines) if piece is not None)
    below = _links(pieces)
    joined: dict[int, OcrLine] = {}
    swallowed: set[int] = set(below.values())
    for piece in pieces:
        if piece.number in below and piece.number not in swallowed:
            joined[piece.number] = _join(_chain(piece.number, below), {other.number: other for other in pieces})
    return [joined.get(number, line) for number, line in enumerate(lines) if number not in swallowed]


def _as_piece(number: int, line: OcrLine) -> _Piece | None:
    xs, ys = [x for x, _ in line.box], [y for _, y in line.box]
    width, height = max(xs) - min(xs), max(ys) - min(ys)
    if not all(is_han(character) for character in line.text) or min(width, height) <= 0:
        return None
    is_stack = height >= _SQUARE * width
    is_character = len(line.text) == 1 and width < _SQUARE * height
    if not (is_stack or is_character):
        return None
    return _Piece(min(ys), min(xs), max(ys), max(xs), line.text, line.confidence, number)


def _links(pieces: Sequence[_Piece]) -> dict[int, int]:
    """Return, by number, the next piece below each; both are the other's nearest."""
    nearest_below = {piece.number: _nearest(piece, pieces, below=True) for piece in pieces}
    nearest_above = {piece.number: _nearest(piece, pieces, below=False) for piece in pieces}
    return {
        upper: lower for upper, lower in nearest_below.items() if lower is not None and nearest_above[lower] == upper
    }


def _nearest(piece: _Piece, pieces: Sequence[_Piece], *, below: bool) -> int | None:
    side = min((_gap_beside(piece, other) for other in pieces if other != piece), default=float("inf"))
    best, best_gap = None, float("inf")
    for other in pieces:
        upper, lower = (piece, other) if below else (other, piece)
        gap = lower.top - upper.bottom
        if other != piece and _in_line(upper, lower) and gap <= side and gap < best_gap:
            best, best_gap = other.number, gap
    return best


def _in_line(upper: _Piece, lower: _Piece) -> bool:
    wider = max(upper.width, lower.width)
    off_centre = abs(upper.left + upper.right - lower.left - lower.right) / 2
    return (
        min(upper.width, lower.width) >= _SAME_WIDTH * wider
        and off_centre <= _OFF_CENTRE * wider
        and -_OVERLAP * wider <= lower.top - upper.bottom <= _GAP * wider
        and lower.top > upper.top
        and lower.bottom > upper.bottom
    )


def _gap_beside(piece: _Piece, other: _Piece) -> float:
    common = min(piece.bottom, other.bottom) - max(piece.top, other.top)
    if common < min(piece.bottom - piece.top, other.bottom - other.top) / 2:
        return float("inf")
    return max(piece.left, other.left) - min(piece.right, other.right)


def _chain(first: int, below: dict[int, int]) -> list[int]:
    chain = [first]
    while chain[-1] in below:
        chain.append(below[chain[-1]])
    return chain


def _join(chain: Sequence[int], pieces: dict[int, _Piece]) -> OcrLine:
    parts = [pieces[number] for number in chain]
    text = "".join(part.text for part in parts)
    confidence = sum(part.confidence * len(part.text) for part in parts) / len(text)
    left, right = min(part.left for part in parts), max(part.right for part in parts)
    top, bottom = parts[0].top, max(part.bottom for part in parts)
    return OcrLine(text, ((left, top), (right, top), (right, bottom), (left, bottom)), confidence)
