"""The text of one listing as the matcher sees it: segments with their places, and their views made when asked for."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate, chain
from typing import TYPE_CHECKING, Literal, NamedTuple

from jianwei.risk.views import plain_view as views
from jianwei.risk.views.offsets import over, same, without
from jianwei.risk.views.plain_view import HARD_BREAK, LINE_BREAK

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from jianwei.records import Quad
    from jianwei.risk.rules import Field
    from jianwei.risk.views.offsets import EditedMap, OffsetMap, Span
    from jianwei.risk.views.sound_view import Sounds, SoundView

HiddenView = Literal["vertical", "reversed", "spaced"]
"""How a segment was read that no line says: downwards, backwards, without the signs strewn in."""

_HALVES = re.compile("[\ud800-\udfff]")

Origin = tuple[int, int]
"""The index of a segment and that of a character in it."""


@dataclass(frozen=True, slots=True)
class Segment:
    """One line of text and where it stands: a field of the listing, or a line of one of its pictures.

    `follows` is true where it continues the segment before it, so that a phrase may run over both. The box of a code
    (`is_code`) is that of the whole code, whatever part of its content is meant.
    `read_from` says of each character of a hidden reading (`matching/hidden_readings.py`) where it stands, `view` how.
    """

    text: str
    field: Field
    picture_no: int | None = None
    line_no: int | None = None
    box: Quad | None = None
    follows: bool = False
    is_code: bool = False
    read_from: tuple[Origin, ...] = ()
    view: HiddenView | None = None


@dataclass(frozen=True, slots=True)
class ScreeningInput:
    """All that is known of one listing. `whole` says that it is a listing all of whose pictures were read.

    `day` is the day of conduct, today where it is unknown; `category` is what the platform files it under.
    """

    segments: tuple[Segment, ...]
    day: date
    category: str = ""
    price: float | None = None
    whole: bool = False
    text_only: bool = False


def readable(sources: Sequence[ScreeningInput]) -> Sequence[ScreeningInput]:
    """Return the listings with U+FFFD for each half of a surrogate pair, as crawled text may hold."""
    try:
        "".join(segment.text for source in sources for segment in source.segments).encode()
    except UnicodeEncodeError:
        return [
            replace(
                source,
                segments=tuple(
                    replace(segment, text=_HALVES.sub("\ufffd", segment.text)) for segment in source.segments
                ),
            )
            for source in sources
        ]
    return sources


class _Levelled(NamedTuple):
    """The text of a listing as it is written, where each of its segments begins, its plain view, what is strewn in."""

    raw: str
    starts: Sequence[int]
    plain: str
    strewn: Sequence[Span]


class ScreenedText:
    """The views of one listing's text. The maps between them are made only when something was found."""

    def __init__(self, source: ScreeningInput, sounds: SoundView, levelled: _Levelled) -> None:
        self.source = source
        self._sound_view = sounds
        self.raw, self._starts, self.plain, self._strewn = levelled
        self.tight = views.without_spans(self.plain, self._strewn)
        self.joined = views.joined(self.tight)

    @classmethod
    def of(cls, source: ScreeningInput, sounds: SoundView) -> ScreenedText:
        """Return the text of one listing."""
        return cls.each([source], sounds)[0]

    @classmethod
    def each(cls, sources: Sequence[ScreeningInput], sounds: SoundView) -> list[ScreenedText]:
        """Return the texts of some listings: what is asked of every character is asked of all at once."""
        laid_out = [_laid_out(source.segments) for source in sources]
        plain = views.plain_each([raw for raw, _ in laid_out])
        each = zip(sources, laid_out, plain, views.strewn_each(plain), strict=True)
        return [cls(source, sounds, _Levelled(*laid, text, strewn)) for source, laid, text, strewn in each]

    @cached_property
    def title(self) -> str:
        """The plain title."""
        return HARD_BREAK.join(views.plain(item.text) for item in self.source.segments if item.field == "title")

    @cached_property
    def other_title(self) -> str:
        """The title where the joined text does not begin with it as it is, and with nothing else in the same place."""
        end = len(self.title)
        begins = self.joined.startswith(self.title) and self.joined[end : end + 1] in ("", HARD_BREAK)
        return "" if begins else self.title

    @cached_property
    def sounds(self) -> str:
        """The text as sounds."""
        return self.sounded.text

    @property
    def copied_to_sounds(self) -> str:
        """What each sound is that of: a character of the source; where one was rewritten a sign that no text holds."""
        return self.sounded.copied

    @cached_property
    def sounded(self) -> Sounds:
        """The text as sounds, with what was rewritten; `hear_each` makes those of many texts."""
        return self._sound_view.sounds(self.sound_source)

    @cached_property
    def sound_source(self) -> str:
        """What the sounds are made of: the joined text, with the signs that stand for characters kept."""
        return self._emoji_text if self._has_emoji else self.joined

    @cached_property
    def _has_emoji(self) -> bool:
        return self._sound_view.has_emoji(self.plain)

    @cached_property
    def _emoji_text(self) -> str:
        text = self.plain
        kept = 0
        parts = []
        for place in self._without_signs:
            parts.append(text[kept:place])
            kept = place + 1
        return "".join([*parts, text[kept:]])

    @cached_property
    def _without_signs(self) -> list[int]:
        """Where something is strewn in that stands for nothing, and the line ends."""
        keep, text = self._sound_view, self.plain
        strewn = [index for first, last in self._strewn for index in range(first, last)]
        signs = [index for index in strewn if text[index] not in keep.emoji_signs]
        return sorted([*signs, *views.places_of(LINE_BREAK, text)])

    @cached_property
    def plain_to_raw(self) -> OffsetMap:
        """From the plain text to the raw one."""
        return views.plain_map(self.raw)

    @cached_property
    def tight_to_plain(self) -> OffsetMap:
        """From the tight text to the plain one."""
        return views.spans_map(self.plain, self._strewn) if self._strewn else same(len(self.plain))

    @cached_property
    def joined_to_tight(self) -> OffsetMap:
        """From the joined text to the tight one."""
        return same(len(self.tight)) if self.joined == self.tight else views.joined_map(self.tight)

    @cached_property
    def joined_to_plain(self) -> OffsetMap:
        """From the joined text to the plain one."""
        return over(self.joined_to_tight, self.tight_to_plain)

    @cached_property
    def sounds_to_source(self) -> EditedMap:
        """From the sounds to the text they were made of."""
        return self._sound_view.map(self.sound_source, self.sounded.changes)

    @cached_property
    def sound_source_to_plain(self) -> OffsetMap:
        """From the text that sounds were made of to the plain one."""
        return without(len(self.plain), self._without_signs) if self._has_emoji else self.joined_to_plain

    def segment_at(self, raw: int) -> int:
        """Return the index of the segment in which a raw character stands."""
        return bisect_right(self._starts, raw) - 1

    def pieces(self, raw: Span) -> list[tuple[int, Span]]:
        """Return the segments that a raw span touches and which characters of each."""
        first, last = self.segment_at(raw[0]), self.segment_at(raw[1] - 1)
        found = []
        for index in range(first, last + 1):
            start = self._starts[index]
            end = start + len(self.source.segments[index].text)
            span = (max(raw[0], start) - start, min(raw[1], end) - start)
            if span[0] < span[1]:
                read_from = self.source.segments[index].read_from
                found += _stretches(read_from[slice(*span)]) if read_from else [(index, span)]
        return found

    def view_at(self, span: Span) -> HiddenView | None:
        """Return how the segment was read in which a span of the plain text begins, None where it is a line."""
        return self.source.segments[self.segment_at(self.plain_to_raw.span(*span)[0])].view

    def seen(self, span: Span) -> str:
        """Return how a span of the plain text is written, line ends as spaces."""
        start, end = self.plain_to_raw.span(*span)
        return self.raw[start:end].replace(LINE_BREAK, " ")

    def field_at(self, raw: int) -> Field:
        """Return the field in which a raw character stands."""
        return self.source.segments[self.segment_at(raw)].field


def hear_each(texts: Sequence[ScreenedText], sounds: SoundView) -> None:
    """Make the sounds of some texts at once."""
    for text, sounded in zip(texts, sounds.sounds_each([text.sound_source for text in texts]), strict=True):
        text.sounded = sounded


def _laid_out(segments: Sequence[Segment]) -> tuple[str, list[int]]:
    """Return the text of some segments, and where each begins."""
    lines = [segment.text for segment in segments]
    everything = "".join(lines)
    if "\r" in everything or HARD_BREAK in everything:
        lines = [_with_line_breaks(line) for line in lines]
    breaks = [LINE_BREAK if segment.follows else HARD_BREAK for segment in segments]
    starts = list(accumulate([len(line) + 1 for line in lines], initial=0))
    return "".join(chain.from_iterable(zip(breaks, lines, strict=True)))[1:], starts[:-1]


def _with_line_breaks(line: str) -> str:
    return line.replace("\r\n", LINE_BREAK).replace("\r", LINE_BREAK).replace(HARD_BREAK, LINE_BREAK)


def _stretches(places: Sequence[Origin]) -> list[tuple[int, Span]]:
    """Return places as spans of segments, those that follow each other in one."""
    found: list[tuple[int, Span]] = []
    for number, index in places:
        last = found[-1] if found else None
        if last is not None and last[0] == number and last[1][1] == index:
            found[-1] = (number, (last[1][0], index + 1))
        else:
            found.append((number, (index, index + 1)))
    return found


def text_segments(text: str) -> tuple[Segment, ...]:
    """Return a text of which nothing else is known as segments: its first line is the title where more follow.

    A first line of a few characters is no title but the beginning of text that stands one character a line.
    """
    lines = [line for line in text.splitlines() if line.strip()] or [""]
    if len(lines) == 1:
        return (Segment(lines[0], "title"),)
    first: Field = "title" if len(lines[0].strip()) > 4 else "ocr"
    return (Segment(lines[0], first), *(Segment(line, "ocr", follows=True) for line in lines[1:]))
