"""What is left of a screening after people have decided: their word first, then what nobody has found harmless yet.

A dismissal is remembered by the pictures and lines that it was about. A finding elsewhere in the same category that
stands in such pictures and lines only was seen by a person before and does not count again; one that says a statement
is missing stands nowhere and is never covered. Pure: no store, no clock.
"""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from jianwei.ports.findings import CategoryScore
from jianwei.ports.reviews import WHOLE_LISTING, Mark

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from jianwei.ports.findings import Finding, Place, RiskStatus, Screening
    from jianwei.ports.opinions import OpinionFinding
    from jianwei.ports.probes import ProbeVoice
    from jianwei.ports.reviews import Review

VerdictStatus = Literal["confirmed", "suspected", "review", "dismissed", "clear"]
"""confirmed and dismissed are a person's word; the others are the tool's, and never more than a suspicion (疑似)."""

_ORDER: tuple[VerdictStatus, ...] = ("confirmed", "suspected", "review", "dismissed", "clear")
_LONGEST_LINE = 500


@dataclass(frozen=True, slots=True)
class Verdict:
    """What stands about a listing. `score` is of the open categories, 0..1.

    `covered` are findings that dismissals cover, those of this listing and those remembered from others. `voices` are
    what a probe says, `opinions` what a vision-language model sees and what of it holds; both are heard only where
    rules found nothing and nobody decided, and ask for a look at most. Neither ever takes anything back.
    """

    status: VerdictStatus
    score: float
    categories: Mapping[str, VerdictStatus]
    open_categories: tuple[CategoryScore, ...]
    covered: tuple[Finding, ...]
    voices: tuple[ProbeVoice, ...] = ()
    opinions: tuple[OpinionFinding, ...] = ()


def folded_line(line: str) -> str:
    """Return a line as dismissals remember it: width, case and white space do not matter."""
    # Once more at the end: letters that a blank kept apart may compose, and casefolding undoes compositions.
    plain = "".join(unicodedata.normalize("NFKC", line).casefold().split())
    return unicodedata.normalize("NFKC", plain)[:_LONGEST_LINE]


def marks_of(findings: Collection[Finding], pictures: Mapping[int, str]) -> list[Mark]:
    """Return what a dismissal of findings is remembered by; `pictures` maps picture numbers to SHA-256."""
    return list(
        dict.fromkeys(mark for item in findings for place in item.places for mark in _marks(item, place, pictures))
    )


def judge(
    screening: Screening,
    *,
    decisions: Mapping[str, Review],
    marks: Collection[Mark],
    pictures: Mapping[int, str],
    voices: Sequence[ProbeVoice] = (),
    opinions: Sequence[OpinionFinding] = (),
) -> Verdict:
    """Return the verdict on a screening.

    `decisions` are those in force by category (empty for the whole listing), `marks` what is remembered, `voices` what
    a probe says, `opinions` what a model sees: where everything else is clear, one voice that calls or one opinion
    makes it a listing to be looked at. Where a model sees nothing, nothing changes.
    """
    known = set(marks)
    covered = [item for item in screening.findings if _is_covered(item, known, pictures)]
    states: dict[str, VerdictStatus] = {}
    still_open: list[CategoryScore] = []
    for category in screening.categories:
        decided = _decided(decisions, category.code)
        left = _left(category, screening, covered) if decided is None else None
        states[category.code] = decided or ("dismissed" if left is None else left.status)
        if left is not None:
            still_open.append(left)
    whole = _decided(decisions, WHOLE_LISTING)
    statuses: set[VerdictStatus] = {*states.values(), *([whole] if whole else [])}
    status: VerdictStatus = next((item for item in _ORDER if item in statuses), "clear")
    if status == "clear" and (opinions or any(voice.called for voice in voices)):
        status = "review"
    score = 1.0 - math.prod(1.0 - item.score for item in still_open)
    return Verdict(status, score, states, tuple(still_open), tuple(covered), tuple(voices), tuple(opinions))


def _marks(finding: Finding, place: Place, pictures: Mapping[int, str]) -> Iterator[Mark]:
    if place.picture_no is None:
        yield Mark(finding.category, "line", folded_line(place.line))
    elif place.picture_no in pictures:
        yield Mark(finding.category, "picture", pictures[place.picture_no])


def _is_covered(finding: Finding, known: set[Mark], pictures: Mapping[int, str]) -> bool:
    return bool(finding.places) and all(
        any(mark in known for mark in _marks(finding, place, pictures)) for place in finding.places
    )


def _decided(decisions: Mapping[str, Review], category: str) -> VerdictStatus | None:
    """Return what a person has said of a category, of it alone or with all the rest, whichever came last."""
    said = [decisions[key] for key in {category, WHOLE_LISTING} if key in decisions]
    words: dict[str, VerdictStatus] = {"confirm": "confirmed", "dismiss": "dismissed"}
    final = [review for review in said if review.decision in words or review.decision == "reopen"]
    newest = max(final, key=lambda review: review.review_no, default=None)
    return words.get(newest.decision) if newest is not None else None


def _left(category: CategoryScore, screening: Screening, covered: Collection[Finding]) -> CategoryScore | None:
    """Return a category without its covered findings; None where nothing is left of it."""
    of_category = [item for item in screening.findings if item.category == category.code]
    left = [item for item in of_category if item not in covered]
    if len(left) == len(of_category):
        return category
    if not left:
        return None
    score = min(category.score, 1.0 - math.prod(1.0 - item.score for item in left))
    # Part of what made it suspected was found harmless: a person should look at the rest.
    status: RiskStatus = category.status if score >= category.score else "review"
    return CategoryScore(category.code, score, status)
