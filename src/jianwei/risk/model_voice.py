"""The text model as a voice beside the rules: what it adds to a screening, what it says of a finding it doubts.

Rules find what somebody thought of; the model has learnt how such offers read and suspects the rest, less surely. Where
both speak of a category their reasons add up. A weak finding of a rule on a text that the model is sure is harmless
waits for a person instead of being suspected. The thresholds were chosen by cross-validation over texts that no rule
was written for (`docs/rulebook.md`); what the model says is a suspicion (疑似) and names no rule.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache, partial
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from jianwei.ports.findings import Finding
from jianwei.risk.law_versions import citations
from jianwei.risk.places import places
from jianwei.risk.plain_view import CJK, HARD_BREAK
from jianwei.risk.text_codes import CharacterClass, codes_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from jianwei.risk.offsets import Span
    from jianwei.risk.rules import Category, Rulebook
    from jianwei.risk.screened_text import ScreenedText
    from jianwei.risk.text_model import RunsMet, TextModel

RULE_NAME = "text-model"
"""Stands behind the category where a finding names its rule."""

VIEW = "model"

SURE_FROM = 0.8
"""From this chance on the model suspects a bare text by itself. Higher than even: there are 29 ways to look odd."""

HEARD_FROM = 0.375
"""From here up to `SURE_FROM` the model asks for a look; what it says adds to what rules say."""

_HEARD_IN_LISTINGS_FROM = 0.7
"""The same for a listing with its pages: at 0.375 one in eight ordinary product pictures would wait for a look, at 0.7
one in seventeen."""

_SUSPECTED_FROM = 0.5
"""The score from which on a category is suspected (`screener.py`): that of a chance of `SURE_FROM`."""

_HARMLESS_BELOW = 0.25
"""A finding is doubted where any violation at all is less likely than this …"""

_FOREIGN_BELOW = 0.05
"""… and its own category than this."""

_DOUBTABLE_BELOW = 0.9
"""Surer findings of rules are never doubted."""

_REVIEW_AT_MOST = 0.49

_DOUBT = 0.55
"""What a doubted finding is still worth: to be reviewed, not suspected."""

_WINDOW = 160
"""Characters that are read together: the model learnt from texts of such length, and a claim is lost in a long page."""

_LEAST_CHINESE = 3
_LEAST_SHARE = 0.25
"""Of the letters of a window, Chinese characters: fewer where pinyin hides most of an offer."""

_MOST_CHARACTERS = 40_000
_MOST_PIECES = 4
_TELLING = 0.4
"""Characters are shown that weigh at least so much of what the heaviest one weighs."""


@dataclass(frozen=True)
class Heard:
    """What the model says of one listing.

    `windows` are the pieces that it may suspect, as spans of the joined text, and `chances` how likely each category is
    in each of them, (windows, categories + 1), the last column any violation. No category is likelier than that one, so
    of most windows it is enough to know how likely any is: `chance_of_any` where it is likeliest, None where nothing
    was read. `ask` tells the chances in all windows that were read.
    """

    windows: tuple[Span, ...]
    chances: NDArray[np.float32]
    chance_of_any: float | None
    ask: Callable[[], NDArray[np.float32]]

    @cached_property
    def best(self) -> NDArray[np.float32]:
        """How likely each category is in the window where it is likeliest, (categories + 1,)."""
        return np.asarray(_likely(self.ask()).max(axis=0, initial=0.0), np.float32)


class ModelVoice:
    """One text model, speaking of the categories of one rulebook."""

    def __init__(self, model: TextModel, book: Rulebook) -> None:
        self._model = model
        self._book = book
        self._columns = [
            (at, book.categories[code]) for at, code in enumerate(model.categories) if code in book.categories
        ]
        self._column = {category.code: at for at, category in self._columns}
        self._absences = {rule.category for rule in book.rules if rule.missing is not None}

    @property
    def version(self) -> str:
        """Which model it is."""
        return self._model.version

    def hear(self, texts: Sequence[ScreenedText]) -> list[Heard]:
        """Return what the model says of each of some listings."""
        each = _chinese_windows(texts)
        windows = [window for of_text in each for window in of_text]
        owners = [text for text, of_text in zip(texts, each, strict=True) for _ in of_text]
        met = self._model.read(
            [text.joined[start:end] for text, ((start, end), _) in zip(owners, windows, strict=True)],
            [text.sounds[start:end] for text, (_, (start, end)) in zip(owners, windows, strict=True)],
        )
        of_any = self._model.chances_of_any(met)
        loud = np.flatnonzero(of_any >= np.array([_heard_from(text) for text in owners], np.float32))
        chances = _likely(self._model.chances_of(met.chosen(loud)))
        heard: list[Heard] = []
        ends = np.cumsum([0, *map(len, each)])
        for (first, last), (start, end) in zip(
            pairwise(ends.tolist()), pairwise(np.searchsorted(loud, ends).tolist()), strict=True
        ):
            spans = tuple([windows[place][0] for place in loud[start:end].tolist()])
            most = float(of_any[first:last].max()) if first < last else None
            heard.append(Heard(spans, chances[start:end], most, partial(self._chances, met, first, last)))
        return heard

    def _chances(self, met: RunsMet, first: int, last: int) -> NDArray[np.float32]:
        return self._model.chances_of(met.chosen(np.arange(first, last)))

    def findings(self, text: ScreenedText, heard: Heard) -> list[Finding]:
        """Return what the model suspects of one listing, whatever rules say, the surest first."""
        if not heard.windows:
            return []
        heard_from = _heard_from(text)
        best = heard.chances.max(axis=0).tolist()
        told = [
            self._finding(text, heard, at, category)
            for at, category in self._columns
            # What a listing lacks is not in the window that lacks it.
            if best[at] >= heard_from and (text.source.text_only or category.code not in self._absences)
        ]
        return sorted(told, key=lambda item: -item.score)

    def doubted(self, findings: Sequence[Finding], heard: Heard) -> list[Finding]:
        """Return findings of rules, those that the model doubts worth less and saying why."""
        if heard.chance_of_any is None or heard.chance_of_any >= _HARMLESS_BELOW:
            return list(findings)
        return [
            self._doubted(item)
            if item.severity != "high"
            and item.score < _DOUBTABLE_BELOW
            and item.category in self._column
            and heard.best[self._column[item.category]] < _FOREIGN_BELOW
            else item
            for item in findings
        ]

    def _doubted(self, item: Finding) -> Finding:
        return replace(
            item,
            score=round(min(item.score * _DOUBT, _REVIEW_AT_MOST), 4),
            explain=f"{item.explain} The text model ({self.version}) takes the whole text for an ordinary one.",
            explain_zh=f"{item.explain_zh}（文本模型 {self.version} 认为全文更像正常商品，故仅列为待核查）",
        )

    def _finding(self, text: ScreenedText, heard: Heard, at: int, category: Category) -> Finding:
        window = int(heard.chances[:, at].argmax())
        chance = float(heard.chances[window, at])
        # A page has many windows, prices and names that look odd alone: of listings the model only asks for a look.
        surest = 1.0 if text.source.text_only else _REVIEW_AT_MOST
        score = min(surest, chance if chance >= SURE_FROM else chance * _SUSPECTED_FROM / SURE_FROM)
        start, end = heard.windows[window]
        told = self._model.telling(text.joined[start:end], category.code)
        spans = [text.joined_to_plain.span(start + first, start + last) for first, last in heaviest(told)]
        seen = tuple(dict.fromkeys(text.seen(span) for span in spans))
        return Finding(
            category=category.code,
            rule_id=f"{category.code}/{RULE_NAME}",
            severity=category.severity,
            view=VIEW,
            words=seen,
            seen=seen,
            score=round(score, 4),
            places=tuple(dict.fromkeys(place for span in spans for place in places(text, span))),
            laws=citations(category.law, self._book.laws, text.source.day),
            explain=f"Suspected by a text model ({self.version}), not by a rule: the text reads like offers of this "
            f"type (chance {chance:.0%}). The marked pieces weighed most.",
            explain_zh=f"由文本模型（{self.version}）而非规则疑似：文字写法与此类商品相近"
            f"（可能性 {chance:.0%}），标出的是影响最大的片段。",
        )


def _heard_from(text: ScreenedText) -> float:
    return HEARD_FROM if text.source.text_only else _HEARD_IN_LISTINGS_FROM


def _likely(chances: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return chances (n, categories + 1) with that of no category above that of any violation."""
    return np.asarray(np.minimum(chances, chances[:, -1:]), np.float32)


def _chinese_windows(texts: Sequence[ScreenedText]) -> list[list[tuple[Span, Span]]]:
    """Return the windows of each of some texts that are of the language that the model has learnt.

    Of others it knows no more than letters.
    """
    windows = [windows_of(text.joined, text.sounds) for text in texts]
    read = [text.joined[start:end] for text, each in zip(texts, windows, strict=True) for (start, end), _ in each]
    codes = codes_of("".join(read))
    ends = np.cumsum([0, *map(len, read)])
    chinese, letters = (np.concatenate([[0], np.cumsum(kind.of(codes))])[ends] for kind in _kinds())
    counts = np.diff(chinese)
    are_read = iter(((counts >= _LEAST_CHINESE) & (counts >= _LEAST_SHARE * np.diff(letters))).tolist())
    return [[window for window in each if next(are_read)] for each in windows]


@lru_cache(maxsize=1)
def _kinds() -> tuple[CharacterClass, CharacterClass]:
    """Return the classes of Chinese characters and of letters."""
    return CharacterClass(re.compile(f"[{CJK}]").fullmatch), CharacterClass(re.compile(r"\w").fullmatch)


def heaviest(told: NDArray[np.float32]) -> list[Span]:
    """Return the spans of characters that tell most, in the order of the text; at most a few, none where none does."""
    if not len(told) or told.max() <= 0:
        return []
    heavy = np.concatenate([[False], told >= _TELLING * told.max(), [False]])
    edges = np.flatnonzero(heavy[1:] != heavy[:-1]).reshape(-1, 2).tolist()
    spans = sorted(edges, key=lambda span: -float(told[span[0] : span[1]].sum()))[:_MOST_PIECES]
    return sorted((start, end) for start, end in spans)


def windows_of(text: str, sounds: str) -> list[tuple[Span, Span]]:
    """Return what is read together: spans of a joined text, each with that of its sounds.

    Fields and pictures that fit are read together, longer ones in equal parts. Beyond 40,000 characters nothing is
    read.
    """
    found: list[tuple[Span, Span]] = []
    at = heard = 0
    blocks, voiced = text[:_MOST_CHARACTERS].split(HARD_BREAK), sounds.split(HARD_BREAK)
    for block, sound in zip(blocks, voiced, strict=False):
        parts = -(-len(block) // _WINDOW) or 1
        for part in range(parts):
            span = (at + len(block) * part // parts, at + len(block) * (part + 1) // parts)
            of_sounds = (heard + len(sound) * part // parts, heard + len(sound) * (part + 1) // parts)
            last = found[-1] if found else None
            if last is not None and part == 0 and span[1] - last[0][0] <= _WINDOW:
                found[-1] = ((last[0][0], span[1]), (last[1][0], of_sounds[1]))
            elif span[0] < span[1]:
                found.append((span, of_sounds))
        at += len(block) + 1
        heard += len(sound) + 1
    return found
