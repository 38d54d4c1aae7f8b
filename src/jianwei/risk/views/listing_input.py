"""From a listing as the catalog holds it to what is screened: its fields, then the lines of each picture in order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

from jianwei.risk.views.screened_text import ScreeningInput, Segment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from jianwei.records import Listing, OcrLine, PictureCode, Quad

_CHINA = timezone(timedelta(hours=8))
"""The day of conduct is counted where the platforms and the law are."""

CODE_SIGN = "▣"
"""Stands before the content of a code: `contacts.yaml` looks for it. No line of text begins so."""

_FAR = 2.5
"""Lines further apart than so many heights of a line do not continue each other."""


def listing_input(
    listing: Listing,
    pictures: Sequence[tuple[int, Sequence[OcrLine]]],
    *,
    codes: Mapping[int, Sequence[PictureCode]] | None = None,
    captions: Sequence[str] = (),
    whole: bool,
) -> ScreeningInput:
    """Return the input for one listing; `pictures` are numbers and lines in page order, those never read left out.

    `codes` are those of its pictures, also of pictures never read.
    """
    segments = [Segment(listing.title, "title")] if listing.title else []
    segments += [Segment(f"{name}：{value}", "spec") for name, value in (*listing.intro, *listing.spec)]
    for picture_no, lines in pictures:
        segments += picture_segments(picture_no, lines)
    segments += [code_segment(number, code) for number, found in (codes or {}).items() for code in found]
    segments += [Segment(caption, "caption") for caption in captions]
    return ScreeningInput(
        tuple(segments), conduct_day(listing.captured_at), listing.category, listing.price, whole=whole
    )


def conduct_day(captured_at: datetime | None) -> date:
    """Return the day on which an offer was seen, today where that is unknown."""
    return (captured_at or datetime.now(UTC)).astimezone(_CHINA).date()


def picture_segments(picture_no: int, lines: Sequence[OcrLine]) -> list[Segment]:
    """Return the lines of one picture as segments."""
    return [
        Segment(
            line.text,
            "ocr",
            picture_no=picture_no,
            line_no=index,
            box=line.box,
            follows=index > 0 and _are_near(lines[index - 1].box, line.box),
        )
        for index, line in enumerate(lines)
    ]


def code_segment(picture_no: int, code: PictureCode) -> Segment:
    """Return the content of a code as a line of its picture, behind the sign that the rules know codes by."""
    return Segment(f"{CODE_SIGN} {code.content}", "ocr", picture_no=picture_no, box=code.box, is_code=True)


def _are_near(one: Quad, other: Quad) -> bool:
    """Tell whether two lines of a picture may continue each other: near, and of like size."""
    (left, top, right, bottom), (left_2, top_2, right_2, bottom_2) = _bounds(one), _bounds(other)
    size, size_2 = min(right - left, bottom - top), min(right_2 - left_2, bottom_2 - top_2)
    gap_x = max(left_2 - right, left - right_2, 0.0)
    gap_y = max(top_2 - bottom, top - bottom_2, 0.0)
    smaller, larger = sorted((size, size_2))
    return max(gap_x, gap_y) <= _FAR * larger and larger <= 2 * smaller


def _bounds(quad: Quad) -> tuple[float, float, float, float]:
    across, down = [corner[0] for corner in quad], [corner[1] for corner in quad]
    return min(across), min(down), max(across), max(down)


def by_listing(
    lines: Mapping[int, Sequence[OcrLine]], picture_nos: Sequence[int]
) -> list[tuple[int, Sequence[OcrLine]]]:
    """Return the lines of a listing's pictures in page order, each picture once."""
    return [(number, lines[number]) for number in dict.fromkeys(picture_nos) if number in lines]
