"""The text model as a voice beside the rules: what it adds to a screening, what it says of a finding it doubts.

Rules find what somebody thought of; the model has learnt how such offers read and suspects the rest, less surely. Where
both speak of a category their reasons add up. A weak finding of a rule on a text that the model is sure is harmless
waits for a person instead of being suspected. The thresholds were chosen by cross-validation over texts that no rule
was written for (`docs/rulebook.md`); what the model says is a suspicion (疑似) and names no rule.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from jianwei.ports.findings import Finding
from jianwei.risk.law_versions import citations
from jianwei.risk.places import places
from jianwei.risk.plain_view import CJK, HARD_BREAK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from jianwei.risk.offsets import Span
    from jianwei.risk.rules import Category, Rulebook
    from jianwei.risk.screened_text import ScreenedText
    from jianwei.risk.text_model import TextModel

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

_CHINESE = re.compile(f"[{CJK}]")
_LETTERS = re.compile(r"\w")

_MOST_CHARACTERS = 40_000
_MOST_PIECES = 4
_TELLING = 0.4
"""Characters are shown that weigh at least so much of what the heaviest one weighs."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What the model says of one listing: the windows it read, as spans of the joined text, and the chances of each.

    `chances` is (windows, categories + 1), the last column any violation. A category is no likelier than that.
    """

    windows: tuple[Span, ...]
    chances: NDArray[np.float32]

    @property
    def best(self) -> NDArray[np.float32]:
        """How likely each category is in the window where it is likeliest, (categories + 1,)."""
        return np.asarray(self.chances.max(axis=0, initial=0.0), np.float32)


class ModelVoice:
    """One text model, speaking of the categories of one rulebook."""

    def __init__(self, model: TextModel, book: Rulebook) -> None:
        self._model = model
        self._book = book
        self._columns = [
            (at, book.categories[code]) for at, code in enumerate(model.categories) if code in book.categories
        ]
        self._absences = {rule.category for rule in book.rules if rule.missing is not None}

    @property
    def version(self) -> str:
        """Which model it is."""
        return self._model.version

    def hear(self, texts: Sequence[ScreenedText]) -> list[Heard]:
        """Return what the model says of each of some listings."""
        windows: list[tuple[Span, ...]] = []
        read: list[str] = []
        sounds: list[str] = []
        for text in texts:
            pieces = [
                each for each in windows_of(text.joined, text.sounds) if _is_chinese(text.joined[slice(*each[0])])
            ]
            windows.append(tuple(span for span, _ in pieces))
            read += [text.joined[start:end] for (start, end), _ in pieces]
            sounds += [text.sounds[start:end] for _, (start, end) in pieces]
        chances = self._model.chances(read, sounds)
        chances = np.minimum(chances, chances[:, -1:])
        ends = np.cumsum([len(each) for each in windows]).tolist()
        return [Heard(each, chances[end - len(each) : end]) for each, end in zip(windows, ends, strict=True)]

    def findings(self, text: ScreenedText, heard: Heard) -> list[Finding]:
        """Return what the model suspects of one listing, whatever rules say, the surest first."""
        best = heard.best.tolist()
        heard_from = HEARD_FROM if text.source.text_only else _HEARD_IN_LISTINGS_FROM
        told = [
            self._finding(text, heard, at, category)
            for at, category in self._columns
            # What a listing lacks is not in the window that lacks it.
            if best[at] >= heard_from and (text.source.text_only or category.code not in self._absences)
        ]
        return sorted(told, key=lambda item: -item.score)

    def doubted(self, findings: Sequence[Finding], heard: Heard) -> list[Finding]:
        """Return findings of rules, those that the model doubts worth less and saying why."""
        best = heard.best
        if not heard.windows or best[-1] >= _HARMLESS_BELOW:
            return list(findings)
        column = {category.code: at for at, category in self._columns}
        return [
            self._doubted(item)
            if item.severity != "high"
            and item.score < _DOUBTABLE_BELOW
            and item.category in column
            and best[column[item.category]] < _FOREIGN_BELOW
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


def _is_chinese(text: str) -> bool:
    """Tell whether a window is of the language that the model has learnt: of others it knows no more than letters."""
    chinese = len(_CHINESE.findall(text))
    return chinese >= _LEAST_CHINESE and chinese >= _LEAST_SHARE * len(_LETTERS.findall(text))


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
