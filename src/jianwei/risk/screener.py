"""`Screener`: one rulebook ready to screen listings. Pure computation: text in, findings out; no catalog, no file."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jianwei.ports.findings import (
    CategoryScore,
    Finding,
    FoundContact,
    FoundIdentifier,
    Place,
    Screening,
    status_of,
)
from jianwei.risk.contact_search import ContactHit, ContactSearch
from jianwei.risk.excuses import Excuses
from jianwei.risk.identifier_search import IdentifierHit, IdentifierSearch, number_starts
from jianwei.risk.judging import Judged, ListingFacts, judge
from jianwei.risk.law_versions import citations
from jianwei.risk.learnt.model_voice import ModelVoice
from jianwei.risk.learnt.text_model import screened_by
from jianwei.risk.matching.candidates import (
    VIEW_FACTORS,
    as_read,
    cue_candidates,
    odd_spellings,
    pattern_candidates,
    phrase_candidates,
    sound_candidates,
)
from jianwei.risk.matching.hidden_readings import HiddenReadings
from jianwei.risk.matching.restored_text import restored, search_restored
from jianwei.risk.matching.rule_gate import ClassGate, RuleGate
from jianwei.risk.matching.word_search import WordSearch
from jianwei.risk.matching.word_tables import WORD, word_tables
from jianwei.risk.patterns.bounded import SlowPattern
from jianwei.risk.views.places import places
from jianwei.risk.views.plain_view import plain
from jianwei.risk.views.screened_text import ScreenedText, ScreeningInput, hear_each, readable
from jianwei.risk.views.sound_view import SoundView

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from jianwei.risk.contact_search import MayFollow
    from jianwei.risk.learnt.text_model import TextModel
    from jianwei.risk.matching.candidates import Candidate, OddSpelling
    from jianwei.risk.matching.restored_text import RestoredSearch, RestoredText, RestoredTexts
    from jianwei.risk.matching.rule_gate import AllowedRules
    from jianwei.risk.matching.word_finder import WordsFound
    from jianwei.risk.matching.word_search import WordsMet
    from jianwei.risk.matching.word_tables import Owner, WordTables
    from jianwei.risk.patterns.lines import Places
    from jianwei.risk.patterns.tables import PatternKey
    from jianwei.risk.rules import Rulebook

_MOST_CATEGORIES = 4096
_MOST_AT_ONCE = 512
_MOST_CHARACTERS_AT_ONCE = 80_000
"""Listings that take each step together, and what they come to: more gain nothing, and all of it stays in memory."""


class _Listing:
    """One listing on its way through the steps of a screening; each step adds what it found out."""

    met: WordsMet
    met_in_title: WordsMet | None = None
    """Of a title whose words are not told by what the text begins with."""
    odd: list[OddSpelling]
    meant: RestoredText | None = None
    """The text with odd spellings put right, where there are any."""
    appeared: RestoredSearch | None = None
    """What stands in that and did not before."""
    facts: ListingFacts
    allowed: AllowedRules
    patterns: Mapping[PatternKey, Places]
    patterns_appeared: Mapping[PatternKey, Places]
    gate: RuleGate
    candidates: list[Candidate]

    def __init__(self, text: ScreenedText, *, has_hidden: bool) -> None:
        self.text = text
        self.has_hidden = has_hidden


class Screener:
    """Screens listings by one rulebook. Building it takes a moment; screening is safe from several threads.

    Args:
        book: the rules.
        tables: what is looked for by them, where that was kept (`rule_files/rulebook_cache.py`); made where it was
            not, which takes most of the time.
        text_model: a voice beside the rules; without one the rules speak alone.
    """

    def __init__(
        self, book: Rulebook, tables: WordTables | None = None, *, text_model: TextModel | None = None
    ) -> None:
        self.book = book
        self._voice = None if text_model is None else ModelVoice(text_model, book)
        self._rules = book.rules
        self._sounds = SoundView(book.normalisation)
        self._search = WordSearch(tables or word_tables(book, self._sounds))
        cues = (cue for kind in book.contacts.values() if kind.name in ("wechat", "qq") for cue in kind.cues)
        self._hidden = HiddenReadings(self._search, self._sounds, cues)
        self._categories: dict[str, list[tuple[str, str, float, str]]] = {}
        """The words for kinds of goods in names of categories, of which a platform has few."""
        self._classes = ClassGate(book.rules, book.classes, self._search.patterns)
        self._excuses = Excuses(book)
        self._contacts = ContactSearch(book.contacts.values())
        self._identifiers = IdentifierSearch(book.identifiers.values())
        self.slow = SlowPattern()

    @property
    def version(self) -> str:
        """What listings are screened by: the version of the rules, and of the text model where there is one."""
        return screened_by(self.book.version, None if self._voice is None else self._voice.version)

    def screen(self, source: ScreeningInput) -> Screening:
        """Return what the rules find on one listing."""
        return self.screen_many([source])[0]

    def screen_many(self, sources: Sequence[ScreeningInput]) -> list[Screening]:
        """Return what the rules find on each of some listings: four to five times as fast as one after the other.

        Many at a time take each step together, so that what a step needs is near the processor when it is taken, and
        what is asked of arrays is asked seldom.
        """
        found: list[Screening] = []
        for together in _batches(sources):
            listings = self._read(together)
            words = self._search_words(listings)
            self._search_sounds(listings)
            appeared = self._restore(listings)
            self._tell_facts(listings)
            self._announce(listings, words, appeared)
            for listing in listings:
                self._meet(listing)
            findings = [self._judged(listing) for listing in listings]
            if self._voice is not None:
                findings = self._voice.weighed_each([listing.text for listing in listings], findings)
            found += [
                self._screening(listing.text, listing.facts, each)
                for listing, each in zip(listings, findings, strict=True)
            ]
        return found

    def _read(self, sources: Sequence[ScreeningInput]) -> list[_Listing]:
        sources = readable(sources)
        segments = self._hidden.added_to_each([source.segments for source in sources])
        hidden = [each is not source.segments for each, source in zip(segments, sources, strict=True)]
        whole = [
            replace(source, segments=each) if has_hidden else source
            for source, each, has_hidden in zip(sources, segments, hidden, strict=True)
        ]
        texts = ScreenedText.each(whole, self._sounds)
        return [_Listing(text, has_hidden=has_hidden) for text, has_hidden in zip(texts, hidden, strict=True)]

    def _search_words(self, listings: Sequence[_Listing]) -> WordsFound:
        """Find the words of all rules; what is returned are those that patterns need too."""
        every = self._search.in_texts([listing.text.joined for listing in listings])
        for listing, met in zip(listings, every.each, strict=True):
            listing.met = met
        apart = [listing for listing in listings if listing.text.other_title]
        if apart:
            in_titles = self._search.in_texts([listing.text.other_title for listing in apart])
            for listing, met in zip(apart, in_titles.each, strict=True):
                listing.met_in_title = met
        return every.found

    def _search_sounds(self, listings: Sequence[_Listing]) -> None:
        hear_each([listing.text for listing in listings], self._sounds)
        alike = self._search.in_sounds([listing.text.sounds for listing in listings])
        for listing, hits in zip(listings, alike, strict=True):
            listing.odd = odd_spellings(listing.text, hits, self._search.phrases_of_sound, self._sounds)

    def _restore(self, listings: Sequence[_Listing]) -> RestoredTexts | None:
        """Put odd spellings right and look for words once more; None where no listing holds such spellings."""
        put_right: list[_Listing] = []
        texts: list[RestoredText] = []
        for listing in listings:
            listing.meant = restored(listing.text.plain, listing.odd) if listing.odd else None
            if listing.meant is not None:
                put_right.append(listing)
                texts.append(listing.meant)
        if not texts:
            return None
        appeared = search_restored(texts, self._search)
        for listing, search in zip(put_right, appeared.each, strict=True):
            listing.appeared = search
        return appeared

    def _tell_facts(self, listings: Sequence[_Listing]) -> None:
        """Find out what is known of each listing: its kind of goods, numbers and contacts."""
        starts = number_starts([listing.text.plain for listing in listings])
        for listing, numbers_from in zip(listings, starts, strict=True):
            listing.facts = self._facts(listing, numbers_from)

    def _facts(self, listing: _Listing, numbers_from: Sequence[int]) -> ListingFacts:
        text, met = listing.text, listing.met
        class_words = self._class_words(listing)
        if listing.appeared is not None:
            class_words += [(*found, "ocr") for found in listing.appeared.class_words(met.classes())]
        facts = ListingFacts(self.book, self._excuses, text, class_words, self.slow, meant=listing.meant)
        facts.identifiers = self._identifiers.find(text.plain, self.slow, numbers_from)

        def cues(may_follow: MayFollow) -> list[Candidate]:
            found = [*cue_candidates(text, met.cues(), may_follow), *sound_candidates(listing.odd, _is_cue)]
            return sorted(found, key=lambda cue: cue.doubtful)

        facts.contacts = self._contacts.find(text.plain, cues, self.slow)
        return facts

    def _announce(self, listings: Sequence[_Listing], words: WordsFound, appeared: RestoredTexts | None) -> None:
        """Find out which rules the goods allow, and which of their patterns may match."""
        for listing in listings:
            listing.allowed = self._classes.allowed(listing.facts.classes)
        allowed = [listing.allowed.patterns for listing in listings]
        each = self._search.patterns.announced(words, [listing.text.tight for listing in listings], allowed)
        for listing, patterns in zip(listings, each, strict=True):
            listing.patterns = patterns
        if appeared is None:
            return
        put_right = [listing for listing in listings if listing.appeared is not None]
        allowed = [listing.allowed.patterns for listing in put_right]
        each = self._search.patterns.announced(appeared.found, appeared.tight, allowed)
        for listing, patterns in zip(put_right, each, strict=True):
            listing.patterns_appeared = patterns

    def _meet(self, listing: _Listing) -> None:
        """Find out where rules may apply."""
        text, allowed = listing.text, listing.allowed
        listing.gate = may_apply = RuleGate(listing.facts.meets, self._rules, allowed)
        candidates = [
            *phrase_candidates(text, listing.met.phrases(allowed), may_apply),
            *pattern_candidates(text, listing.patterns, may_apply, self.slow),
            *sound_candidates(listing.odd, may_apply),
        ]
        if listing.appeared is not None:
            candidates += listing.appeared.candidates(listing.patterns_appeared, may_apply.for_odd, self.slow)
        listing.candidates = as_read(text, candidates) if listing.has_hidden else candidates

    def _judged(self, listing: _Listing) -> list[Finding]:
        judged = judge(listing.facts, self._rules, listing.allowed.order, listing.candidates, listing.gate)
        return [self._finding(listing.text, item) for item in judged]

    def _class_words(self, listing: _Listing) -> list[tuple[str, str, float, str]]:
        """Return the words for kinds of goods with their fields; what stands in no title counts as of the pictures."""
        met, title = listing.met, listing.met_in_title
        everywhere, in_title = met.classes_up_to(len(listing.text.title))
        if title is not None:
            in_title = title.classes()
        words = [(kind, word, weight, "ocr") for kind, word, weight in everywhere]
        words += [(kind, word, weight, "title") for kind, word, weight in in_title]
        return words + self._words_of_category(listing.text.source.category)

    def _words_of_category(self, category: str) -> list[tuple[str, str, float, str]]:
        known = self._categories.get(category)
        if known is None:
            if len(self._categories) >= _MOST_CATEGORIES:
                self._categories.clear()
            found = self._search.in_text(plain(category)).classes() if category else ()
            known = self._categories[category] = [(kind, word, weight, "category") for kind, word, weight in found]
        return known

    def _screening(self, text: ScreenedText, facts: ListingFacts, found: Sequence[Finding]) -> Screening:
        findings = tuple(sorted(found, key=lambda item: -item.score))
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
            rulebook_version=self.version,
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


def _batches(sources: Sequence[ScreeningInput]) -> Iterator[Sequence[ScreeningInput]]:
    first = characters = 0
    for place, source in enumerate(sources):
        length = sum([len(segment.text) for segment in source.segments])
        if place > first and (place - first >= _MOST_AT_ONCE or characters + length > _MOST_CHARACTERS_AT_ONCE):
            yield sources[first:place]
            first, characters = place, 0
        characters += length
    if first < len(sources):
        yield sources[first:]


def _is_cue(owner: Owner) -> bool:
    return isinstance(owner, str) and owner != WORD


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
