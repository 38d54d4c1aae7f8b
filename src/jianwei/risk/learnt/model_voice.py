"""The text model as a voice beside the rules: what it adds to a screening, what it says of a finding it doubts.

Rules find what somebody thought of; the model has learnt how such offers read and suspects the rest, less surely. Where
both speak of a category they are weighed together (`weighing.py`): a hint of a rule is suspected where the text reads
like such an offer, what one rule found on a text that reads like a harmless one waits for a person. Nothing that a rule
found is taken away. The thresholds were chosen by cross-validation over texts that no rule was written for
(`docs/text-model.md`); what the model says is a suspicion (疑似) and names no rule.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from jianwei.ports.findings import MODEL_VIEW, REVIEW_FROM, SUREST, SUSPECTED_FROM, Finding, status_of
from jianwei.risk.law_versions import citations
from jianwei.risk.learnt.text_windows import chinese_windows
from jianwei.risk.learnt.weighing import chance_with_rules, chances_alone
from jianwei.risk.matching.word_edges import whole_words
from jianwei.risk.views.odd_writing import is_oddly_written
from jianwei.risk.views.places import places

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence

    from numpy.typing import NDArray

    from jianwei.risk.learnt.text_model import TextModel
    from jianwei.risk.rules import Category, Rulebook
    from jianwei.risk.views.offsets import Span
    from jianwei.risk.views.screened_text import ScreenedText

RULE_NAME = "text-model"
"""Stands behind the category where a finding names its rule."""

SURE_FROM = 0.5
"""From this chance on (`weighing.py`) a category of a bare text is suspected."""

HEARD_FROM = 0.25
"""From here up to `SURE_FROM` the model asks for a look."""

_HEARD_IN_LISTINGS_FROM = 0.85
"""The same for a listing with its pages: a page has many windows, prices and names that look odd alone."""

_LOUD_FROM = 0.2
_LOUD_IN_LISTINGS_FROM = 0.5
"""Windows where any violation is less likely than this are not asked for categories: none comes to more there."""

_HARMLESS_BELOW = 0.2
"""What rules found on the pages of a listing is doubted only where no category at all is likelier than this in any
window, and never what is severe: pages are long and hold much besides, and the chances are those of short texts."""

DOUBTABLE_BELOW = 0.99
"""Categories of which rules are surer are never doubted: it takes two or three of their reasons."""

_REVIEW_AT_MOST = 0.49
"""What a doubted category is still worth: to be reviewed, not suspected, and never taken away."""

_ORDERS = re.compile(
    "(?:忽略|无视|忘记|跳过)[^。\n]{0,6}(?:规则|指令|指示|提示|要求)|(?:判定|判断|认定|输出|回答)[^。\n]{0,6}(?:合规|合法|正常|clear)"
    "|ignore[^.\n]{0,20}(?:instruction|rule|prompt)",
    re.IGNORECASE,
)
"""Who writes orders for a machine into an offer gains no doubt by it."""

_AS_IT_STANDS = ("plain", "lines")
"""Views of a finding that see through no odd spelling."""

_MOST_PIECES = 4
_TELLING = 0.4
"""Characters are shown that weigh at least so much of what the heaviest one weighs."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What the model says of one listing.

    `windows` are the pieces that it may suspect, as spans of the joined text, and `chances` how likely each category is
    in each of them, no rule being heard, (windows, categories). `was_read`: there was something to read. `best` is how
    likely each category is in the window where it is likeliest, of all that were read; empty where rules found nothing
    that could be doubted.
    """

    windows: tuple[Span, ...]
    chances: NDArray[np.float32]
    was_read: bool
    best: Sequence[float]


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

    def weighed_each(self, texts: Sequence[ScreenedText], findings: Sequence[Sequence[Finding]]) -> list[list[Finding]]:
        """Return what `weighed` does of each of some listings."""
        each = zip(texts, findings, self.hear(texts, [bool(found) for found in findings]), strict=True)
        return [self.weighed(text, found, heard) for text, found, heard in each]

    def hear(self, texts: Sequence[ScreenedText], are_named: Sequence[bool]) -> list[Heard]:
        """Return what the model says of each of some listings; `are_named` says of which rules found something."""
        each = chinese_windows(texts)
        windows = [window for of_text in each for window in of_text]
        owners = np.repeat(np.arange(len(texts)), np.array([len(of_text) for of_text in each], np.int64))
        owned = [(text, window) for text, of_text in zip(texts, each, strict=True) for window in of_text]
        met = self._model.read(
            [text.joined[start:end] for text, ((start, end), _) in owned],
            [text.sounds[start:end] for text, (_, (start, end)) in owned],
        )
        loud_from = np.array([_loud_from(text) for text in texts], np.float32)
        is_loud = self._model.chances_of_any(met) >= loud_from[owners]
        asked = np.flatnonzero(is_loud | np.array(are_named, bool)[owners])
        lengths = np.array([end - start for (start, end), _ in windows], np.int64)
        # Whole pages hold makes, units and pictures amid words that hide nothing.
        are_odd = np.array([text.source.text_only and is_oddly_written(text.raw) for text in texts], bool)
        chances = chances_alone(
            self._model.chances_of(met.chosen(asked)), lengths[asked], are_odd[owners[asked]], self._model.categories
        )
        bounds = np.searchsorted(owners[asked], np.arange(len(texts) + 1)).tolist()
        heard: list[Heard] = []
        for of_text, is_named, (first, last) in zip(each, are_named, pairwise(bounds), strict=True):
            loud = first + np.flatnonzero(is_loud[asked[first:last]])
            spans = tuple([windows[place][0] for place in asked[loud].tolist()])
            best = _largest(chances[first:last]) if is_named else []
            heard.append(Heard(spans, chances[loud], bool(of_text), best))
        return heard

    def weighed(self, text: ScreenedText, findings: Sequence[Finding], heard: Heard) -> list[Finding]:
        """Return the findings of rules, those that the model doubts worth less, and then what the model suspects."""
        if not heard.was_read:
            return list(findings)
        of_rules: dict[str, list[Finding]] = {}
        for item in findings:
            of_rules.setdefault(item.category, []).append(item)
        doubted = {
            category.code
            for at, category in self._columns
            if category.code in of_rules and self._doubts(text, of_rules[category.code], heard, at)
        }
        told = [self._doubted(item, of_rules[item.category]) if item.category in doubted else item for item in findings]
        return told + self._suspected(text, heard, of_rules, doubted)

    def _suspected(
        self, text: ScreenedText, heard: Heard, of_rules: Mapping[str, Sequence[Finding]], doubted: Container[str]
    ) -> list[Finding]:
        """Return what the model itself says, the surest first; nothing of what it doubts."""
        if not heard.windows:
            return []
        bare, best = text.source.text_only, _largest(heard.chances)
        told: list[Finding] = []
        for at, category in self._columns:
            chance = _with_hints(best[at], of_rules.get(category.code, ())) if bare else best[at]
            # What a listing lacks is not in the window that lacks it.
            is_asked = category.code not in doubted and (bare or category.code not in self._absences)
            if is_asked and chance >= (HEARD_FROM if bare else _HEARD_IN_LISTINGS_FROM):
                told.append(self._finding(text, heard, at, category, chance))
        return sorted(told, key=lambda item: -item.score)

    def _doubts(self, text: ScreenedText, found: Sequence[Finding], heard: Heard, at: int) -> bool:
        """Tell whether a category that rules name should wait for a person."""
        if not SUSPECTED_FROM <= score_of(found) < DOUBTABLE_BELOW or _ORDERS.search(text.joined):
            return False
        if not text.source.text_only:
            return max(heard.best) < _HARMLESS_BELOW and all(item.severity != "high" for item in found)
        # Of a text that is strange altogether the model knows nothing, not even that it is harmless.
        return heard.best[at] > 0 and _chance_with(heard.best[at], found) < SURE_FROM

    def _doubted(self, item: Finding, found: Sequence[Finding]) -> Finding:
        # In equal parts, so that all reasons together come to no more than that.
        most = 1 - (1 - _REVIEW_AT_MOST) ** (1 / len(found))
        return replace(
            item,
            score=math.floor(min(item.score, most) * 10_000) / 10_000,
            explain=f"{item.explain.rstrip('.')}. The text model ({self.version}) finds the whole text more like a "
            "harmless one: to be looked at, not yet suspected.",
            explain_zh=f"{item.explain_zh}（文本模型 {self.version} 认为全文更像正常商品，故仅列为待核查，未列为疑似）",
        )

    def _finding(self, text: ScreenedText, heard: Heard, at: int, category: Category, chance: float) -> Finding:
        likeliest = int(heard.chances[:, at].argmax())
        score = _score_alone(chance, bare=text.source.text_only)
        start, end = heard.windows[likeliest]
        window = text.joined[start:end]
        pieces = whole_words(window, heaviest(self._model.telling(window, category.code)))
        spans = [text.joined_to_plain.span(start + first, start + last) for first, last in pieces]
        seen = tuple(dict.fromkeys(text.seen(span) for span in spans))
        return Finding(
            category=category.code,
            rule_id=f"{category.code}/{RULE_NAME}",
            severity=category.severity,
            view=MODEL_VIEW,
            words=seen,
            seen=seen,
            score=round(score, 4),
            places=tuple(dict.fromkeys(place for span in spans for place in places(text, span))),
            laws=citations(category.law, self._book.laws, text.source.day),
            explain=f"A text model ({self.version}) proposes this, not a rule. It has learnt from some thousand "
            f"written examples how offers of this type read and takes this wording for one: "
            f"{_how_sure(score)}, a person must check. {_weighed_most(seen)}The articles apply if it is one.",
            explain_zh=f"由文本模型（{self.version}）提出，并非规则命中：模型从数千条人工编写的示例文字学得此类商品的写法，"
            f"认为这段文字与之相近。{_how_sure_zh(score)}，须人工核实。"
            f"{_weighed_most_zh(seen)}所列条款在情况属实时适用。",
        )


def _score_alone(chance: float, *, bare: bool) -> float:
    """Return how sure a chance makes of a category where no rule speaks: the one number that people are shown.

    Between the chance from which a look is asked for and the surest one it rises from where a look begins; of listings
    never to where suspicion does.
    """
    chance = min(chance, SUREST)
    if not bare:
        share = (chance - _HEARD_IN_LISTINGS_FROM) / (SUREST - _HEARD_IN_LISTINGS_FROM)
        return REVIEW_FROM + max(share, 0.0) * (_REVIEW_AT_MOST - REVIEW_FROM)
    return chance if chance >= SURE_FROM else min(_REVIEW_AT_MOST, chance * SUSPECTED_FROM / SURE_FROM)


def _how_sure(score: float) -> str:
    return "suspected only" if status_of(score) == "suspected" else "to be looked at, not yet suspected"


def _how_sure_zh(score: float) -> str:
    return "仅为疑似" if status_of(score) == "suspected" else "仅列为待核查，未列为疑似"


def _weighed_most(pieces: Sequence[str]) -> str:
    named = ", ".join(f"“{_on_one_line(piece)}”" for piece in pieces)
    return f"What weighed most: {named}. " if named else ""


def _weighed_most_zh(pieces: Sequence[str]) -> str:
    named = "".join(f"“{_on_one_line(piece)}”" for piece in pieces)
    return f"影响最大的文字：{named}。" if named else ""


def _on_one_line(piece: str) -> str:
    return " ".join(piece.split())


def score_of(found: Sequence[Finding]) -> float:
    """Return how sure rules are of a category by all that they found of it."""
    return 1 - math.prod(1 - item.score for item in found)


def is_odd(found: Sequence[Finding]) -> bool:
    """Tell whether rules had to see through an odd spelling for any of what they found."""
    return any(item.view not in _AS_IT_STANDS for item in found)


def _chance_with(alone: float, found: Sequence[Finding]) -> float:
    return chance_with_rules(alone, score_of(found), odd=is_odd(found))


def _with_hints(alone: float, found: Sequence[Finding]) -> float:
    """Return how likely a category is together with hints of rules: what they suspect by themselves needs no help."""
    return _chance_with(alone, found) if 0 < score_of(found) < SUSPECTED_FROM else alone


def _loud_from(text: ScreenedText) -> float:
    return _LOUD_FROM if text.source.text_only else _LOUD_IN_LISTINGS_FROM


def _largest(chances: NDArray[np.float32]) -> list[float]:
    found: list[float] = chances.max(axis=0, initial=0.0).tolist()
    return found


def heaviest(told: NDArray[np.float32]) -> list[Span]:
    """Return the spans of characters that tell most, in the order of the text; at most a few, none where none does."""
    if not len(told) or told.max() <= 0:
        return []
    heavy = np.concatenate([[False], told >= _TELLING * told.max(), [False]])
    edges = np.flatnonzero(heavy[1:] != heavy[:-1]).reshape(-1, 2)
    # One character alone tells a reader nothing, where there is more.
    long = edges[edges[:, 1] - edges[:, 0] > 1]
    spans = sorted((long if len(long) else edges).tolist(), key=lambda span: -float(told[span[0] : span[1]].sum()))[
        :_MOST_PIECES
    ]
    return sorted((start, end) for start, end in spans)
