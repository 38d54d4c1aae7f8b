"""Ways to reach a seller outside the platform: values near cue words (微信, 加V), and those that need none."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from jianwei.risk.patterns.bounded import SlowPattern, compiled, first_match, matches
from jianwei.risk.patterns.signs import beginning
from jianwei.risk.patterns.words import anchors, needed_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from jianwei.risk.matching.candidates import Candidate
    from jianwei.risk.matching.word_tables import Owner
    from jianwei.risk.rules import ContactKind
    from jianwei.risk.views.offsets import Span

    MayFollow = Callable[[Owner, int], bool]
    """Tells of a kind of contact whether a value of it may follow a cue that ends at some place."""

_SPOKEN = {
    "0": "零〇洞o", "1": "一壹幺il|", "2": "二贰两", "3": "三叁", "4": "四肆",
    "5": "五伍", "6": "六陆", "7": "七柒拐", "8": "八捌", "9": "九玖勾",
}  # fmt: skip
_DIGITS = tuple((sign, digit) for digit, signs in _SPOKEN.items() for sign in signs)
"""Chinese and spoken digits, and letters that look like digits; every one becomes one, so that offsets stay."""

_HAN = re.compile("[\u4e00-\u9fff]{2}")
_LONGEST_VALUE = 48
_AROUND = 14
_SEPARATORS = str.maketrans("", "", " -.·*\u00a0_—")


@dataclass(frozen=True, slots=True)
class ContactHit:
    """One contact and where its value stands in the plain text; `cue` is where its cue stands, if it has one."""

    kind: str
    value: str
    span: Span
    public: bool
    cue: Span | None = None


class ContactSearch:
    """Finds contacts of some kinds, in the order of the rulebook. What is asked of every text is made ready once."""

    def __init__(self, kinds: Iterable[ContactKind]) -> None:
        self._kinds = [(kind, *_gate(kind)) for kind in kinds]
        self._with_cues = {kind.name: (kind, beginning(kind.pattern)) for kind, *_ in self._kinds if kind.cues}

    def find(self, text: str, cues: Callable[[MayFollow], Iterable[Candidate]], slow: SlowPattern) -> list[ContactHit]:
        """Return the contacts in a plain text, each value once. A value belongs to the first kind that claims it.

        `cues` gives the cues that stand in the text, those at least of which it is told that a value may follow them.
        """
        digits = _with_digits(text)

        def may_follow(owner: Owner, end: int) -> bool:
            if owner not in self._with_cues:
                return False
            kind, begins = self._with_cues[str(owner)]
            return begins is None or _begins_behind(kind, begins, digits if kind.digits else text, end)

        of_kind: dict[object, list[Candidate]] = {}
        for item in cues(may_follow):
            of_kind.setdefault(item.owner, []).append(item)
        found: list[ContactHit] = []
        for kind, gate, words in self._kinds:
            where = digits if kind.digits else text
            own: list[tuple[Any, Span | None]] = []
            if kind.cues:
                own = _near_cues(kind, where, of_kind[kind.name], slow) if kind.name in of_kind else []
            elif _may_stand(where, gate, words):
                own = [(match, None) for match in matches(kind.pattern, where, slow)]
            for match, cue in own:
                hit = _hit(kind, text, where, match, cue)
                if hit is not None and not any(_overlap(hit.span, other.span) for other in found):
                    found.append(hit)
        return found


def _gate(kind: ContactKind) -> tuple[re.Pattern[str] | None, tuple[str, ...]]:
    """Return what is asked of a text before a value is looked for, and words of which one must stand there for that."""
    words = needed_words(kind.gate) if kind.gate else anchors(kind.pattern)
    return re.compile(kind.gate) if kind.gate else None, tuple(sorted(words))


def _may_stand(text: str, gate: re.Pattern[str] | None, words: Sequence[str]) -> bool:
    # Of few words a list takes half the time.
    has_word = not words or any([word in text for word in words])  # noqa: C419
    return has_word and (gate is None or gate.search(text) is not None)


def _hit(kind: ContactKind, text: str, where: str, match: Any, cue: Span | None) -> ContactHit | None:  # noqa: ANN401
    """Return what a pattern matched as a contact, None where what stands around it says that it is none."""
    group = next((index for index in range(1, (match.re.groups or 0) + 1) if match.group(index)), 0)
    span: Span = match.span(group)
    around = text[max(0, span[0] - _AROUND) : span[1] + _AROUND]
    if any(compiled(pattern).search(around) for pattern in kind.excuses):
        return None
    value = where[slice(*span)].translate(_SEPARATORS) if kind.digits else where[slice(*span)]
    public = any(compiled(pattern).search(around) for pattern in kind.public)
    return ContactHit(kind.name, value, span, public, cue)


def _overlap(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]


def _with_digits(text: str) -> str:
    for sign, digit in _DIGITS:  # a third of the time of a table, which is asked of each character
        text = text.replace(sign, digit)
    return text


def _begins_behind(kind: ContactKind, begins: re.Pattern[str], text: str, end: int) -> bool:
    """Tell whether a value may begin behind a cue: what begins further away belongs to something else."""
    return begins.search(text, end, end + kind.cue_distance + 1) is not None


def _near_cues(
    kind: ContactKind, text: str, cues: Sequence[Candidate], slow: SlowPattern
) -> list[tuple[Any, Span | None]]:
    found: list[tuple[Any, Span | None]] = []
    begins = beginning(kind.pattern)
    for cue in cues:
        end = cue.span[1]
        if begins is not None and not _begins_behind(kind, begins, text, end):
            continue
        furthest = end + kind.cue_distance
        match = first_match(kind.pattern, text, slow, end, min(len(text), furthest + _LONGEST_VALUE))
        if match is None or match.start() > furthest:
            continue
        between = text[end : match.start()]
        # A cue that may be an ordinary word (卫星, 企鹅) counts right before its value only.
        if "\f" not in between and not (cue.doubtful and _HAN.search(between)):
            found.append((match, cue.span))
    return found
