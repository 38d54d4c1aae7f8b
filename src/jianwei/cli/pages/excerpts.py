"""Cut long lines around the words that matched, and name places of pictures briefly.

Pure functions; colours are put on elsewhere.
"""

from __future__ import annotations

from pathlib import PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jianwei.records import Quad

ELLIPSIS = "…"

Spans = tuple[tuple[int, int], ...]


def excerpt(text: str, spans: Sequence[tuple[int, int]], longest: int) -> tuple[str, Spans]:
    """Return at most about `longest` characters of a line around its first span, and the spans inside that part.

    A line that fits comes whole. Spans that the cut leaves outside are dropped, one that it crosses is shortened.
    Without spans the line's beginning comes.
    """
    if len(text) <= longest:
        return text, tuple(spans)
    first_start, first_end = spans[0] if spans else (0, 0)
    # A third of the room stands before the first match, so that what is said about it can be read behind it.
    start = max(min(first_start - longest // 3, len(text) - longest), 0)
    if first_end - start > longest:
        start = first_start
    end = min(start + longest, len(text))
    before, after = ELLIPSIS if start else "", ELLIPSIS if end < len(text) else ""
    shift = len(before) - start
    kept = tuple((max(low, start) + shift, min(high, end) + shift) for low, high in spans if high > start and low < end)
    return f"{before}{text[start:end]}{after}", kept


def place_name(location: str) -> str:
    """Return the short name of where a picture is: its file name, also inside an archive or at the end of a URL."""
    if location.startswith("data:"):
        return location.partition(",")[0].partition(";")[0]
    if location.startswith(("http://", "https://")):
        parts = urlsplit(location)
        return unquote(PurePosixPath(parts.path).name) or parts.netloc
    inner = location.rpartition("!/")[2]
    return PureWindowsPath(inner).name if "\\" in inner else PurePosixPath(inner).name


def box_place(box: Quad) -> tuple[int, int, int, int]:
    """Return left, top, width and height in pixels of the upright rectangle around a box."""
    xs, ys = [x for x, _ in box], [y for _, y in box]
    left, top = round(min(xs)), round(min(ys))
    return left, top, round(max(xs)) - left, round(max(ys)) - top
