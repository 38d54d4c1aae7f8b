"""The screener finds what plain screening finds: every announced pattern run everywhere, every rule asked.

What is left out for speed (patterns whose words are missing or far apart, rules for other goods, stretches of text)
must never change a finding, whatever the evasion.
"""

from __future__ import annotations

import json
import re
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.packaged_rules import packaged_book, packaged_screener, packaged_tables

from jianwei.risk.matching.pattern_search import PatternSearch
from jianwei.risk.matching.rule_gate import AllowedRules, ClassGate
from jianwei.risk.patterns.lines import Places
from jianwei.risk.screener import Screener
from jianwei.risk.views.screened_text import ScreeningInput, Segment, text_segments

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from jianwei.risk.matching.word_finder import WordsFound
    from jianwei.risk.patterns.tables import PatternKey

FOLDER = Path(__file__).parents[2] / "risk_texts"
SAMPLES = Path(__file__).parents[3] / "samples" / "listings.jsonl"
pytestmark = pytest.mark.no_cover  # compares the whole screener with itself, for thousands of patterns

DAY = date(2026, 11, 1)
STREWN = ("\u200b", " ", "·", "❤", "*", "\n", "~", "  ", "/", "-", " ★ ", "_", "。", "")
GOODS = ("", "保健食品", "日用百货", "食品", "化妆品", "药品", "母婴", "医疗器械", "数码", "教育培训")


class _EveryPattern(PatternSearch):
    """Runs each announced pattern, on all lines beside what announces it."""

    def announced(
        self, words: WordsFound, tight: Sequence[str], wanted: Sequence[NDArray[np.bool_]]
    ) -> list[dict[PatternKey, Places]]:
        spans: list[dict[int, list[tuple[int, int]]]] = [{} for _ in tight]
        met = self._sets_met(words.chosen(words.words < len(self.words)))
        for text, number, start, end in zip(*(column.tolist() for column in met), strict=True):
            spans[text].setdefault(number, []).append((end, start))
        return [self._all({number: sorted(places) for number, places in of_text.items()}) for of_text in spans]

    def _all(self, spans: dict[int, list[tuple[int, int]]]) -> dict[PatternKey, Places]:
        found = {plan.key: Places((), None) for plan in self._plans if plan.anchor < 0}
        anchored = [(spans[plan.anchor], plan) for plan in self._plans if plan.anchor in spans]
        for ends, plan in sorted(anchored, key=lambda item: (item[0][0], item[1].order)):
            found[plan.key] = Places([end - 1 for end, _ in ends], None)
        return found


class _EveryRule(ClassGate):
    """Lets every rule ask its own conditions."""

    def allowed(self, kinds: tuple[str, ...]) -> AllowedRules:
        del kinds
        return self._of(range(len(self._rules)))._replace(unasked=frozenset())


@lru_cache(maxsize=1)
def plain_screener() -> Screener:
    screener = Screener(packaged_book(), packaged_tables())
    screener._search.patterns.__class__ = _EveryPattern
    screener._classes.__class__ = _EveryRule
    return screener


def labelled(name: str) -> list[str]:
    return [json.loads(line)["text"] for line in (FOLDER / name).read_text("utf-8").splitlines()]


TEXTS = labelled("dev.jsonl")


def sample(record: dict[str, object]) -> ScreeningInput:
    segments = [Segment(str(record["product_name"]), "title")]
    for part in ("product_intro", "product_spec"):
        pairs = record.get(part) or []
        assert isinstance(pairs, list)
        segments += [Segment(f"{name}：{value}", "spec") for pair in pairs for name, value in pair.items()]
    said = str(record.get("illegal_description") or "")
    segments += [Segment(line, "ocr", 1, no, follows=no > 0) for no, line in enumerate(said.split("，"))]
    price = record["product_price"]
    assert isinstance(price, int | float)
    return ScreeningInput(tuple(segments), DAY, str(record["category"]), float(price), whole=True)


def test_labelled_texts_have_the_same_findings() -> None:
    for text in TEXTS[::3]:  # to run every pattern they are all compiled, which takes most of the time
        source = ScreeningInput(text_segments(text), DAY, text_only=True)
        assert packaged_screener().screen(source) == plain_screener().screen(source), text


def test_many_listings_at_once_have_the_findings_of_each() -> None:
    sources = [ScreeningInput(text_segments(text), DAY, text_only=True) for text in TEXTS[:70]]
    screener = packaged_screener()
    assert screener.screen_many(sources) == [screener.screen(source) for source in sources]
    assert screener.screen_many([]) == []


def test_sample_listings_have_the_same_findings() -> None:
    found = 0
    for line in SAMPLES.read_text("utf-8").splitlines():
        source = sample(json.loads(line))
        screening = packaged_screener().screen(source)
        found += bool(screening.findings)
        assert screening == plain_screener().screen(source)
    assert found > 10


def disguised(text: str, chance: random.Random) -> str:
    """Return a text with characters strewn in, left out, and swapped for what looks, sounds or is put together so."""
    tables = packaged_book().normalisation
    ways: dict[str, list[str]] = {}
    for table in (tables.look_alikes, tables.sound_alikes, tables.split_characters, tables.emoji, tables.aliases):
        for seen, meant in table.items():
            ways.setdefault(meant, []).append(seen)
    spelt = {character: name for name, characters in tables.syllables.items() for character in characters}
    written = []
    for sign in text:
        drawn = chance.random()
        if drawn < 0.06:
            written.append(sign + chance.choice(STREWN))
        elif drawn < 0.12 and sign in ways:
            written.append(chance.choice(ways[sign]))
        elif drawn < 0.15 and sign in spelt:
            written.append(spelt[sign])
        elif drawn < 0.18 and sign in spelt:
            written.append(chance.choice(tables.syllables[spelt[sign]]))
        else:
            written.append(sign)
    return "".join(written)


@settings(deadline=None, max_examples=60, derandomize=True)
@given(
    st.lists(st.sampled_from(TEXTS), min_size=1, max_size=5),
    st.randoms(use_true_random=False),
    st.sampled_from(GOODS),
    st.sampled_from([None, 9.9, 99.0, 1999.0]),
    st.booleans(),
    st.integers(3, 40),
)
def test_disguised_listings_have_the_same_findings(
    texts: list[str], chance: random.Random, goods: str, price: float | None, whole: bool, width: int
) -> None:
    lines = [disguised(line, chance) for text in texts for line in text.splitlines()]
    cut = [line[start : start + width] for line in lines for start in range(0, len(line), width)] or [""]
    segments = [Segment(cut[0], "title")]
    for no, line in enumerate(cut[1:]):
        field = chance.choice(["ocr", "ocr", "ocr", "spec", "caption"])
        segments.append(Segment(line, field, 1, no, follows=chance.random() < 0.8))  # type: ignore[arg-type]
    source = ScreeningInput(tuple(segments), DAY, goods, price, whole=whole, text_only=not whole)
    assert packaged_screener().screen(source) == plain_screener().screen(source)


def test_halves_of_surrogate_pairs_hide_nothing_and_stop_no_batch() -> None:
    texts = ["根治糖尿病，一个疗程见效\ud83d", "\udcff纯棉毛巾", "加微信领取\ud83d优惠"]
    inputs = [ScreeningInput(text_segments(text), DAY, text_only=True) for text in texts]
    marked = [re.sub("[\ud800-\udfff]", "\ufffd", text) for text in texts]
    whole = [ScreeningInput(text_segments(text), DAY, text_only=True) for text in marked]
    found = packaged_screener().screen_many(inputs)
    assert [each.status for each in found] == ["suspected", "clear", "suspected"]
    assert [each.findings for each in found] == [each.findings for each in packaged_screener().screen_many(whole)]
