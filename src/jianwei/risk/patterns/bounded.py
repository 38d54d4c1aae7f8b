"""Regular expressions of rules: compiled once, bounded in time, and started only where one of their words stands.

A pattern runs on folded text (simplified characters, small letters, half width letters and digits). Which words must
stand there is read from it in `words.py`; the matcher looks for all of them at once and runs only the patterns
whose words it met.
"""

from __future__ import annotations

import re
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import regex

from jianwei.risk.patterns.words import shortest_match
from jianwei.risk.patterns.work import bounded_length

if TYPE_CHECKING:
    from collections.abc import Callable

TIMEOUT_S = 0.5
"""Of the processor, all threads of the process together; on Windows of the wall clock, which a busy machine lets run.

An honest pattern takes microseconds, a hostile one for ever.
"""

_PIECE = re.compile(r"\\(?s:.)|\[\^?\]?|\]", re.DOTALL)


class SlowPattern:
    """Counts the patterns that were broken off, by their source."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}

    def note(self, pattern: str) -> None:
        """Remember that a pattern took too long once more."""
        self.counts[pattern] = self.counts.get(pattern, 0) + 1


@lru_cache(maxsize=4096)
def compiled(pattern: str) -> regex.Pattern[str]:
    """Return the compiled pattern."""
    return regex.compile(within_places(pattern), regex.IGNORECASE)


def within_places(pattern: str) -> str:
    r"""Return a pattern whose `\s` takes a space or a line end, and not what stands between two fields or pictures.

    Plain text holds no other white space. Without this 野生 at the end of a title and 龟 at the beginning of a picture
    would be one match of `野生\s?龟`. What means to look across places says so (`\f`, `[^。]`).
    """
    if r"\s" not in pattern:
        return pattern
    pieces: list[str] = []
    done, opened = 0, ""
    for found in _PIECE.finditer(pattern):
        piece = found.group()
        pieces.append(pattern[done : found.start()])
        done = found.end()
        if piece == r"\s" and not opened.startswith("[^"):
            piece = r" \n" if opened else r"[ \n]"
        elif piece.startswith("[") and not opened:
            opened = piece
        elif piece == "]":
            opened = ""
        pieces.append(piece)
    return "".join([*pieces, pattern[done:]])


def pattern_fault(pattern: str) -> str | None:
    """Return what is wrong with a pattern, None where it is fine. One that matches the empty text is wrong.

    The parser of the standard library is asked first, which takes a hundredth of the time; what it does not know is
    compiled.
    """
    shortest = shortest_match(pattern)
    if shortest is not None:
        return None if shortest or pattern.startswith(("(?=", "(?<")) else "it matches the empty text"
    try:
        found = compiled(pattern)
    except regex.error as error:
        return str(error)
    return "it matches the empty text" if found.match("") else None


def matches(
    pattern: str, text: str, slow: SlowPattern, start: int = 0, end: int | None = None, *, overlapped: bool = False
) -> list[Any]:
    """Return the matches of a pattern inside text[start:end], none where it took too long."""
    last = len(text) if end is None else end
    clocked, unclocked, longest = _bounded(pattern, "finditer")
    if last - start <= longest:
        return list(unclocked(text, start, last, overlapped=overlapped))
    try:
        return list(clocked(text, start, last, overlapped=overlapped))
    except TimeoutError:
        slow.note(pattern)
        return []


def first_match(pattern: str, text: str, slow: SlowPattern, start: int, end: int) -> Any:  # noqa: ANN401
    """Return the first match of a pattern inside text[start:end], None where there is none or it took too long."""
    clocked, unclocked, longest = _bounded(pattern, "search")
    if end - start <= longest:
        return unclocked(text, start, end)
    try:
        return clocked(text, start, end)
    except TimeoutError:
        slow.note(pattern)
        return None


class _Bounded(NamedTuple):
    """What matches a pattern in one way: against the clock, and without it in texts that are no longer than so much."""

    clocked: Callable[..., Any]
    unclocked: Callable[..., Any]
    longest: int


@lru_cache(maxsize=8192)
def _bounded(pattern: str, way: Literal["search", "finditer"]) -> _Bounded:
    find = getattr(compiled(pattern), way)
    return _Bounded(partial(find, timeout=TIMEOUT_S), find, bounded_length(pattern))
