"""The parts of a PDF report in their order: headings, paragraphs, tables, pictures.

Only here is reportlab spoken to. Whatever comes from a listing is shown as text, never as markup.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jianwei.bilingual import Both
    from jianwei.errors import Language

_LONGEST_PICTURE_PX = 1400
_PICTURE_WIDTH_PT = 400
_PICTURE_HEIGHT_PT = 560
_NAMES_WIDTH_PT = 100
_TABLE_WIDTH_PT = 495
_MARGIN_PT = 50


class Story:
    """The parts of a report in one language, set in one font."""

    def __init__(self, font: str, language: Language) -> None:
        from reportlab.lib.styles import ParagraphStyle

        self.parts: list[Any] = []
        self.language: Language = language
        self._font = font
        # CJK breaks lines between Chinese characters, and where those are Latin letters at spaces.
        self._body = ParagraphStyle("body", fontName=font, fontSize=10, leading=15, wordWrap="CJK")
        self._small = ParagraphStyle("small", parent=self._body, fontSize=8, leading=12)
        self._heads = ParagraphStyle("head", parent=self._body, fontSize=15, leading=24, spaceAfter=4)
        self._chapter = ParagraphStyle("chapter", parent=self._body, fontSize=12, leading=20, spaceBefore=10)

    def say(self, text: Both, **values: object) -> str:
        """Return a text in the language of the report."""
        return text.say(self.language, **values)

    def heading(self, text: str) -> None:
        """Add the heading of the report."""
        self._add(text, self._heads)

    def chapter(self, text: str) -> None:
        """Add the heading of a chapter."""
        self._add(text, self._chapter)
        self.parts[-1].keepWithNext = True

    def text(self, text: str, *, small: bool = False, with_next: bool = False) -> None:
        """Add a paragraph; `with_next` keeps it on the page of what follows."""
        self._add(text, self._small if small else self._body)
        self.parts[-1].keepWithNext = with_next

    def table(self, rows: Sequence[tuple[str, str]]) -> None:
        """Add names and what they stand for, one row each; a line of a value is a paragraph of its own."""
        from reportlab.platypus import Paragraph, Table

        shown = [
            (
                Paragraph(escape(name), self._body),
                [Paragraph(_printable(line), self._body) for line in value.splitlines() or [""]],
            )
            for name, value in rows
        ]
        grid = [("VALIGN", (0, 0), (-1, -1), "TOP"), ("LINEBELOW", (0, 0), (-1, -1), 0.25, "#cccccc")]
        widths = (_NAMES_WIDTH_PT, _TABLE_WIDTH_PT - _NAMES_WIDTH_PT)
        self.parts.append(Table(shown, colWidths=widths, style=grid, spaceAfter=8))

    def picture(self, data: bytes) -> None:
        """Add a picture, as large as the page allows."""
        from PIL import Image as Pixels
        from reportlab.platypus import Image

        with Pixels.open(io.BytesIO(data)) as opened:
            picture = opened.convert("RGB")
        picture.thumbnail((_LONGEST_PICTURE_PX, _LONGEST_PICTURE_PX * 2))
        stream = io.BytesIO()
        picture.save(stream, "JPEG", quality=85)
        scale = min(_PICTURE_WIDTH_PT / picture.width, _PICTURE_HEIGHT_PT / picture.height)
        self.parts.append(Image(stream, picture.width * scale, picture.height * scale))

    def pdf(self, *, title: str, author: str, foot: str, page: Both) -> bytes:
        """Return the report with `foot` on every page and its number, said by `page` with `{number}`."""
        from reportlab.lib.pagesizes import A4
        from reportlab.platypus import SimpleDocTemplate

        stream = io.BytesIO()
        document = SimpleDocTemplate(
            stream,
            pagesize=A4,
            title=title,
            author=author,
            subject=foot,
            invariant=1,
            leftMargin=_MARGIN_PT,
            rightMargin=_MARGIN_PT,
        )

        def footer(canvas: Any, shown: Any) -> None:  # noqa: ANN401  # reportlab's own objects
            canvas.setFont(self._font, 8)
            canvas.drawString(_MARGIN_PT, 28, foot)
            canvas.drawRightString(A4[0] - _MARGIN_PT, 28, self.say(page, number=shown.page))

        document.build(self.parts, onFirstPage=footer, onLaterPages=footer)
        return stream.getvalue()

    def _add(self, text: str, style: Any) -> None:  # noqa: ANN401  # reportlab's own object
        from reportlab.platypus import Paragraph

        self.parts.append(Paragraph(_printable(text), style))


def _printable(text: str) -> str:
    plain = "".join(character if character.isprintable() or character == "\n" else " " for character in text)
    return escape(plain).replace("\n", "<br/>") or "—"
