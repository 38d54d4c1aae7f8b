"""Where words of a screened text stand on the listing: their field or picture, their line, their box."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jianwei.ports.findings import Place
from jianwei.text.highlight import span_box

if TYPE_CHECKING:
    from jianwei.risk.views.offsets import Span
    from jianwei.risk.views.screened_text import ScreenedText


def places(text: ScreenedText, span: Span) -> list[Place]:
    """Return where a span of the plain text stands: one place for each line that it touches."""
    found = []
    for index, (start, end) in text.pieces(text.plain_to_raw.span(*span)):
        segment = text.source.segments[index]
        whole = segment.box is None or segment.is_code
        box = segment.box if whole or segment.box is None else span_box(segment.box, segment.text, start, end)
        found.append(Place(segment.field, segment.text, start, end, segment.picture_no, segment.line_no, box))
    return found
