"""Findings, numbers, contacts and codes to rows and back. Nested values are JSON text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jianwei.catalog.stored.values import from_json, from_stored_text, to_json, to_stored_text
from jianwei.ports.findings import (
    CategoryScore,
    Finding,
    FoundContact,
    FoundIdentifier,
    LawCitation,
    Place,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from jianwei.catalog.engine.statements import Row
    from jianwei.records import Quad


def finding_to_row(listing_no: int, finding: Finding) -> Row:
    """Return the columns of a finding, without its number."""
    return (
        listing_no,
        finding.category,
        finding.rule_id,
        finding.severity,
        finding.view,
        to_json(finding.words),
        to_json(finding.seen),
        finding.score,
        places_to_json(finding.places),
        to_json([[law.law, law.version, law.article, law.role] for law in finding.laws]),
        finding.explain,
        finding.explain_zh,
    )


def finding_from_row(row: Row) -> Finding:
    """Return the finding of a whole row."""
    _, _, category, rule_id, severity, view, words, seen, score, places, laws, explain, explain_zh = row
    return Finding(
        category=category,
        rule_id=rule_id,
        severity=severity,
        view=view,
        words=tuple(from_json(words)),
        seen=tuple(from_json(seen)),
        score=score,
        places=places_from_json(places),
        laws=tuple(LawCitation(*law) for law in from_json(laws)),
        explain=explain,
        explain_zh=explain_zh,
    )


def identifier_to_row(listing_no: int, found: FoundIdentifier) -> Row:
    """Return the columns of a number, without its own."""
    return (listing_no, found.kind, to_stored_text(found.value), found.problem, places_to_json(found.places))


def identifier_from_row(row: Row) -> FoundIdentifier:
    """Return the number of a whole row."""
    _, _, kind, value, problem, places = row
    return FoundIdentifier(kind, from_stored_text(value), places_from_json(places), problem)


def contact_to_rows(listing_no: int, found: FoundContact) -> list[Row]:
    """Return one row for each picture that shows a contact, and one for the listing's own text."""
    by_picture: dict[int | None, list[Place]] = {}
    for place in found.places:
        by_picture.setdefault(place.picture_no, []).append(place)
    value = to_stored_text(found.value)
    return [
        (listing_no, found.kind, value, found.public, picture_no, places_to_json(places))
        for picture_no, places in by_picture.items()
    ]


def contacts_from_rows(rows: Iterable[Row]) -> tuple[FoundContact, ...]:
    """Return the contacts of one listing's rows, each value once."""
    merged: dict[tuple[str, str, bool], tuple[Place, ...]] = {}
    for _, _, kind, value, public, _, places in rows:
        key = (kind, from_stored_text(value), bool(public))
        merged[key] = (*merged.get(key, ()), *places_from_json(places))
    return tuple(FoundContact(kind, value, places, public) for (kind, value, public), places in merged.items())


def score_from_row(row: Row) -> CategoryScore:
    """Return the score of a category."""
    return CategoryScore(row[1], row[2], row[3])


def places_to_json(places: Sequence[Place]) -> str:
    """Return places as JSON text."""
    return to_json(
        [[item.field, item.line, item.start, item.end, item.picture_no, item.line_no, item.box] for item in places]
    )


def places_from_json(stored: str) -> tuple[Place, ...]:
    """Return the places of a JSON text."""
    return tuple(
        Place(field, line, start, end, picture_no, line_no, quad_from_json(box))
        for field, line, start, end, picture_no, line_no, box in from_json(stored)
    )


def quad_from_json(value: Any) -> Quad | None:  # noqa: ANN401  # what JSON holds
    """Return a box as it was stored, None for none."""
    return None if value is None else tuple((float(x), float(y)) for x, y in value)  # type: ignore[return-value]
