"""Rules and screenings as JSON objects with stable field names; `docs/cli.md` lists them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from jianwei.export.json_probes import voice_json
from jianwei.risk.law_versions import citations

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jianwei.library.risk import ScreenedListing
    from jianwei.ports.findings import Finding, LawCitation, Place, Screening
    from jianwei.ports.probes import ProbeVoice
    from jianwei.risk.rule_nodes import RuleProblem
    from jianwei.risk.rules import Category, Rule, Rulebook

Json = dict[str, Any]


def rulebook_json(book: Rulebook) -> Json:
    """Return the categories of a rulebook."""
    return {
        "rulebook_version": book.version,
        "categories": [_category_head(book, category) for category in book.categories.values()],
    }


def check_json(book: Rulebook, problems: Sequence[RuleProblem]) -> Json:
    """Return what a check of the rules found."""
    return {
        "rulebook_version": book.version,
        "categories": len(book.categories),
        "rules": len(book.rules),
        "problems": [
            {
                "file": item.place.file,
                "line": item.place.line,
                "column": item.place.column,
                "rule": item.place.rule_id,
                "field": item.place.field,
                "message": item.message,
                "message_zh": item.message_zh,
            }
            for item in problems
        ],
    }


def category_json(book: Rulebook, category: Category) -> Json:
    """Return one category with its rules."""
    return {**_category_head(book, category), "rules": [_rule(rule) for rule in category.rules]}


def screening_json(screening: Screening) -> Json:
    """Return what screening found on one listing. `categories` are the codes suspected, `review` those to look at."""
    return {
        "status": screening.status,
        "score": screening.score,
        "categories": [item.code for item in screening.categories if item.status == "suspected"],
        "review": [item.code for item in screening.categories if item.status == "review"],
        "category_scores": {item.code: item.score for item in screening.categories},
        "words": list(dict.fromkeys(word for finding in screening.findings for word in finding.seen)),
        "findings": [finding_json(finding) for finding in screening.findings],
        "identifiers": [
            {
                "kind": item.kind,
                "value": item.value,
                "problem": item.problem or None,
                "places": places_json(item.places),
            }
            for item in screening.identifiers
        ],
        "contacts": [
            {"kind": item.kind, "value": item.value, "public": item.public, "places": places_json(item.places)}
            for item in screening.contacts
        ],
        "product_classes": list(screening.product_classes),
        "rulebook_version": screening.rulebook_version,
    }


def listing_risk_json(view: ScreenedListing, voices: Sequence[ProbeVoice] = ()) -> Json:
    """Return what was found on one listing of a library; places in pictures name the picture.

    `voices` are what a probe says of it.
    """
    found = screening_json(view.result.screening)
    for item in (*found["findings"], *found["identifiers"], *found["contacts"]):
        for place in item["places"]:
            picture = view.pictures.get(place["picture_no"])
            place["picture"] = None if picture is None else picture.facts.sha256
            place["location"] = None if picture is None else picture.location
    listing = view.listing
    return {
        "id": listing.listing_id,
        "listing_id": listing.listing_id,
        "title": listing.title,
        "shop": listing.shop,
        "url": listing.url,
        "screened_at": view.result.screened_at.isoformat(),
        "probe": [voice_json(voice) for voice in voices],
        **found,
    }


def finding_json(finding: Finding) -> Json:
    """Return one finding."""
    return {
        "category": finding.category,
        "rule": finding.rule_id,
        "severity": finding.severity,
        "score": finding.score,
        "view": finding.view,
        "words": list(finding.words),
        "seen": list(finding.seen),
        "explain": finding.explain,
        "explain_zh": finding.explain_zh,
        "laws": [law_json(law) for law in finding.laws],
        "places": places_json(finding.places),
    }


def _category_head(book: Rulebook, category: Category) -> Json:
    today = datetime.now(UTC).date()
    return {
        "code": category.code,
        "zh": category.zh,
        "en": category.en,
        "severity": category.severity,
        "penalty": category.penalty_en,
        "penalty_zh": category.penalty_zh,
        "monitor_codes": list(category.monitor_codes),
        "rule_count": len(category.rules),
        "laws": [law_json(law) for law in citations(category.law, book.laws, today)],
    }


def _rule(rule: Rule) -> Json:
    return {
        "id": rule.rule_id,
        "severity": rule.severity,
        "weight": rule.weight,
        "fields": list(rule.fields),
        "phrases": list(rule.words.phrases),
        "patterns": list(rule.words.patterns),
        "evasion": rule.evasion,
        "excuses": [context.why for context in rule.excuses],
        "needs": [context.why for context in rule.needs],
        "match": [example.text for example in rule.match],
        "clear": [example.text for example in rule.clear],
    }


def law_json(law: LawCitation) -> Json:
    """Return one article."""
    return {"law": law.law, "version": law.version, "article": law.article, "role": law.role}


def places_json(places: Sequence[Place]) -> list[Json]:
    """Return where words stand."""
    return [
        {
            "field": place.field,
            "line": place.line,
            "span": [place.start, place.end],
            "picture_no": place.picture_no,
            "line_no": place.line_no,
            "box": None if place.box is None else [list(corner) for corner in place.box],
        }
        for place in places
    ]
