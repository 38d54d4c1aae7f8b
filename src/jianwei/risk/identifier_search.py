"""Approval and registration numbers in a text, with what OCR tends to misread in them put right."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from ahocorasick_rs import AhoCorasick

from jianwei.risk.check_digits import CHECKS
from jianwei.risk.pattern_words import anchors
from jianwei.risk.patterns import SlowPattern, compiled, matches

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from jianwei.risk.offsets import Span
    from jianwei.risk.rules import IdentifierKind

_MISREAD = str.maketrans({"o": "0", "q": "0", "i": "1", "l": "1", "|": "1", "s": "5", "z": "2", "b": "8"})
_DIGIT = re.compile(r"\\d")
_TOLERANT = r"[\\doqil|szb]"
_RUN = re.compile(r"\d[\doqil|szb\s.\-—（()）年第]{2,}\d|[\doqil|szb]{4,}")
_BEFORE, _AFTER = 16, 14
"""Characters of the longest words before a number (进口药品注册证：, 国食健注 G), and of what stands behind it."""

_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class IdentifierHit:
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

    def find(self, text: str, slow: SlowPattern) -> list[IdentifierHit]:
        """Return the numbers in a plain text; where two overlap, the longer one."""
        windows = _windows(text)
        if not windows:
            return []
        places = self._places(text, windows)
        found = [hit for order in sorted(places) for hit in self._of_kind(order, text, places[order], slow)]
        found.sort(key=lambda hit: (hit.span[0] - hit.span[1], hit.span[0]))
        kept: list[IdentifierHit] = []
        for hit in found:
            if not any(hit.span[0] < other.span[1] and other.span[0] < hit.span[1] for other in kept):
                kept.append(hit)
        return sorted(kept, key=lambda hit: hit.span)

    def _places(self, text: str, windows: Sequence[Span]) -> dict[int, list[Span]]:
        """Return in which windows each kind may stand, by its order."""
        found = {order: list(windows) for order in self._unannounced}
        hits = self._search.find_matches_as_indexes(text, overlapping=True)
        for window in windows:
            words = {number for number, start, end in hits if window[0] <= start and end <= window[1]}
            for order in {order for number in words for order in self._announced[number]}:
                found.setdefault(order, []).append(window)
        return found

    def _of_kind(self, order: int, text: str, windows: Iterable[Span], slow: SlowPattern) -> Iterator[IdentifierHit]:
        kind = self._kinds[order]
        check = CHECKS.get(kind.check)
        for match in _in_windows(tolerant(kind.pattern), text, windows, slow):
            value = _repaired(kind, match.group(), text[max(0, match.start() - 2) : match.start()])
            if value is not None:
                problem = check[1] if check is not None and not check[0](value) else ""
                yield IdentifierHit(kind.name, value, match.span(), problem)


def _windows(text: str) -> list[Span]:
    """Return where numbers may stand: around runs of digits and what is misread for them."""
    windows: list[Span] = []
    for run in _RUN.finditer(text):
        start, end = max(0, run.start() - _BEFORE), min(len(text), run.end() + _AFTER)
        if windows and start <= windows[-1][1]:
            windows[-1] = (windows[-1][0], end)
        else:
            windows.append((start, end))
    return windows


def _in_windows(pattern: str, text: str, windows: Iterable[Span], slow: SlowPattern) -> Iterator[Any]:
    for start, end in windows:
        yield from matches(pattern, text, slow, start, end)


def _repaired(kind: IdentifierKind, seen: str, before: str) -> str | None:
    """Return the number with misread digits put right: the shortest repair at its end that makes the form strict."""
    strict = compiled(kind.pattern)
    for place in range(len(seen), -1, -1):
        candidate = seen[:place] + seen[place:].translate(_MISREAD)
        match = strict.search(before + candidate)
        if match is not None and match.end() - match.start() >= len(candidate):
            return _SPACES.sub("", candidate).upper()
    return None
