"""`Screener`: one rulebook ready to screen listings. Pure computation: text in, findings out; no catalog, no file."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jianwei.ports.findings import CategoryScore, Finding, FoundContact, FoundIdentifier, Place, RiskStatus, Screening
from jianwei.risk.candidates import (
    VIEW_FACTORS,
    as_read,
    odd_spellings,
    pattern_candidates,
    phrase_candidates,
    sound_candidates,
)
from jianwei.risk.contact_search import ContactHit, find_contacts
from jianwei.risk.hidden_readings import HiddenReadings
from jianwei.risk.identifier_search import IdentifierHit, IdentifierSearch
from jianwei.risk.judging import Judged, ListingFacts, RuleOrder, judge
from jianwei.risk.law_versions import citations
from jianwei.risk.patterns import SlowPattern
from jianwei.risk.plain_view import plain
from jianwei.risk.restored_text import RestoredSearch, restored
from jianwei.risk.rule_gate import ClassGate, RuleGate
from jianwei.risk.screened_text import ScreenedText, ScreeningInput
from jianwei.risk.sound_view import SoundView
from jianwei.risk.word_search import WordSearch
from jianwei.risk.word_tables import WORD, word_tables
from jianwei.text.highlight import span_box

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from jianwei.risk.offsets import Span
    from jianwei.risk.rules import Rulebook
    from jianwei.risk.word_search import WordsMet
    from jianwei.risk.word_tables import Owner, WordTables

SUSPECTED_FROM = 0.5
REVIEW_FROM = 0.25


class Screener:
    """Screens listings by one rulebook. Building it takes a moment; screening is safe from several threads.

    Args:
        book: the rules.
        tables: what is looked for by them, where that was kept (`rulebook_cache.py`); made where it was not, which
            takes most of the time.
    """

    def __init__(self, book: Rulebook, tables: WordTables | None = None) -> None:
        self.book = book
        self._rules = book.rules
        self._sounds = SoundView(book.normalisation)
        self._search = WordSearch(tables or word_tables(book, self._sounds))
        cues = (cue for kind in book.contacts.values() if kind.name in ("wechat", "qq") for cue in kind.cues)
        self._hidden = HiddenReadings(self._search, self._sounds, cues)
        self._order = RuleOrder(book.rules)
        self._classes = ClassGate(book.rules, book.classes, self._search.patterns)
        self._identifiers = IdentifierSearch(book.identifiers.values())
        self.slow = SlowPattern()

    def screen(self, source: ScreeningInput) -> Screening:
        """Return what the rules find on one listing."""
        segments = self._hidden.added_to(source.segments)
        has_hidden = segments is not source.segments
        text = ScreenedText(replace(source, segments=segments) if has_hidden else source, self._sounds)
        met = self._search.in_text(text.joined)
        odd = odd_spellings(text, self._search, self._sounds)
        meant = restored(text.plain, odd)
        appeared = None if meant is None else RestoredSearch(meant, self._search)
        class_words = self._class_words(text, met)
        if appeared is not None:
            class_words += [(*found, "ocr") for found in appeared.class_words(met.classes())]
        facts = ListingFacts(self.book, text, class_words, self.slow, meant=meant)
        facts.identifiers = self._identifiers.find(text.plain, self.slow)
        cues = [*phrase_candidates(text, met.cues(), _is_cue), *sound_candidates(odd, _is_cue)]
        cues.sort(key=lambda cue: cue.doubtful)
        facts.contacts = find_contacts(self.book.contacts.values(), text.plain, cues, self.slow)
        allowed = self._classes.allowed(facts.classes)
        may_apply = RuleGate(facts, self._rules, allowed)
        patterns = self._search.patterns.announced(met.pattern_words, allowed.patterns)
        candidates = [
            *phrase_candidates(text, met.phrases(allowed), may_apply),
            *pattern_candidates(text, patterns, may_apply, self.slow),
            *sound_candidates(odd, may_apply),
        ]
        if appeared is not None:
            candidates += appeared.candidates(allowed, may_apply.for_odd, self.slow)
        if has_hidden:
            candidates = as_read(text, candidates)
        return self._screening(text, facts, judge(facts, self._rules, self._order, candidates, may_apply))

    def _class_words(self, text: ScreenedText, met: WordsMet) -> list[tuple[str, str, float, str]]:
        """Return the words for kinds of goods with their fields; what stands in no title counts as of the pictures."""
        words = [(kind, word, weight, "ocr") for kind, word, weight in met.classes()]
        for field, content in (("title", text.title), ("category", plain(text.source.category))):
            if content:
                found = self._search.in_text(content).classes()
                words += [(kind, word, weight, field) for kind, word, weight in found]
        return words

    def _screening(self, text: ScreenedText, facts: ListingFacts, judged: Sequence[Judged]) -> Screening:
        findings = tuple(sorted((self._finding(text, item) for item in judged), key=lambda item: -item.score))
        categories = _category_scores(findings)
        score = _either(item.score for item in categories)
        return Screening(
            status=status_of(max((item.score for item in categories), default=0.0)),
            score=round(score, 4),
            categories=tuple(item for item in categories if item.status != "clear"),
            findings=findings,
            identifiers=_identifiers(text, facts.identifiers),
            contacts=_contacts(text, facts.contacts),
            product_classes=facts.classes,
            rulebook_version=self.book.version,
        )

    def _finding(self, text: ScreenedText, item: Judged) -> Finding:
        rule, category = item.rule, self.book.categories[item.rule.category]
        matches = sorted(item.matches, key=lambda match: match.span)
        worst = min((match.view for match in matches), key=lambda view: -VIEW_FACTORS[view], default="plain")
        laws = citations((*rule.law, *category.law), self.book.laws, text.source.day)
        return Finding(
            category=rule.category,
            rule_id=rule.rule_id,
            severity=rule.severity,
            view=worst,
            words=tuple(dict.fromkeys((*(match.word for match in matches), *item.absent))),
            seen=tuple(dict.fromkeys(text.seen(match.span) for match in matches)),
            score=round(item.score, 4),
            places=tuple(dict.fromkeys(place for match in matches for place in places(text, match.span))),
            laws=laws,
            explain=rule.explain_en or category.en,
            explain_zh=rule.explain_zh or category.zh,
        )


def _is_cue(owner: Owner) -> bool:
    return isinstance(owner, str) and owner != WORD


def status_of(score: float) -> RiskStatus:
    """Return what a score of 0..1 means."""
    return "suspected" if score >= SUSPECTED_FROM else "review" if score >= REVIEW_FROM else "clear"


def places(text: ScreenedText, span: Span) -> list[Place]:
    """Return where a span of the plain text stands: one place for each line that it touches."""
    found = []
    for index, (start, end) in text.pieces(text.plain_to_raw.span(*span)):
        segment = text.source.segments[index]
        whole = segment.box is None or segment.is_code
        box = segment.box if whole or segment.box is None else span_box(segment.box, segment.text, start, end)
        found.append(Place(segment.field, segment.text, start, end, segment.picture_no, segment.line_no, box))
    return found


def _category_scores(findings: Iterable[Finding]) -> list[CategoryScore]:
    scores: dict[str, list[float]] = {}
    for finding in findings:
        scores.setdefault(finding.category, []).append(finding.score)
    combined = [(code, round(_either(each), 4)) for code, each in scores.items()]
    return [
        CategoryScore(code, score, status_of(score))
        for code, score in sorted(combined, key=lambda item: (-item[1], item[0]))
    ]


def _either(scores: Iterable[float]) -> float:
    """Return how sure independent reasons make together: one minus the product of the doubts (noisy or)."""
    rest = 1.0
    for score in scores:
        rest *= 1 - score
    return 1 - rest


def _identifiers(text: ScreenedText, hits: Iterable[IdentifierHit]) -> tuple[FoundIdentifier, ...]:
    merged: dict[tuple[str, str, str], list[Place]] = {}
    for hit in hits:
        merged.setdefault((hit.kind, hit.value, hit.problem), []).extend(places(text, hit.span))
    return tuple(
        FoundIdentifier(kind, value, tuple(where), problem) for (kind, value, problem), where in merged.items()
    )


def _contacts(text: ScreenedText, hits: Iterable[ContactHit]) -> tuple[FoundContact, ...]:
    merged: dict[tuple[str, str], tuple[list[Place], bool]] = {}
    for hit in hits:
        where, public = merged.get((hit.kind, hit.value), ([], True))
        merged[hit.kind, hit.value] = ([*where, *places(text, hit.span)], public and hit.public)
    return tuple(FoundContact(kind, value, tuple(where), public) for (kind, value), (where, public) in merged.items())
