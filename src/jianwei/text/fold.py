"""Folding: makes texts that a reader takes for the same equal, and remembers where each character came from.

Width, case, accents, circled and ligature forms and traditional characters are levelled; invisible characters go;
signs strewn between Chinese characters (加.微.信, 治 疗) go too, while sentence punctuation and line ends stay as a
line feed, so that a phrase never runs across them. Four functions: `fold_text` for a text, `fold_lines` for many short
ones, `fold` with the offset map for highlighting, `origins` for the map alone. Nothing here knows words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jianwei.text.folding_table import BREAK, SEPARATORS, SPACE, folding_table

if TYPE_CHECKING:
    from collections.abc import Sequence

_CJK = "\u3005-\u3007\u3040-\u30ff\u3105-\u312f\u3400-\u9fff\U00020000-\U0003ffff"
_RUN = re.compile(f"[{re.escape(SPACE + BREAK + SEPARATORS)}]+")
_SIGNS = re.escape(SPACE + SEPARATORS)
_CJK_CHARACTER = re.compile(f"[{_CJK}]")
_EDGES = SPACE + BREAK + SEPARATORS
_LONG_RUN = re.compile(f"[{re.escape(_EDGES)}]{{2,}}")
_SIGN_AT_CJK = re.compile(f"[{_SIGNS}](?:(?=[{_CJK}])|(?<=[{_CJK}][{_SIGNS}]))")
"""One sign beside a Chinese character, which goes. It begins with the sign: few characters are one, and only beside
those it is looked further."""
_LINE_MARK = "\ue000"
"""Ends a line while many are folded as one text: a code point of private use, which folds to itself and is no sign."""


@dataclass(frozen=True, slots=True)
class Folded:
    """A folded text whose character i stands for the original characters `starts[i]` to `ends[i]` (exclusive).

    Both sequences never fall and have the length of `text`.
    """

    text: str
    starts: Sequence[int]
    ends: Sequence[int]


def fold_text(text: str) -> str:
    """Return the folded text. Folding twice changes nothing; a text of signs alone becomes empty."""
    table = folding_table()
    if table.unsettled.search(text) is None:
        return text
    # Most signs stand alone: those between lines of trade are no work for Python, which takes a microsecond for each.
    inner = text.translate(table).strip(_EDGES)
    return _SIGN_AT_CJK.sub("", _LONG_RUN.sub(_resolve, inner))


def fold_lines(lines: Sequence[str]) -> list[str]:
    """Return `fold_text` of each line. For many lines of a few characters it takes a fraction of the time."""
    changes = folding_table().unsettled.search
    changed = [line for line in lines if changes(line)]
    if not changed:
        return list(lines)
    joined = _LINE_MARK.join(changed)
    if joined.count(_LINE_MARK) != len(changed) - 1:  # a line holds the mark itself
        return list(map(fold_text, lines))
    # Beside the mark a run of signs resolves to signs; at the ends of a line it is nothing.
    folded = dict(zip(changed, [line.strip(_EDGES) for line in fold_text(joined).split(_LINE_MARK)], strict=True))
    return [folded.get(line, line) for line in lines]


def is_same_length(text: str, folded: str) -> bool:
    """Tell whether character i of a folded text stands for character i of the text, so that no map is needed."""
    return len(folded) == len(text) and folding_table().uneven.isdisjoint(text)


def fold(text: str) -> Folded:
    """Return the folded text, equal to `fold_text(text)`, with the place of each character in `text`."""
    table = folding_table()
    even = text.translate(table)
    starts: Sequence[int] = range(len(text))
    ends: Sequence[int] = range(1, len(text) + 1)
    if not table.uneven.isdisjoint(text):
        starts, ends = _expanded_map(text)
    if _RUN.search(even) is None:
        return Folded(even, starts, ends)
    return _resolve_runs(even, starts, ends)


def origins(text: str, folded: str) -> tuple[Sequence[int], Sequence[int]]:
    """Return `starts` and `ends` of `fold(text)` to who has folded it already, which takes half of the time."""
    table = folding_table()
    if not table.uneven.isdisjoint(text) or _LONG_RUN.search(folded) is not None:
        whole = fold(text)
        return whole.starts, whole.ends
    # What is no sign stays in its order, and a sign that stays stands for all between its neighbours.
    signs = table.signs
    places = iter([place for place, character in enumerate(text) if character not in signs])
    starts = [-1 if character in _EDGES else next(places) for character in folded]
    ends = [place + 1 for place in starts]
    for sign in [place for place, start in enumerate(starts) if start < 0]:
        starts[sign], ends[sign] = ends[sign - 1], starts[sign + 1]
    return starts, ends


def _resolve(run: re.Match[str]) -> str:
    """Return what a run of separators and breaks becomes, given what stands around it."""
    text, start, end = run.string, run.start(), run.end()
    if start == 0 or end == len(text):
        return ""
    signs = run.group()
    if BREAK in signs:
        return BREAK
    if _CJK_CHARACTER.match(text[start - 1]) or _CJK_CHARACTER.match(text[end]):
        return ""
    return signs.replace(SPACE, "") or SPACE


def _expanded_map(text: str) -> tuple[list[int], list[int]]:
    """Map each character of the translated text; what vanished belongs to the character before it."""
    table = folding_table()
    starts: list[int] = []
    ends: list[int] = []
    for index, character in enumerate(text):
        width = len(table[ord(character)])
        if width:
            starts.extend([index] * width)
            ends.extend([index + 1] * width)
        elif ends:
            ends[-1] = index + 1
    return starts, ends


def _resolve_runs(text: str, starts: Sequence[int], ends: Sequence[int]) -> Folded:
    parts: list[str] = []
    new_starts: list[int] = []
    new_ends: list[int] = []
    done = 0
    for run in _RUN.finditer(text):
        first, last = run.span()
        parts.append(text[done:first])
        new_starts.extend(starts[done:first])
        new_ends.extend(ends[done:first])
        done = last
        kept = _resolve(run)
        if len(kept) == 1:
            parts.append(kept)
            new_starts.append(starts[first])
            new_ends.append(ends[last - 1])
        elif kept:
            places = [index for index in range(first, last) if text[index] != SPACE]
            parts.append(kept)
            new_starts.extend(starts[index] for index in places)
            new_ends.extend(ends[index] for index in places)
    parts.append(text[done:])
    new_starts.extend(starts[done:])
    new_ends.extend(ends[done:])
    return Folded("".join(parts), new_starts, new_ends)
