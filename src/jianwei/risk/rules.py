"""What a rule is, as records: what it looks for, what excuses it, when it applies, and which law it cites.

They hold what the YAML files say, checked and complete, and nothing else; `docs/rules.md` tells what each means.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from jianwei.risk.rule_nodes import PlacedText, RuleProblem

Severity = Literal["high", "medium", "low"]
Field = Literal["title", "spec", "ocr", "caption"]
Side = Literal["before", "after", "any"]
Scope = Literal["covers", "near", "line", "listing"]
Evasion = Literal["off", "strict", "normal"]
LawRole = Literal["prohibition", "penalty", "interpretation", "criminal"]

FIELDS: tuple[Field, ...] = ("title", "spec", "ocr", "caption")


@dataclass(frozen=True, slots=True)
class Words:
    """Words to look for: phrases as they stand, and regular expressions over folded text."""

    phrases: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        """True when there is anything to look for."""
        return bool(self.phrases or self.patterns)

    def __hash__(self) -> int:
        """Tell words apart by their first ones: what is kept of lists of thousands is asked for at each match."""
        return hash((self.phrases[:2], self.patterns[:2], len(self.phrases), len(self.patterns)))


@dataclass(frozen=True, slots=True)
class Context:
    """Words around a match that excuse it or that it needs.

    `scope` is where they must stand: `covers` the match, `near` it (within `within` characters on `side` of it, in the
    same clause unless `across`), on its `line`, or anywhere in the `listing`. `unless` are words that undo the context
    where they overlap it, `undone_by` those that undo it wherever they stand: who warns and sells has no excuse.
    """

    why: str
    words: Words = Words()
    identifiers: tuple[str, ...] = ()
    contacts: tuple[str, ...] = ()
    scope: Scope = "covers"
    side: Side = "any"
    within: int = 8
    across: bool = False
    unless: Words = Words()
    undone_by: Words = Words()


@dataclass(frozen=True, slots=True)
class When:
    """Conditions on the whole listing; those left out restrict nothing."""

    classes: tuple[str, ...] = ()
    not_classes: tuple[str, ...] = ()
    stated_classes: tuple[str, ...] = ()
    """What the listing's own category and title say it is, without its pictures."""
    picture_classes: tuple[str, ...] = ()
    identifiers: tuple[str, ...] = ()
    """At least one of these is present and in order."""
    no_identifiers: tuple[str, ...] = ()
    contacts: tuple[str, ...] = ()
    """At least one contact of these kinds is present."""
    title_has: Words = Words()
    picture_has: Words = Words()
    found: tuple[str, ...] = ()
    """At least one of these categories was found by other rules."""
    price_below: float | None = None
    price_above: float | None = None
    stated_times: float | None = None
    """The price named in the match (group `price` of the pattern) is at least so many times that of the listing."""


@dataclass(frozen=True, slots=True)
class Missing:
    """What must not be absent from the whole listing: statements and identifiers, all of them or any.

    `on` says where absence may be judged: `whole` listings, all of whose pictures were read, and `text` alone.
    """

    statements: tuple[str, ...] = ()
    identifiers: tuple[str, ...] = ()
    mode: Literal["all", "any"] = "all"
    on: tuple[Literal["whole", "text"], ...] = ("whole",)


@dataclass(frozen=True, slots=True)
class LawReference:
    """One article that a category or rule rests on: by version of the law, or the same (`""`) in all."""

    law: str
    role: LawRole
    articles: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Example:
    """A text on which a rule must or must not match, with what the test needs to know of the listing."""

    text: str
    line: int
    category: str = ""
    price: float | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `weight` is how sure a match makes of the category, 0..1; `rule_id` is `category/id`.

    `file` may be another one than that of its category, over which the user's rules are laid.
    """

    rule_id: str
    category: str
    file: str
    line: int
    severity: Severity
    weight: float
    words: Words
    fields: tuple[Field, ...] = FIELDS
    evasion: Evasion = "normal"
    reversed: bool = False
    when: When = When()
    needs: tuple[Context, ...] = ()
    excuses: tuple[Context, ...] = ()
    missing: Missing | None = None
    law: tuple[LawReference, ...] = ()
    explain_zh: str = ""
    explain_en: str = ""
    match: tuple[Example, ...] = ()
    clear: tuple[Example, ...] = ()


@dataclass(frozen=True, slots=True)
class Category:
    """One type of violation with its rules."""

    code: str
    zh: str
    en: str
    severity: Severity
    penalty_zh: str = ""
    penalty_en: str = ""
    monitor_codes: tuple[str, ...] = ()
    law: tuple[LawReference, ...] = ()
    excuses: tuple[Context, ...] = ()
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True)
class LawVersion:
    """One text of a law and the days on which it is in force, both included; None is open."""

    name: str
    from_day: date
    to_day: date | None
    source: str = ""
    confidence: str = ""


@dataclass(frozen=True, slots=True)
class Law:
    """A law or regulation with its versions, oldest first."""

    name: str
    en: str
    versions: tuple[LawVersion, ...]


@dataclass(frozen=True, slots=True)
class ProductClass:
    """A kind of goods: `words` speak for it with their weights, `identifiers` prove it, `parent` contains it."""

    name: str
    zh: str
    en: str
    parent: str = ""
    words: Mapping[str, float] = field(default_factory=dict)
    identifiers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence that a law requires; found by pattern, or by one of its texts with up to `edits` wrong characters."""

    name: str
    zh: str
    en: str
    patterns: tuple[str, ...]
    texts: tuple[str, ...] = ()
    edits: int = 0


@dataclass(frozen=True, slots=True)
class IdentifierKind:
    """An approval or registration number: `pattern` is its form, `check` names the arithmetic that it must pass."""

    name: str
    zh: str
    en: str
    pattern: str
    check: str = ""
    good: tuple[str, ...] = ()
    bad: tuple[str, ...] = ()
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class ContactKind:
    """A way to reach a seller: cue words and, near them, the form of the value; without cues the form alone."""

    name: str
    zh: str
    en: str
    pattern: str
    cues: tuple[str, ...] = ()
    cue_distance: int = 6
    gate: str = ""
    """A simple pattern that any text with such a value matches; it saves looking for the value."""
    excuses: tuple[str, ...] = ()
    digits: bool = False
    public: tuple[str, ...] = ()
    good: tuple[str, ...] = ()
    bad: tuple[str, ...] = ()
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Normalisation:
    """Tables against evasion: what looks, sounds or is put together like what."""

    look_alikes: Mapping[str, str] = field(default_factory=dict)
    sound_alikes: Mapping[str, str] = field(default_factory=dict)
    split_characters: Mapping[str, str] = field(default_factory=dict)
    emoji: Mapping[str, str] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)
    syllables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rulebook:
    """All rules and tables. `version` changes with any file; `problems` are files or rules that were left out.

    `patterns` are those that stand in the user's own files, for checking them.
    """

    version: str
    categories: Mapping[str, Category]
    laws: Mapping[str, Law]
    classes: Mapping[str, ProductClass]
    statements: Mapping[str, Statement]
    identifiers: Mapping[str, IdentifierKind]
    contacts: Mapping[str, ContactKind]
    contexts: Mapping[str, Context]
    normalisation: Normalisation
    word_lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    problems: tuple[RuleProblem, ...] = ()
    patterns: tuple[PlacedText, ...] = ()

    @property
    def rules(self) -> tuple[Rule, ...]:
        """All rules by category, in the order of their files."""
        return tuple(rule for category in self.categories.values() for rule in category.rules)
