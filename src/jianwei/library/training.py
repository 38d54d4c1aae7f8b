"""Fine-tuning on a library: its listings become pairs, its pictures are read, the result becomes a model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jianwei.encoders.conversion.importing import ImportOptions, import_model
from jianwei.errors import JianweiError, NotFoundError, SourceError
from jianwei.images.decoding import decode_picture
from jianwei.library.active_models import ActiveModels
from jianwei.library.record_lines import record_lines
from jianwei.training.pairs import TrainingPair
from jianwei.training.running import TrainingData, fine_tune

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from jianwei.encoders.manifest import Manifest
    from jianwei.images.pixels import RgbPixels
    from jianwei.library.facade import Library
    from jianwei.library.views import ListingView, PictureView
    from jianwei.settings import Settings
    from jianwei.training.base import Base
    from jianwei.training.options import TrainingOptions
    from jianwei.training.progress import Moment
    from jianwei.training.running import TrainingReport

_MOST_PICTURES = 4  # of one listing: the gallery shows the product, later pictures mostly show text
_LONGEST_OCR_TEXT = 200  # characters: more is cut off by the models' contexts anyway
_SHORTEST_OCR_TEXT = 4
_MOST_REVIEWS = 100_000


@dataclass(frozen=True, slots=True)
class Adaptation:
    """What is wanted: the name of the new model, the folder of the run, and how.

    `teacher` names a model here, `remote`, or is empty; `dismissed` is a JSONL file of texts that are not true.
    """

    name: str
    out: Path
    options: TrainingOptions
    teacher: str = ""
    dismissed: Path | None = None


@dataclass(frozen=True, slots=True)
class Adapted:
    """A finished training and the model that was made of it."""

    report: TrainingReport
    manifest: Manifest


def training_data(
    library: Library, settings: Settings, *, ocr_texts: bool, dismissed: Path | None = None
) -> TrainingData:
    """Return the pairs of a library: the gallery pictures of each listing that has a title, with title and captions.

    Every picture is read once, so that missing ones are counted before anything is learnt. What reviewers dismissed is
    untrue of a listing, as is what a file of `dismissed` texts says.

    Raises:
        SourceError: the file of dismissed texts cannot be read.
    """
    refuted = dict(_dismissed(dismissed)) if dismissed is not None else {}
    for listing_id, texts in _dismissed_in_reviews(library).items():
        refuted[listing_id] = tuple(dict.fromkeys((*refuted.get(listing_id, ()), *texts)))
    pairs: list[TrainingPair] = []
    readable: dict[str, bool] = {}
    skipped = 0
    for view in library.rows():
        if not view.listing.title.strip():
            continue
        for shown in _gallery(view):
            sha256 = shown.picture.facts.sha256
            if sha256 not in readable:
                readable[sha256] = _is_readable(library, sha256)
            if readable[sha256]:
                pairs.append(_pair(library, view, shown, ocr_texts=ocr_texts, dismissed=refuted))
            else:
                skipped += 1
    return TrainingData(pairs, skipped, lambda sha256: _pixels(library, sha256, settings))


def adapt(
    library: Library,
    base: Base,
    wanted: Adaptation,
    settings: Settings,
    *,
    show: Callable[[Moment], None] = lambda _: None,
) -> Adapted:
    """Fine-tune a base on a library and import the result; a model of the same name is replaced.

    Raises:
        NotFoundError: the teacher is not here.
        TrainingError: as `fine_tune`.
        ModelError: as `fine_tune`, or the name cannot be one.
    """
    from jianwei.encoders.conversion.model_folder import check_name

    check_name(wanted.name)
    data = training_data(library, settings, ocr_texts=wanted.options.ocr_texts, dismissed=wanted.dismissed)
    folder = settings.models_folder
    models = ActiveModels(library.path, settings)
    try:
        followed = models.encoder(models.full_name(wanted.teacher)) if wanted.teacher else None
        report = fine_tune(base, data, wanted.out, wanted.options, models_folder=folder, teacher=followed, show=show)
    finally:
        models.close()
    choices = ImportOptions(source=f"{base.path.name}, fine-tuned", licence=base.licence, replace=True)
    return Adapted(report, import_model(report.folder, models_folder=folder, name=wanted.name, options=choices))


def _gallery(view: ListingView) -> list[PictureView]:
    main = [shown for shown in view.pictures if shown.role == "main"] or list(view.pictures)
    return main[:_MOST_PICTURES]


def _pair(
    library: Library,
    view: ListingView,
    shown: PictureView,
    *,
    ocr_texts: bool,
    dismissed: Mapping[str, tuple[str, ...]],
) -> TrainingPair:
    listing, facts = view.listing, shown.picture.facts
    texts = [listing.title.strip(), *library.captions.of([facts.sha256]).values()]
    if ocr_texts:
        read = " ".join(line.text for line in shown.lines)[:_LONGEST_OCR_TEXT].strip()
        texts += [read] if len(read) >= _SHORTEST_OCR_TEXT else []
    product = f"{listing.platform}:{listing.product_code}" if listing.product_code else listing.listing_id
    untrue = dismissed.get(listing.listing_id, ())
    return TrainingPair(facts.sha256, tuple(texts), product, listing.category, facts.pdq, untrue)


def _is_readable(library: Library, sha256: str) -> bool:
    try:
        library.picture_bytes(sha256)
    except JianweiError:
        return False
    return True


def _pixels(library: Library, sha256: str, settings: Settings) -> RgbPixels:
    data = library.picture_bytes(sha256)
    return decode_picture(data, max_pixels=settings.max_picture_pixels).pixels


def _dismissed_in_reviews(library: Library) -> dict[str, tuple[str, ...]]:
    """Return by listing the names of the categories that people dismissed and that still stand so.

    The words that a rule found do stand on the picture; that they amount to the category is what was untrue.
    """
    found = {}
    reviewed = {item.listing_id for item in library.reviews.recent(_MOST_REVIEWS) if item.decision == "dismiss"}
    for listing_id in sorted(reviewed):
        try:
            verdict = library.reviews.listing(listing_id).verdict
        except NotFoundError:  # the listing is gone
            continue
        known = library.risk.rulebook.categories
        codes = [code for code, status in verdict.categories.items() if status == "dismissed" and code in known]
        if codes:
            found[listing_id] = tuple(known[code].zh for code in codes)
    return found


def _dismissed(path: Path) -> dict[str, tuple[str, ...]]:
    """Return the texts by listing of a JSONL file of {"listing_id": …, "text": …}."""
    found: dict[str, tuple[str, ...]] = {}
    for number, record in record_lines(path):
        listing_id, text = record.get("listing_id"), record.get("text")
        if not isinstance(listing_id, str) or not isinstance(text, str) or not text.strip():
            raise SourceError(
                f'Line {number} of {path} is no {{"listing_id": …, "text": …}} with both as texts.',
                zh=f"{path} 第 {number} 行不是 {{“listing_id”: …, “text”: …}}，两者都应为文本。",
                path=str(path),
                line=number,
            )
        found[listing_id] = (*found.get(listing_id, ()), text.strip())
    return found
