"""Approval and registration numbers in a text, with what OCR tends to misread in them put right."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from jianwei.risk.check_digits import CHECKS
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


def find_identifiers(kinds: Iterable[IdentifierKind], text: str, slow: SlowPattern) -> list[IdentifierHit]:
    """Return the numbers of the given kinds in a plain text; where two overlap, the longer one."""
    found: list[IdentifierHit] = []
    places = _windows(text)
    for kind in kinds if places else ():
        for match in _in_windows(tolerant(kind.pattern), text, places, slow):
            value = _repaired(kind, match.group(), text[max(0, match.start() - 2) : match.start()])
            if value is None:
                continue
            check = CHECKS.get(kind.check)
            problem = check[1] if check is not None and not check[0](value) else ""
            found.append(IdentifierHit(kind.name, value, match.span(), problem))
    found.sort(key=lambda hit: (hit.span[0] - hit.span[1], hit.span[0]))
    kept: list[IdentifierHit] = []
    for hit in found:
        if not any(hit.span[0] < other.span[1] and other.span[0] < hit.span[1] for other in kept):
            kept.append(hit)
    return sorted(kept, key=lambda hit: hit.span)


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


def _in_windows(pattern: str, text: str, windows: Sequence[Span], slow: SlowPattern) -> Iterator[Any]:
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
