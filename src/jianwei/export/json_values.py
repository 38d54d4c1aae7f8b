"""Turn the library's answers into the objects of `json_shapes.py`.

Pure functions, nothing is written here. Numbers stay as they are except box corners, which are rounded to a tenth of
a pixel: OCR is not more exact than that and the output is a third shorter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jianwei.export.json_watches import watch_run_json

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from jianwei.errors import JianweiError, Language
    from jianwei.export import json_shapes as shapes
    from jianwei.ingest.report import EmbedReport, IngestReport
    from jianwei.library.diagnosis import Check
    from jianwei.library.tuning import TuneReport
    from jianwei.library.views import IndexState, LibraryStats, ListingView, PictureView
    from jianwei.records import CaseRecord, Failure, OcrLine, Quad
    from jianwei.search.language_routing import SpaceChoice
    from jianwei.search.results import Highlight, Hit, HitPicture, PictureFold, SearchResult


def listing_json(view: ListingView) -> shapes.ListingJson:
    """Return a listing with its pictures and all text read in them."""
    listing = view.listing
    return {
        "listing_id": listing.listing_id,
        "platform": listing.platform,
        "product_code": listing.product_code,
        "url": listing.url,
        "title": listing.title,
        "price": listing.price,
        "shop": listing.shop,
        "category": listing.category,
        "captured_at": _time(listing.captured_at),
        "intro": [list(pair) for pair in listing.intro],
        "spec": [list(pair) for pair in listing.spec],
        "case": None if listing.case is None else case_json(listing.case),
        "pictures": [picture_json(picture) for picture in view.pictures],
    }


def case_json(case: CaseRecord) -> shapes.CaseJson:
    """Return why a listing is known to be a violation."""
    return {
        "illegal_type": case.illegal_type,
        "keywords": list(case.keywords),
        "basis": case.basis,
        "description": case.description,
    }


def picture_json(view: PictureView) -> shapes.PictureJson:
    """Return a picture in its place on a listing."""
    facts = view.picture.facts
    return {
        "sha256": facts.sha256,
        "location": view.picture.location,
        "role": view.role,
        "position": view.position,
        "format": facts.format,
        "width_px": facts.width_px,
        "height_px": facts.height_px,
        "size_bytes": facts.size_bytes,
        "frames": facts.frames,
        "read": view.read,
        "lines": [_line(line) for line in view.lines],
        "codes": [
            {
                "format": code.format,
                "content": code.content,
                "box": None if code.box is None else [list(corner) for corner in code.box],
            }
            for code in view.codes
        ],
    }


def search_json(result: SearchResult) -> shapes.SearchJson:
    """Return one page of hits."""
    return {
        "total": result.total,
        "folded": result.folded,
        "avoided": result.avoided,
        "in_folds": result.in_folds,
        "min_relevance": result.min_relevance,
        "cursor": result.cursor,
        "elapsed_ms": round(result.elapsed_ms, 3),
        "words_read": list(result.words_read),
        "function_words": list(result.function_words),
        "routing": None if result.routing is None else _routing(result.routing),
        "channels_off": [
            {"channel": off.channel, "reason": off.reason, "reason_zh": off.reason_zh, "command": off.command}
            for off in result.channels_off
        ],
        "hits": [hit_json(hit) for hit in result.hits],
    }


def hit_json(hit: Hit) -> shapes.HitJson:
    """Return one found listing with the reasons for it."""
    listing = hit.listing
    return {
        "rank": hit.rank,
        "listing_id": listing.listing_id,
        "score": hit.score,
        "relevance": hit.relevance,
        "channels": dict(hit.channels.items()),
        "channel_ranks": dict(hit.channel_ranks.items()),
        "query_no": hit.query_no,
        "same_picture_as": hit.same_picture_as,
        "matched_words": list(hit.matched_words),
        "title": listing.title,
        "price": listing.price,
        "shop": listing.shop,
        "platform": listing.platform,
        "category": listing.category,
        "url": listing.url,
        "captured_at": _time(listing.captured_at),
        "is_case": listing.case is not None,
        "picture": None if hit.picture is None else _hit_picture(hit.picture),
        "picture_count": hit.picture_count,
        "highlights": [_highlight(highlight) for highlight in hit.highlights],
        "fold": None if hit.fold is None else _fold(hit.fold),
    }


def _fold(fold: PictureFold) -> shapes.PictureFoldJson:
    return {
        "sha256": fold.picture.facts.sha256,
        "listings": fold.listings,
        "shops": fold.shops,
        "under": [
            {
                "listing_id": item.listing.listing_id,
                "title": item.listing.title,
                "price": item.listing.price,
                "shop": item.listing.shop,
                "platform": item.listing.platform,
                "url": item.listing.url,
                "captured_at": _time(item.listing.captured_at),
                "score": item.score,
                "relevance": item.relevance,
                "sha256": item.picture.facts.sha256,
                "distance": item.distance,
            }
            for item in fold.under
        ],
    }


def _routing(routing: SpaceChoice) -> shapes.RoutingJson:
    return {
        "spaces": list(routing.spaces),
        "language": routing.language,
        "explanation": routing.explanation,
        "explanation_zh": routing.explanation_zh,
    }


def tune_json(report: TuneReport, *, stored: bool) -> shapes.TuneJson:
    """Return what tuning did."""
    return {
        "kinds": [
            {
                "asked": kind.asked,
                "queries": kind.queries,
                "loss_before": round(kind.loss_before, 4),
                "loss_after": round(kind.loss_after, 4),
                "kept": kind.kept,
            }
            for kind in report.kinds
        ],
        "skipped": report.skipped,
        "unknown_ids": report.unknown_ids,
        "min_relevance_before": report.min_relevance_before,
        "min_relevance": report.min_relevance,
        "stored": stored,
    }


def ingest_json(report: IngestReport) -> shapes.IngestJson:
    """Return what one ingest did."""
    return {
        "source": report.source,
        "listings_new": report.listings_new,
        "listings_changed": report.listings_changed,
        "listings_unchanged": report.listings_unchanged,
        "pictures_read": report.pictures_read,
        "pictures_known": report.pictures_known,
        "pictures_failed": report.pictures_failed,
        "failures": [failure_json(failure) for failure in report.failures],
        "elapsed_s": round(report.elapsed_s, 3),
        "interrupted": report.interrupted,
        "dry_run": report.dry_run,
        "nothing_taken": report.nothing_taken,
        "no_picture_had": report.no_picture_had,
        "vectors_added": report.vectors_added,
        "suspected": report.suspected,
        "watches": [watch_run_json(run) for run in report.watches],
    }


def embed_json(report: EmbedReport | None, removed: Sequence[str]) -> shapes.EmbedJson:
    """Return what filling the vector spaces did; None where only spaces were removed."""
    return {
        "spaces": [
            {
                "name": space.name,
                "pictures_added": space.pictures_added,
                "titles_added": space.titles_added,
                "captions_added": space.captions_added,
            }
            for space in (report.spaces if report else ())
        ],
        "removed": list(removed),
        "failures": [failure_json(failure) for failure in (report.failures if report else ())],
        "elapsed_s": round(report.elapsed_s, 3) if report else 0.0,
        "interrupted": report.interrupted if report else False,
    }


def failure_json(failure: Failure) -> shapes.FailureJson:
    """Return one thing that could not be used."""
    return {
        "stage": failure.stage,
        "location": failure.location,
        "listing_id": failure.listing_id,
        "reason": failure.reason,
        "message": failure.message,
        "message_zh": failure.message_zh,
        "transient": failure.transient,
        "happened_at": _time(failure.happened_at),
    }


def stats_json(stats: LibraryStats) -> shapes.StatsJson:
    """Return the counts over a library."""
    catalog = stats.catalog
    return {
        "listings": catalog.listings,
        "pictures": catalog.pictures,
        "pictures_with_text": catalog.pictures_with_text,
        "ocr_lines": catalog.ocr_lines,
        "captions": catalog.captions,
        "vectors": dict(catalog.vectors),
        "cases": catalog.cases,
        "failures": catalog.failures,
        "platforms": dict(catalog.platforms),
        "categories": dict(catalog.categories),
        "indexes": [index_json(index) for index in stats.indexes],
        "size_bytes": dict(stats.size_bytes),
    }


def index_json(index: IndexState) -> shapes.IndexJson:
    """Return the state of one index."""
    return {
        "name": index.name,
        "space": index.space or None,
        "vectors": index.vectors,
        "status": index.status,
        "sequence": index.sequence,
        "catalog_sequence": index.catalog_sequence,
        "size_bytes": index.size_bytes,
    }


def check_json(check: Check) -> shapes.CheckJson:
    """Return one check of this machine."""
    return {
        "name": check.name,
        "status": check.status,
        "summary": check.summary,
        "summary_zh": check.summary_zh,
        "command": check.command,
    }


def error_json(error: JianweiError, language: Language) -> dict[str, object]:
    """Return `{"error": {"code", "message", ...facts}}`; a fact never hides the code or the message."""
    return {"error": {**error.facts, "code": error.code, "message": error.text(language)}}


def _line(line: OcrLine) -> shapes.OcrLineJson:
    return {"text": line.text, "confidence": round(line.confidence, 4), "box": _box(line.box)}


def _hit_picture(picture: HitPicture) -> shapes.HitPictureJson:
    facts = picture.picture.facts
    return {
        "sha256": facts.sha256,
        "location": picture.picture.location,
        "role": picture.role,
        "width_px": facts.width_px,
        "height_px": facts.height_px,
        "distance": picture.distance,
        "highlights": [_highlight(highlight) for highlight in picture.highlights],
    }


def _highlight(highlight: Highlight) -> shapes.HighlightJson:
    return {
        "field": highlight.field,
        "text": highlight.text,
        "spans": [list(span) for span in highlight.spans],
        "line_box": None if highlight.line_box is None else _box(highlight.line_box),
        "boxes": [_box(box) for box in highlight.boxes],
    }


def _box(quad: Quad) -> shapes.Box:
    return [[round(float(x), 1), round(float(y), 1)] for x, y in quad]


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
