"""Whether the words around a match excuse it, or are those that it needs."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import regex
from ahocorasick_rs import AhoCorasick

from jianwei.risk.patterns.bounded import SlowPattern, first_match, matches
from jianwei.risk.patterns.words import anchors, longest_match
from jianwei.risk.views.plain_view import CJK, HARD_BREAK, LINE_BREAK, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from jianwei.risk.rules import Context, Words
    from jianwei.risk.views.offsets import Span

_MOST_LOOKED_FOR = 3000
"""Words looked for before a pattern is run: more take a moment to make a search of, and are rarely all absent."""

_COVER_AROUND = 40
"""How far from a match a pattern that covers it may begin or end."""

_NEAR_AROUND = 12
"""How much further than it may a pattern beside a match is looked for: a long one ends near enough."""

_LINE = -1

_CLAUSE_END = re.compile(f"[。！？；，,;!?\n\f]|(?<=[{CJK}])\\s+(?=[{CJK}])")
_HARD_END = re.compile("\f")


def has_words(words: Words, text: str, slow: SlowPattern, start: int = 0, end: int | None = None) -> bool:
    """Tell whether any of some words stands in text[start:end]."""
    joint, last = _joint(words), len(text) if end is None else end
    return joint.may_stand(text, start, last) and joint.stand(text, slow, start, last)


class _Joint(NamedTuple):
    """One pattern for all of some words, empty for no words, and a search for words of which one is in any match.

    `sought` are those words; none where nothing is known. `longest` is how many characters a match has at most.
    """

    pattern: str
    longest: int
    sought: Sequence[str]
    announcing: AhoCorasick | None

    def may_stand(self, text: str, start: int, end: int) -> bool:
        """Tell whether text[start:end] holds one of the words that each match holds."""
        return self.announcing is None or bool(self.announcing.find_matches_as_indexes(text[start:end]))

    def stand(self, text: str, slow: SlowPattern, start: int, end: int) -> bool:
        """Tell whether any of the words stands in text[start:end]."""
        return bool(self.pattern) and first_match(self.pattern, text, slow, start, end) is not None

    def spans(self, text: str, slow: SlowPattern, start: int, end: int) -> list[Span]:
        """Return where the words stand in text[start:end], overlapping ones too."""
        if not self.pattern:
            return []
        return [match.span() for match in matches(self.pattern, text, slow, start, end, overlapped=True)]


@lru_cache(maxsize=4096)
def _joint(words: Words) -> _Joint:
    phrases = sorted(map(plain, words.phrases), key=len, reverse=True)
    each = [
        *(regex.escape(phrase, special_only=True) for phrase in phrases),
        *(f"(?:{item})" for item in words.patterns),
    ]
    told = [(anchors(item), longest_match(item)) for item in words.patterns]  # of each at once: both need its syntax
    announcing = [found for found, _ in told]
    sought = sorted({*phrases, *(word for found in announcing for word in found)})
    is_worth = all(announcing) and 0 < len(sought) <= _MOST_LOOKED_FOR
    longest = max([*map(len, phrases), *(length for _, length in told)], default=0)
    if not is_worth:
        return _Joint("|".join(each), longest, (), None)
    return _Joint("|".join(each), longest, sought, AhoCorasick(sought, store_patterns=False))


class ContextSearch:
    """Contexts of one rule, none of which asks for the whole listing: one search tells which may hold for a match."""

    def __init__(self, contexts: Iterable[Context]) -> None:
        self._contexts = tuple(contexts)
        self._joints = [_joint(context.words) for context in self._contexts]
        self._always = [place for place, joint in enumerate(self._joints) if not joint.sought]
        """What no word announces."""
        announced: dict[str, list[int]] = {}
        for place, joint in enumerate(self._joints):
            for word in joint.sought:
                announced.setdefault(word, []).append(place)
        self._announced = list(announced.values())
        self._search = AhoCorasick(announced, store_patterns=False)
        # The words of what covers a match stand no further from it than that is long.
        self._around = [
            min(_around(context), joint.longest) if context.scope == "covers" else _around(context)
            for context, joint in zip(self._contexts, self._joints, strict=True)
        ]
        self._furthest = max(self._around, default=0)
        self._has_lines = _LINE in self._around

    def hold(self, text: str, match: Span, slow: SlowPattern) -> bool:
        """Tell whether any of the contexts holds for a match in a plain text."""
        contexts, joints = self._contexts, self._joints
        return any(_holds(contexts[place], joints[place], text, match, slow) for place in self._may_hold(text, match))

    def _may_hold(self, text: str, match: Span) -> Iterable[int]:
        """Return which contexts may hold: their words stand within reach."""
        first, last = max(0, match[0] - self._furthest), min(len(text), match[1] + self._furthest)
        line = _line(text, match) if self._has_lines else match
        first, last = min(first, line[0]), max(last, line[1])
        near = set(self._always)
        for word, start, end in self._search.find_matches_as_indexes(text[first:last], overlapping=True):
            furthest = max(match[0] - first - start, first + end - match[1])
            on_line = line[0] <= first + start and first + end <= line[1]
            for place in self._announced[word]:
                around = self._around[place]
                if furthest <= around or (around == _LINE and on_line):
                    near.add(place)
        return sorted(near)


def holds(context: Context, text: str, match: Span, slow: SlowPattern) -> bool:
    """Tell whether the words of a context stand where it wants them, relative to a match in a plain text."""
    if not context.words:
        return False
    # Where a sentence ends is not asked before a word stands near at all, which it mostly does not.
    joint = _joint(context.words)
    return joint.may_stand(text, *_reach(context, text, match)) and _holds(context, joint, text, match, slow)


def _holds(context: Context, joint: _Joint, text: str, match: Span, slow: SlowPattern) -> bool:
    """Tell whether a context holds of which a word stands within reach; `joint` is of its words."""
    start, end = _reach(context, text, match)
    if context.scope == "near":
        start, end = _clause(context, text, match, (start, end))
        if not joint.may_stand(text, start, end):
            return False
    elif context.scope != "covers" and not context.unless:
        return joint.stand(text, slow, start, end) and not _is_undone(context, text, slow)
    found = joint.spans(text, slow, start, end)
    if context.scope == "covers":
        found = [span for span in found if span[0] < match[1] and match[0] < span[1]]
    elif context.scope == "near":
        found = [span for span in found if _beside(span, match, context)]
    if found and context.unless:
        first, last = max(0, start - 4), min(len(text), end + 4)
        unless = _joint(context.unless)
        undone = unless.spans(text, slow, first, last) if unless.may_stand(text, first, last) else ()
        found = [span for span in found if not any(_overlap(span, other) for other in undone)]
    return bool(found) and not _is_undone(context, text, slow)


def _is_undone(context: Context, text: str, slow: SlowPattern) -> bool:
    return bool(context.undone_by) and has_words(context.undone_by, text, slow)


def _clause(context: Context, text: str, match: Span, reach: Span) -> Span:
    """Return where the words of a context near a match may stand."""
    ends = _HARD_END if context.across else _CLAUSE_END
    return _between(ends.finditer(text, *reach), match, *reach)


def _reach(context: Context, text: str, match: Span) -> Span:
    """Return the furthest that the words of a context may stand, whatever ends before."""
    if context.scope == "listing":
        return 0, len(text)
    if context.scope == "line":
        return _line(text, match)
    around = _around(context)
    return max(0, match[0] - around), min(len(text), match[1] + around)


def _around(context: Context) -> int:
    """Return how many characters beside a match the words of a context may stand, `_LINE` where that is no number."""
    if context.scope == "line":
        return _LINE
    # A pattern may reach further than `within`; whether it stands near enough is asked of what it found.
    return _COVER_AROUND if context.scope == "covers" else context.within + _NEAR_AROUND


def _line(text: str, match: Span) -> Span:
    """Return the lines on which a match stands."""
    before = max(text.rfind(sign, 0, match[0]) for sign in (LINE_BREAK, HARD_BREAK))
    after = [place for sign in (LINE_BREAK, HARD_BREAK) if (place := text.find(sign, match[1])) >= 0]
    return before + 1, min(after, default=len(text))


def _between(ends: Iterable[re.Match[str]], match: Span, first: int, last: int) -> Span:
    for found in ends:
        if found.end() <= match[0]:
            first = max(first, found.end())
        elif found.start() >= match[1]:
            return first, min(last, found.start())
    return first, last


def _beside(span: Span, match: Span, context: Context) -> bool:
    before = span[0] < match[0] and match[0] - span[1] <= context.within
    after = span[1] > match[1] and span[0] - match[1] <= context.within
    return {"before": before, "after": after, "any": before or after}[context.side]


def _overlap(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]
