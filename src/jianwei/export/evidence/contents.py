"""What an evidence package holds of one listing: texts as JSON, originals, and pictures with places marked."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from jianwei.bilingual import Both
from jianwei.errors import NotFoundError, PictureError
from jianwei.export.json_opinions import opinion_json
from jianwei.export.json_risk import listing_risk_json
from jianwei.export.json_values import listing_json
from jianwei.export.marked_pictures import marked_png
from jianwei.export.uploaded_places import place_teller, told_listing, told_pictures

if TYPE_CHECKING:
    from jianwei.export.uploaded_places import TellPlace
    from jianwei.library import Library
    from jianwei.library.opinions import ListingOpinion
    from jianwei.library.reviews import ReviewedListing
    from jianwei.library.views import ListingView, PictureView
    from jianwei.ports.reviews import Review
    from jianwei.records import Quad

_ENDINGS = {"jpeg": "jpg", "mpo": "jpg", "tiff": "tif"}


@dataclass(frozen=True, slots=True)
class EvidencePicture:
    """One picture of the listing. `data` and `marked` are None where the original cannot be had; `problem` says why.

    `marked` is a PNG with a frame around each place that a finding names; None where none does.
    """

    number: int
    view: PictureView
    data: bytes | None
    marked: bytes | None
    problem: Both | None = None

    @property
    def stem(self) -> str:
        """The name of its files without an ending: place, role and hash."""
        return f"{self.number:02}-{self.view.role}-{self.view.picture.facts.sha256[:12]}"

    @property
    def file_name(self) -> str:
        """The name of the original inside the package."""
        kind = self.view.picture.facts.format.lower()
        return f"{self.stem}.{_ENDINGS.get(kind, kind)}"


@dataclass(frozen=True, slots=True)
class EvidenceContents:
    """All of one listing. `reviewed` is None where it was never screened, `opinion` where no model was asked."""

    view: ListingView
    reviewed: ReviewedListing | None
    history: tuple[Review, ...]
    pictures: tuple[EvidencePicture, ...]
    opinion: ListingOpinion | None = None

    @property
    def rulebook_version(self) -> str:
        """The version of the rules that screened it; empty where none did."""
        return "" if self.reviewed is None else self.reviewed.screened.result.screening.rulebook_version


def gather(library: Library, listing_id: str, *, max_pixels: int, tell: TellPlace | None = None) -> EvidenceContents:
    """Collect everything of a listing; pictures whose original is gone or broken are told, not left out.

    `tell` tells where pictures lie; left out, whole places but for those of uploads.

    Raises:
        NotFoundError: there is no such listing.
    """
    tell = tell or place_teller(library.path)
    view = told_listing(library.show(listing_id), tell)
    reviewed = _reviewed(library, listing_id, tell)
    places = _places_by_hash(reviewed)
    pictures = [
        _picture(library, number, picture, places.get(picture.picture.facts.sha256, []), max_pixels, tell)
        for number, picture in enumerate(view.pictures, start=1)
    ]
    number = view.listing.listing_no
    opinion = library.opinions.of([number]).get(number)
    if opinion is not None:
        opinion = replace(opinion, pictures=told_pictures(opinion.pictures, tell))
    return EvidenceContents(view, reviewed, tuple(library.reviews.history(listing_id)), tuple(pictures), opinion)


def listing_document(contents: EvidenceContents) -> dict[str, Any]:
    """Return the listing with all text read in its pictures."""
    return dict(listing_json(contents.view))


def findings_document(contents: EvidenceContents) -> dict[str, Any]:
    """Return what was found, what people decided, and apart from both what a model makes of it."""
    decisions = [
        {
            "category": review.category,
            "decision": review.decision,
            "reason": review.reason,
            "reviewer": review.reviewer,
            "assignee": review.assignee,
            "decided_at": review.decided_at.isoformat(),
        }
        for review in contents.history
    ]
    if contents.reviewed is None:
        return {"screened": False, "decisions": decisions, "second_opinion": opinion_json(contents.opinion)}
    verdict = contents.reviewed.verdict
    return {
        "screened": True,
        "verdict": {"status": verdict.status, "score": verdict.score, "categories": dict(verdict.categories)},
        "screening": listing_risk_json(contents.reviewed.screened),
        "decisions": decisions,
        "second_opinion": opinion_json(contents.opinion),
    }


def _reviewed(library: Library, listing_id: str, tell: TellPlace) -> ReviewedListing | None:
    try:
        reviewed = library.reviews.listing(listing_id)
    except NotFoundError:
        return None  # it was never screened; the package says so
    screened = reviewed.screened
    return replace(reviewed, screened=replace(screened, pictures=told_pictures(screened.pictures, tell)))


def _places_by_hash(reviewed: ReviewedListing | None) -> dict[str, list[Quad]]:
    places: dict[str, list[Quad]] = {}
    if reviewed is None:
        return places
    pictures = reviewed.screened.pictures
    for finding in reviewed.screened.result.screening.findings:
        for place in finding.places:
            picture = None if place.picture_no is None else pictures.get(place.picture_no)
            if picture is not None and place.box is not None:
                places.setdefault(picture.facts.sha256, []).append(place.box)
    return places


def _picture(
    library: Library, number: int, view: PictureView, places: list[Quad], max_pixels: int, tell: TellPlace
) -> EvidencePicture:
    try:
        data = library.picture_bytes(view.picture.facts.sha256)
        marked = marked_png(data, places, max_pixels=max_pixels) if places else None
    except PictureError as error:
        problem = Both(tell(error.text("en")), tell(error.text("zh")))
        return EvidencePicture(number, view, None, None, problem)
    return EvidencePicture(number, view, data, marked)
