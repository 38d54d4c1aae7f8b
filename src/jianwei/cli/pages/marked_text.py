"""One line of a listing with the matched words emphasised, as Rich text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.measure import Measurement
from rich.padding import Padding
from rich.text import Text

from jianwei.cli.cell_width import wrap
from jianwei.cli.pages.excerpts import excerpt
from jianwei.cli.pages.wording import EMPHASIS

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult

    from jianwei.search.results import Highlight

_LONGEST = 120  # characters; more of a detail page than two lines of a wide terminal hides the next hit


def emphasised(highlight: Highlight) -> Text:
    """Return the part of the line around its matches. Line ends and control characters become blanks."""
    text, spans = excerpt(highlight.text, highlight.spans, _LONGEST)
    shown = Text("".join(character if character.isprintable() else " " for character in text))
    for start, end in spans:
        shown.stylize(EMPHASIS, start, end)
    return shown


def printable(text: str) -> str:
    """Return the text without control characters: a title must not move the cursor of a terminal."""
    return "".join(character if character.isprintable() else " " for character in text)


def indented(body: RenderableType, cells: int) -> Padding:
    """Return the body moved to the right, without filling its lines with blanks up to the margin."""
    return Padding(body, (0, 0, 0, cells), expand=False)


class Paragraph:
    """Text that is broken between Chinese characters; Rich breaks at blanks, and leaves a lone word on a line."""

    def __init__(self, text: str, *, style: str = "") -> None:
        self._text = printable(text)
        self._style = style

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """Yield the lines."""
        for line in wrap(self._text, options.max_width):
            yield Text(line, style=self._style, overflow="fold")

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        """Return how wide it is on one line."""
        return Measurement.get(console, options, Text(self._text))
