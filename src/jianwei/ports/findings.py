"""What screening finds, as records."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import datetime

    from jianwei.records import Quad

RiskStatus = Literal["suspected", "review", "clear"]
"""What screening says of a listing or category: suspected (疑似), to be looked at (待核查), nothing found."""

SUSPECTED_FROM = 0.5
REVIEW_FROM = 0.25

SUREST = 0.99
"""No more is shown to people, however many reasons there are: a lead is no proof."""

FindingField = Literal["title", "spec", "ocr", "caption"]

MODEL_VIEW = "model"
"""The `view` of a finding that no rule but the text model proposes."""


def status_of(score: float) -> RiskStatus:
    """Return what a score of 0..1 means, of one finding as of all of a category together."""
    return "suspected" if score >= SUSPECTED_FROM else "review" if score >= REVIEW_FROM else "clear"


@dataclass(frozen=True, slots=True)
class Place:
    """Where words stand: characters `start` to `end` of one line.

    `field` names the part of the listing; in a picture, `picture_no`, `line_no` (in reading order, from 0) and the
    box of the words say where. `line` is the whole line as it stands.
    """

    field: FindingField
    line: str
    start: int
    end: int
    picture_no: int | None = None
    line_no: int | None = None
    box: Quad | None = None


@dataclass(frozen=True, slots=True)
class LawCitation:
    """One article in the version in force on the day of conduct.

    `role` is prohibition, penalty, interpretation or criminal.
    """

    law: str
    version: str
    article: str
    role: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason to suspect a listing: a rule, the words that it found and where, the law that it rests on.

    `words` are those of the rule, `seen` is how they are written on the listing; `view` tells how the one was read in
    the other (`plain`: as they stand). `score`, 0..1, is how sure this reason alone makes of the category, see
    `status_of`.
    """

    category: str
    rule_id: str
    severity: str
    view: str
    words: tuple[str, ...]
    seen: tuple[str, ...]
    score: float
    places: tuple[Place, ...]
    laws: tuple[LawCitation, ...]
    explain: str
    explain_zh: str


@dataclass(frozen=True, slots=True)
class FoundIdentifier:
    """An approval or registration number, repaired and normalised. `problem` is empty where its form is in order."""

    kind: str
    value: str
    places: tuple[Place, ...]
    problem: str = ""


@dataclass(frozen=True, slots=True)
class FoundContact:
    """A way to reach a seller, normalised. `public` numbers (12315, a producer's label) point to nobody's diversion."""

    kind: str
    value: str
    places: tuple[Place, ...]
    public: bool = False


@dataclass(frozen=True, slots=True)
class CategoryScore:
    """How sure the findings of one category make of it, 0..1."""

    code: str
    score: float
    status: RiskStatus


@dataclass(frozen=True, slots=True)
class Screening:
    """All that screening says of one listing. `categories` by score, those that are clear left out."""

    status: RiskStatus
    score: float
    categories: tuple[CategoryScore, ...]
    findings: tuple[Finding, ...]
    identifiers: tuple[FoundIdentifier, ...]
    contacts: tuple[FoundContact, ...]
    product_classes: tuple[str, ...]
    rulebook_version: str


@dataclass(frozen=True, slots=True)
class ListingScreening:
    """The screening of one listing as it is stored."""

    listing_no: int
    screening: Screening
    screened_at: datetime
