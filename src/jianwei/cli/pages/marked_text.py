"""One line of a listing with the matched words emphasised, as Rich text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.padding import Padding
from rich.text import Text

from jianwei.cli.pages.excerpts import excerpt
from jianwei.cli.pages.wording import EMPHASIS

if TYPE_CHECKING:
    from rich.console import RenderableType

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
