"""Approval and registration numbers in a text, with what OCR tends to misread in them put right."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from ahocorasick_rs import AhoCorasick

from jianwei.risk.check_digits import CHECKS
from jianwei.risk.patterns.bounded import SlowPattern, compiled, matches
from jianwei.risk.patterns.words import anchors, look_back
from jianwei.risk.views.text_codes import CharacterClass, codes_of, places_by_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from jianwei.risk.rules import IdentifierKind
    from jianwei.risk.views.offsets import Span

_MISREAD = str.maketrans({"o": "0", "q": "0", "i": "1", "l": "1", "|": "1", "s": "5", "z": "2", "b": "8"})
_DIGIT = re.compile(r"\\d")
_TOLERANT = r"[\\doqil|szb]"
_DIGIT_SEEN = r"[\doqil|szb]"
_INSIDE = r"[\doqil|szb\s.\-—（()）年第]"
_RUN = re.compile(rf"\d{_INSIDE}{{2,}}\d|{_DIGIT_SEEN}{{4,}}")
_BEFORE, _AFTER = 16, 14
"""Characters of the longest words before a number (进口药品注册证：, 国食健注 G), and of what stands behind it."""

_SEEN_BEFORE = 2
"""Characters before a number that tell whether its form is strict."""

_MOST_REMEMBERED = 20_000
"""Windows, of some hundred bytes each."""

_SPACES = re.compile(r"\s+")


class IdentifierHit(NamedTuple):
    """One number and where it stands in the plain text."""

    kind: str
    value: str
    span: Span
    problem: str


@lru_cache(maxsize=512)
def tolerant(pattern: str) -> str:
    """Return a pattern that also takes letters which OCR reads in place of digits."""
    return _DIGIT.sub(_TOLERANT, pattern.replace(r"20\d", r"\d\d\d"))


class IdentifierSearch:
    """Finds the numbers of some kinds. Each is looked for only where one of the words that it needs stands."""

    def __init__(self, kinds: Iterable[IdentifierKind]) -> None:
        self._kinds = tuple(kinds)
        announcing: dict[str, list[int]] = {}
        self._unannounced: list[int] = []
        for order, kind in enumerate(self._kinds):
            words = anchors(tolerant(kind.pattern))
            for word in words:
                announcing.setdefault(word, []).append(order)
            if not words:
                self._unannounced.append(order)
        self._announced = list(announcing.values())
        self._search = AhoCorasick(announcing, store_patterns=False)
        self._look_back = max([_SEEN_BEFORE, *(look_back(tolerant(kind.pattern)) for kind in self._kinds)])
        self._known: dict[tuple[str, str], list[tuple[int, IdentifierHit]]] = {}
        """What stands in windows met so far, by what stands before them and in them: a shop gives its numbers again."""

    def find(self, text: str, slow: SlowPattern, starts: Sequence[int] | None = None) -> list[IdentifierHit]:
        """Return the numbers in a plain text; where two overlap, the longer one.

        `starts` are where they may begin, where `number_starts` has told that already.
        """
        windows = _windows(text, number_starts([text])[0] if starts is None else starts)
        if not windows:
            return []
        met = [item for window in windows for item in self._in_window(text, window, slow)]
        found = [hit for _, hit in sorted(met, key=lambda item: item[0])]
        found.sort(key=lambda hit: (hit.span[0] - hit.span[1], hit.span[0]))
        kept: list[IdentifierHit] = []
        for hit in found:
            if not any(hit.span[0] < other.span[1] and other.span[0] < hit.span[1] for other in kept):
                kept.append(hit)
        return sorted(kept, key=lambda hit: hit.span)

    def _in_window(self, text: str, window: Span, slow: SlowPattern) -> list[tuple[int, IdentifierHit]]:
        """Return the numbers in one window, each with the order of its kind."""
        start, end = window
        key = (text[max(0, start - self._look_back) : start], text[start:end])
        known = self._known.get(key)
        if known is None:
            broken_off = sum(slow.counts.values())
            known = [
                (order, hit._replace(span=(hit.span[0] - start, hit.span[1] - start)))
                for order in self._may_stand(key[1])
                for hit in self._of_kind(order, text, window, slow)
            ]
            if sum(slow.counts.values()) == broken_off:
                if len(self._known) >= _MOST_REMEMBERED:
                    self._known.clear()
                self._known[key] = known
        return [(order, hit._replace(span=(hit.span[0] + start, hit.span[1] + start))) for order, hit in known]

    def _may_stand(self, window: str) -> list[int]:
        """Return which kinds may stand in a window, by their order."""
        words = {number for number, _, _ in self._search.find_matches_as_indexes(window, overlapping=True)}
        return sorted({*self._unannounced, *(order for number in words for order in self._announced[number])})

    def _of_kind(self, order: int, text: str, window: Span, slow: SlowPattern) -> Iterator[IdentifierHit]:
        kind = self._kinds[order]
        check = CHECKS.get(kind.check)
        for match in matches(tolerant(kind.pattern), text, slow, *window):
            value = _repaired(kind, match.group(), text[max(0, match.start() - _SEEN_BEFORE) : match.start()])
            if value is not None:
                problem = check[1] if check is not None and not check[0](value) else ""
                yield IdentifierHit(kind.name, value, match.span(), problem)


def number_starts(texts: Sequence[str]) -> list[list[int]]:
    """Return for each of some plain texts where a run of digits, or of what is misread for them, may begin."""
    codes = codes_of("".join(texts))
    digits, inside = _digits().of(codes), _inside().of(codes)
    marked = np.zeros(len(codes), bool)
    # Four in a row at least; what begins in one text and ends in the next is no run after all.
    marked[:-3] = digits[:-3] & inside[1:-2] & inside[2:-1] & inside[3:]
    return places_by_text(marked, texts)


@lru_cache(maxsize=1)
def _digits() -> CharacterClass:
    return CharacterClass(re.compile(_DIGIT_SEEN).fullmatch)


@lru_cache(maxsize=1)
def _inside() -> CharacterClass:
    return CharacterClass(re.compile(_INSIDE).fullmatch)


def _windows(text: str, starts: Iterable[int]) -> list[Span]:
    """Return where numbers may stand: around runs of digits and what is misread for them."""
    windows: list[Span] = []
    done = 0
    for place in starts:
        run = _RUN.match(text, place) if place >= done else None
        if run is None:
            continue
        done = run.end()
        start, end = max(0, place - _BEFORE), min(len(text), done + _AFTER)
        if windows and start <= windows[-1][1]:
            windows[-1] = (windows[-1][0], end)
        else:
            windows.append((start, end))
    return windows


def _repaired(kind: IdentifierKind, seen: str, before: str) -> str | None:
    """Return the number with misread digits put right: the shortest repair at its end that makes the form strict."""
    strict = compiled(kind.pattern)
    for place in range(len(seen), -1, -1):
        candidate = seen[:place] + seen[place:].translate(_MISREAD)
        match = strict.search(before + candidate)
        if match is not None and match.end() - match.start() >= len(candidate):
            return _SPACES.sub("", candidate).upper()
    return None
