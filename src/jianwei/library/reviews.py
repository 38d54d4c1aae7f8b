"""`library.reviews`: what people decide about findings, who and when, and what is remembered of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, get_args

from jianwei.bilingual import Both
from jianwei.errors import ConflictError, NotFoundError, QueryError
from jianwei.library.paging import check_page
from jianwei.ports.opinions import OpinionFinding
from jianwei.ports.reviews import WHOLE_LISTING, Decision, Review
from jianwei.records import CaseRecord
from jianwei.risk.verdict import judge, marks_of
from jianwei.wall_clock import to_the_minute

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from jianwei.catalog.findings.review_store import SqlReviews
    from jianwei.library.opinions import ListingOpinion
    from jianwei.library.risk import LibraryRisk, ScreenedListing
    from jianwei.ports.findings import Finding
    from jianwei.ports.probes import ProbeVoice
    from jianwei.risk.rules import Category
    from jianwei.risk.verdict import Verdict

_BATCH = 200
_DECIDED: dict[Decision, Both] = {
    "confirm": Both("confirmed", "确认"),
    "dismiss": Both("dismissed", "排除"),
    "assign": Both("assigned", "指派"),
    "reopen": Both("reopened", "重新打开"),
}


@dataclass(frozen=True, slots=True)
class ReviewedListing:
    """One listing with what was found, what people decided (by category), and what stands after both."""

    screened: ScreenedListing
    decisions: Mapping[str, Review]
    verdict: Verdict

    @property
    def seen(self) -> int:
        """The number of the newest decision: what whoever looks at this has seen."""
        return max((review.review_no for review in self.decisions.values()), default=0)

    @property
    def assignee(self) -> str:
        """Who is to look at it, empty for nobody in particular."""
        assigned = [review for review in self.decisions.values() if review.decision == "assign"]
        return max(assigned, key=lambda review: review.review_no).assignee if assigned else ""


class LibraryReviews:
    """The decisions about the findings of one library."""

    def __init__(
        self,
        store: SqlReviews,
        risk: LibraryRisk,
        *,
        voices: Callable[[Sequence[int]], Mapping[int, Sequence[ProbeVoice]]],
        opinions: Callable[[Sequence[int]], Mapping[int, ListingOpinion]],
    ) -> None:
        self._store = store
        self._risk = risk
        self._voices = voices
        self._opinions = opinions

    def decide(
        self,
        listing_id: str,
        decision: Decision,
        *,
        reviewer: str,
        category: str = WHOLE_LISTING,
        reason: str = "",
        assignee: str = "",
        remember: bool = True,
        seen: int | None = None,
    ) -> Review:
        """Record what a person decides about a listing, or about one category of what was found on it.

        A confirmation makes the listing a known case at once; it stays one while any confirmation stands, and is none
        any more when all were dismissed or reopened. A dismissal needs a reason; unless `remember` is off, the
        pictures and lines that it is about do not raise the same category again, here or elsewhere. `seen` is the
        number of the newest decision about the listing that the person had before them (0 for none): if another about
        the same category or the whole listing came meanwhile, nothing is recorded.

        Raises:
            NotFoundError: there is no such listing, it was never screened, or nothing of the category was found on it.
            QueryError: the decision is unknown, a dismissal has no reason, or an assignment names nobody.
            ConflictError: somebody else decided meanwhile; names who and when.
            WriterLockedError: another program kept the catalog locked for a long time.
        """
        _check(decision, reviewer=reviewer, reason=reason, assignee=assignee)
        screened = self._risk.listing(listing_id)
        findings = _concerned(screened, category)
        pictures = _hashes(screened)
        marks = marks_of(findings, pictures) if decision == "dismiss" and remember else []
        review = Review(0, listing_id, category, decision, reason.strip(), reviewer, assignee, datetime.now(UTC))
        listing_no = screened.listing.listing_no
        # Read before the transaction, which others wait for.
        names = self._risk.rulebook.categories
        opinion = self._opinions([listing_no]).get(listing_no) if decision == "confirm" and not findings else None
        claims = opinion.findings if opinion is not None else ()
        with self._store.writing_reviews() as writer:
            touched = _touched(screened, category)
            if seen is not None and max(writer.newest(listing_id, code) for code in touched) > seen:
                raise self._overtaken(listing_id, touched)
            if decision != "assign":
                writer.forget(listing_id, category)
            number = writer.add(review, listing_no=listing_no, marks=marks)
            if decision != "assign":
                writer.set_case(listing_no, _case(screened, writer.standing(listing_no), names, claims))
        return Review(number, listing_id, category, decision, review.reason, reviewer, assignee, review.decided_at)

    def history(self, listing_id: str) -> list[Review]:
        """Return all decisions about a listing, oldest first."""
        return self._store.reviews_of(listing_id)

    def recent(self, limit: int = 50, *, reviewer: str = "") -> list[Review]:
        """Return the newest decisions (of one person), newest first."""
        return self._store.recent(limit, reviewer=reviewer)

    def listing(self, listing_id: str) -> ReviewedListing:
        """Return one listing with what was found and decided.

        Raises:
            NotFoundError: there is no such listing, or it was never screened.
        """
        return self.judged([self._risk.listing(listing_id)])[0]

    def of(self, listing_nos: Sequence[int]) -> dict[int, ReviewedListing]:
        """Return many listings with what was found and decided, by `listing_no`; those never screened are missing."""
        return {item.screened.listing.listing_no: item for item in self.judged(list(self._risk.views(listing_nos)))}

    def judged(self, screened: Sequence[ScreenedListing]) -> list[ReviewedListing]:
        """Return screened listings with what people decided about them."""
        decisions = self._store.standing([item.listing.listing_no for item in screened])
        codes = {finding.category for item in screened for finding in item.result.screening.findings}
        marks = self._store.marks(sorted(codes))
        numbers = [item.listing.listing_no for item in screened]
        said, seen = self._voices(numbers), self._opinions(numbers)
        judged = []
        for item in screened:
            of_listing = decisions.get(item.listing.listing_no, {})
            voices = said.get(item.listing.listing_no, ())
            screening, pictures = item.result.screening, _hashes(item)
            opinion = seen.get(item.listing.listing_no)
            verdict = judge(
                screening,
                decisions=of_listing,
                marks=marks,
                pictures=pictures,
                voices=voices,
                opinions=opinion.findings if opinion is not None else (),
            )
            judged.append(ReviewedListing(item, of_listing, verdict))
        return judged

    def queue(
        self, *, categories: Sequence[str] = (), assignee: str | None = None, limit: int = 50, offset: int = 0
    ) -> tuple[list[ReviewedListing], int]:
        """Return the listings that wait for a decision, highest score first, and how many wait before that is judged.

        Those on which rules found nothing and a model sees something come last, where no category is asked for.
        Listings on which everything is covered by remembered dismissals are left out of the page, so it may be
        shorter than `limit`. `assignee` keeps those assigned to somebody; "" those assigned to nobody.

        Raises:
            QueryError: `limit` or `offset` is out of range.
        """
        check_page(limit, offset)
        waiting = self._store.undecided(categories=categories, assignee=assignee)
        page = self.judged(list(self._risk.views(waiting[offset : offset + limit])))
        return [item for item in page if item.verdict.status in {"suspected", "review"}], len(waiting)

    def _overtaken(self, listing_id: str, touched: Collection[str]) -> ConflictError:
        newest = [review for review in self._store.reviews_of(listing_id) if review.category in touched][-1:]
        who = newest[0].reviewer if newest else ""
        when = newest[0].decided_at.isoformat(timespec="seconds") if newest else ""
        what = _DECIDED[newest[0].decision] if newest else Both("changed", "有变化")
        clock = to_the_minute(newest[0].decided_at) if newest else "?"
        return ConflictError(
            f"{listing_id} was decided meanwhile by {who or 'somebody'}: {what.en}, {clock}. "
            "Look at it again, then decide.",
            zh=f"{listing_id} 已由 {who or '他人'} 于 {clock} 作出决定：{what.zh}。请重新查看后再作决定。",
            listing_id=listing_id,
            reviewer=who,
            decision=newest[0].decision if newest else None,
            decided_at=when,
        )


def _case(
    screened: ScreenedListing,
    decisions: Mapping[str, Review],
    names: Mapping[str, Category],
    claims: Sequence[OpinionFinding],
) -> CaseRecord | None:
    """Return what the confirmations in force make of a listing; None where none stands.

    `claims` are those of a model, which say what it is where rules found nothing.
    """
    screening = screened.result.screening
    verdict = judge(screening, decisions=decisions, marks=(), pictures={})
    if verdict.status != "confirmed":
        return None
    confirmed = [item for item in screening.findings if verdict.categories.get(item.category) == "confirmed"]
    newest = max(
        (review for review in decisions.values() if review.decision == "confirm"), key=lambda item: item.review_no
    )
    return _case_record(confirmed or screening.findings or claims, newest.reason, names)


def _case_record(
    findings: Sequence[Finding] | Sequence[OpinionFinding], reason: str, names: Mapping[str, Category]
) -> CaseRecord:
    codes = list(dict.fromkeys(finding.category for finding in findings))
    laws = dict.fromkeys(
        f"{law.law}（{law.version}）{law.article}"
        for finding in findings
        for law in finding.laws
        if law.role == "prohibition"
    )
    seen = dict.fromkeys(
        word for item in findings for word in (item.quotes if isinstance(item, OpinionFinding) else item.seen)
    )
    explained = dict.fromkeys(item.reason if isinstance(item, OpinionFinding) else item.explain_zh for item in findings)
    return CaseRecord(
        illegal_type="、".join(names[code].zh if code in names else code for code in codes),
        keywords=tuple(seen),
        basis="；".join(laws),
        description=reason.strip() or " ".join(explained),
    )


def _check(decision: str, *, reviewer: str, reason: str, assignee: str) -> None:
    if decision not in get_args(Decision):
        allowed = ", ".join(get_args(Decision))
        raise QueryError(
            f"The decision {decision!r} is not known. Allowed: {allowed}.",
            zh=f"未知的决定“{decision}”。可用：{allowed}。",
            decision=decision,
        )
    if not reviewer.strip():
        raise QueryError("A decision needs the name of who decides.", zh="决定必须注明作出决定的人。")
    if decision == "dismiss" and not reason.strip():
        raise QueryError(
            "A dismissal needs a reason: it is remembered for the same picture and words elsewhere.",
            zh="排除需要说明理由：同样的图片和文字再次出现时会沿用此决定。",
        )
    if decision == "assign" and not assignee.strip():
        raise QueryError("An assignment needs the name of who is to look.", zh="指派需要注明由谁处理。")


def _concerned(screened: ScreenedListing, category: str) -> list[Finding]:
    findings = screened.result.screening.findings
    if category == WHOLE_LISTING:
        return list(findings)
    concerned = [finding for finding in findings if finding.category == category]
    if not concerned:
        listing_id = screened.listing.listing_id
        known = ", ".join(dict.fromkeys(finding.category for finding in findings)) or "nothing"
        raise NotFoundError(
            f"Nothing of the category {category!r} was found on {listing_id}. Found there: {known}.",
            zh=f"{listing_id} 上没有类别为“{category}”的发现。已有：{known}。",
            listing_id=listing_id,
            category=category,
        )
    return concerned


def _touched(screened: ScreenedListing, category: str) -> set[str]:
    """Return the categories whose decisions a decision about one of them, or about all, takes the place of."""
    if category != WHOLE_LISTING:
        return {category, WHOLE_LISTING}
    return {WHOLE_LISTING, *(finding.category for finding in screened.result.screening.findings)}


def _hashes(screened: ScreenedListing) -> dict[int, str]:
    return {number: picture.facts.sha256 for number, picture in screened.pictures.items()}
