"""From candidates to findings: conditions on the listing, words that a match needs, words that excuse it, absences."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from jianwei.risk.contexts import has_words, holds
from jianwei.risk.matching.candidates import VIEW_FACTORS, Candidate
from jianwei.risk.product_class import is_of, product_classes
from jianwei.risk.rules import FIELDS
from jianwei.risk.statement_search import has_statement
from jianwei.risk.views.plain_view import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from jianwei.risk.contact_search import ContactHit
    from jianwei.risk.excuses import Excuses
    from jianwei.risk.identifier_search import IdentifierHit
    from jianwei.risk.matching.restored_text import RestoredText
    from jianwei.risk.matching.rule_gate import RuleOrder
    from jianwei.risk.patterns.bounded import SlowPattern
    from jianwei.risk.rules import Context, Rule, Rulebook, When
    from jianwei.risk.views.offsets import Span
    from jianwei.risk.views.screened_text import ScreenedText


_EVERY_FIELD = frozenset(FIELDS)


@dataclass(frozen=True, slots=True)
class Judged:
    """One rule that applies, with the candidates that it rests on; none for an absence."""

    rule: Rule
    score: float
    matches: tuple[Candidate, ...]
    absent: tuple[str, ...] = ()


@dataclass
class ListingFacts:
    """What is known of a listing while its rules are judged."""

    book: Rulebook
    excuses: Excuses
    text: ScreenedText
    class_words: Sequence[tuple[str, str, float, str]]
    slow: SlowPattern
    identifiers: Sequence[IdentifierHit] = ()
    contacts: Sequence[ContactHit] = ()
    meant: RestoredText | None = None
    """The text with odd spellings put right, where there are any."""
    found: set[str] = field(default_factory=set)
    _whole: dict[int, bool] = field(default_factory=dict)
    """Which contexts of the whole listing hold, by their identity: the rulebook keeps them."""

    @cached_property
    def classes(self) -> tuple[str, ...]:
        """The likeliest kinds of goods."""
        return product_classes(self.class_words, self.valid_identifiers, self.book.classes)

    @cached_property
    def valid_identifiers(self) -> frozenset[str]:
        """The kinds of numbers that are present; one whose check digit fails may still be misread and counts."""
        return frozenset(hit.kind for hit in self.identifiers if hit.problem != "class")

    @cached_property
    def stated_classes(self) -> tuple[str, ...]:
        """The likeliest kinds told by the listing's own category and title alone."""
        return self._classes_in("category", "title")

    @cached_property
    def picture_classes(self) -> tuple[str, ...]:
        """The likeliest kinds told by the pictures alone."""
        return self._classes_in("ocr", "caption")

    def _classes_in(self, *fields: str) -> tuple[str, ...]:
        return product_classes((item for item in self.class_words if item[3] in fields), (), self.book.classes)

    @cached_property
    def pictures_text(self) -> str:
        """The plain text of all pictures."""
        return "\f".join(plain(item.text) for item in self.text.source.segments if item.field in ("ocr", "caption"))

    def meets(self, when: When) -> bool:
        """Tell whether the conditions on the listing hold.

        `stated_times` is asked of each match, `found` once all other rules were judged.
        """
        price = self.text.source.price
        classes = self.book.classes
        return (
            (not when.classes or is_of(self.classes, when.classes, classes))
            and not (when.not_classes and is_of(self.classes, when.not_classes, classes))
            and (not when.stated_classes or is_of(self.stated_classes, when.stated_classes, classes))
            and (not when.picture_classes or is_of(self.picture_classes, when.picture_classes, classes))
            and (not when.identifiers or not self.valid_identifiers.isdisjoint(when.identifiers))
            and self.valid_identifiers.isdisjoint(when.no_identifiers)
            and (not when.contacts or self.has_contact(when.contacts))
            and (not when.title_has or has_words(when.title_has, self.text.title, self.slow))
            and (not when.picture_has or has_words(when.picture_has, self.pictures_text, self.slow))
            and (when.price_below is None or (price is not None and price < when.price_below))
            and (when.price_above is None or (price is not None and price > when.price_above))
        )

    def has_contact(self, kinds: Collection[str]) -> bool:
        """Tell whether a contact of these kinds is there that is not a public one."""
        return any([hit.kind in kinds and not hit.public for hit in self.contacts])  # noqa: C419  # mostly none

    def contact_candidates(self, rule: int, kinds: Iterable[str]) -> list[Candidate]:
        """Return the contacts of these kinds that are not public as matches of a rule that has no words of its own."""
        wanted = set(kinds)
        return [
            Candidate(rule, hit.value, (min(hit.span[0], (hit.cue or hit.span)[0]), hit.span[1]), "plain")
            for hit in self.contacts
            if hit.kind in wanted and not hit.public
        ]

    def has_cue(self) -> bool:
        """Tell whether the listing asks to be dealt with elsewhere, which makes odd spellings odder."""
        return any(not hit.public for hit in self.contacts)

    def is_excused(self, rule: Rule, span: Span) -> bool:
        """Tell whether anything excuses a match of a rule in the plain text."""
        around, of_listing, by_facts = self.excuses.of(rule)
        return (
            any(map(self._facts_hold, by_facts))
            or around.hold(self.text.plain, span, self.slow)
            or any(self._listing_holds(context, span) for context in of_listing)
        )

    def context_holds(self, context: Context, span: Span) -> bool:
        """Tell whether a context holds for a match in the plain text."""
        if self._facts_hold(context):
            return True
        if context.scope == "listing":
            return self._listing_holds(context, span)
        return holds(context, self.text.plain, span, self.slow)

    def _facts_hold(self, context: Context) -> bool:
        """Tell whether a number or a contact makes a context hold, wherever the match stands."""
        return (bool(context.identifiers) and not self.valid_identifiers.isdisjoint(context.identifiers)) or (
            bool(context.contacts) and self.has_contact(context.contacts)
        )

    def _listing_holds(self, context: Context, span: Span) -> bool:
        """Tell whether the words of a context stand anywhere: asked once, however many matches there are."""
        known = self._whole.get(id(context))
        if known is None:
            known = self._whole[id(context)] = holds(context, self.text.plain, span, self.slow)
        return known

    def need_holds(self, context: Context, span: Span) -> bool:
        """Tell whether a context that a match needs holds, in the text as it is written or as it is meant."""
        if self.context_holds(context, span):
            return True
        return self.meant is not None and holds(context, self.meant.plain, self.meant.at(span), self.slow)


def judge(
    facts: ListingFacts,
    rules: Sequence[Rule],
    order: RuleOrder,
    candidates: Sequence[Candidate],
    may_apply: Callable[[int], bool],
) -> list[Judged]:
    """Return the rules that apply, first those that rest on words alone, then those that ask what else was found.

    `may_apply` tells of a rule whether the listing meets its conditions.
    """
    by_rule: dict[int, list[Candidate]] = {}
    for candidate in candidates:
        if isinstance(candidate.owner, int):
            by_rule.setdefault(candidate.owner, []).append(candidate)
    if facts.contacts:
        for index in order.of_contacts:
            by_rule[index] = facts.contact_candidates(index, rules[index].when.contacts)
    judged: list[Judged] = []
    at_once = [index for index in by_rule if index not in order.later]
    for index in [*at_once, *order.free, *order.later]:
        result = _judge_rule(facts, rules[index], by_rule.get(index, [])) if may_apply(index) else None
        if result is not None:
            judged.append(result)
            facts.found.add(result.rule.category)
    return _confirmed(judged, facts)


def _judge_rule(facts: ListingFacts, rule: Rule, candidates: list[Candidate]) -> Judged | None:
    placed = bool(rule.words or rule.when.contacts)
    if placed and not candidates:
        return None
    if rule.when.found and facts.found.isdisjoint(rule.when.found):
        return None
    kept = [item for item in candidates if _applies(facts, rule, item)]
    if placed and not kept:
        return None
    if rule.missing is not None:
        absent = _absent(facts, rule)
        return Judged(rule, rule.weight, tuple(kept), absent) if absent else None
    if not placed:
        return Judged(rule, rule.weight, ())
    return Judged(rule, _score(rule, kept, certain=True), tuple(kept))


def _applies(facts: ListingFacts, rule: Rule, item: Candidate) -> bool:
    if not _EVERY_FIELD.issubset(rule.fields):
        raw = facts.text.plain_to_raw.span(*item.span)
        if facts.text.field_at(raw[0]) not in rule.fields:
            return False
    if rule.evasion == "strict" and item.view not in ("plain", "spaced", "lines") and not facts.has_cue():
        return False
    times = rule.when.stated_times
    if times is not None:
        now = facts.text.source.price if item.now is None else item.now
        if now is None or item.price is None or now <= 0 or item.price < times * now:
            return False
    if not all(facts.need_holds(context, item.span) for context in rule.needs):
        return False
    return not facts.is_excused(rule, item.span)


def _score(rule: Rule, kept: Sequence[Candidate], *, certain: bool) -> float:
    """Combine the words of one rule: each distinct one is a reason of its own (noisy or)."""
    best: dict[str, float] = {}
    end, name = -1, ""
    for item in sorted(kept, key=lambda match: match.span):
        worth = rule.weight * VIEW_FACTORS[item.view] * (1.0 if certain or not item.doubtful else 0.4)
        # Words that overlap (根治, 治便秘) are one reason, as is a word that comes again.
        name = name if item.span[0] < end else item.word
        end = max(end, item.span[1])
        best[name] = max(best.get(name, 0.0), worth)
    rest = 1.0
    for worth in best.values():
        rest *= 1 - worth
    return 1 - rest


def _confirmed(judged: list[Judged], facts: ListingFacts) -> list[Judged]:
    """Drop matches in odd spellings that are ordinary words, unless something else on the listing speaks for them.

    Two such spellings of one category, apart from each other, speak for each other.
    """
    certain = {
        item.rule.category for item in judged if any(not match.doubtful for match in item.matches) or item.absent
    }
    paired = {item.rule.category for item in judged if _apart(judged, item.rule.category)}
    cue = facts.has_cue()
    kept = []
    for item in judged:
        code = item.rule.category
        trusted = cue or code in certain or code in paired
        matches = tuple(match for match in item.matches if trusted or not match.doubtful)
        if matches or not item.matches:
            scored = item.rule.missing is None and bool(matches)
            score = _score(item.rule, matches, certain=code in paired) if scored else item.score
            kept.append(Judged(item.rule, score, matches, item.absent))
    return kept


def _apart(judged: Sequence[Judged], code: str) -> bool:
    """Tell whether doubtful matches of a category stand in two places that do not touch."""
    spans = sorted(
        match.span for item in judged if item.rule.category == code for match in item.matches if match.doubtful
    )
    return bool(spans) and max(start for start, _ in spans) >= min(end for _, end in spans)


def _absent(facts: ListingFacts, rule: Rule) -> tuple[str, ...]:
    missing = rule.missing
    source = facts.text.source
    if missing is None or not ((source.whole and "whole" in missing.on) or (source.text_only and "text" in missing.on)):
        return ()
    statements = [
        name
        for name in missing.statements
        if not has_statement(facts.book.statements[name], facts.text.tight, facts.slow)
    ]
    numbers = [name for name in missing.identifiers if name not in facts.valid_identifiers]
    wanted = len(missing.statements) + len(missing.identifiers)
    absent = (*statements, *numbers)
    return absent if (len(absent) == wanted if missing.mode == "all" else bool(absent)) else ()
