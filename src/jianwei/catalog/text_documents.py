"""What full text search sees of a listing: its own fields and everything that its pictures say, in page order."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from jianwei.catalog.late_statements import LateStatements
from jianwei.catalog.stored_values import from_microseconds, from_stored_text, pairs_from_json
from jianwei.records import TextDocument

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from jianwei.catalog import queries
    from jianwei.catalog.statements import Row, Session
    from jianwei.records import Pairs
else:
    queries = LateStatements("jianwei.catalog.queries")


def read_text_documents(session: Session, listing_nos: Sequence[int]) -> list[TextDocument]:
    """Return the documents of the listings that exist among the given ones, by ascending number.

    The session needs a snapshot, as three statements have to see the same state.
    """
    ordered = sorted(set(listing_nos))
    ocr = _lines_by_listing(session.rows_for(queries.document_ocr_lines, ordered))
    captions = _lines_by_listing(session.rows_for(queries.document_captions, ordered))
    return [
        _document(row, ocr.get(row[0], ()), captions.get(row[0], ()))
        for row in session.rows_for(queries.document_fields, ordered)
    ]


def _lines_by_listing(rows: Iterable[Row]) -> dict[int, list[str]]:
    """Return the texts of (listing_no, place, picture_no, text); a picture shown twice on a page speaks once."""
    lines: dict[int, list[str]] = defaultdict(list)
    first_place: dict[tuple[int, int], int] = {}
    for listing_no, place, picture_no, text in rows:
        if text and first_place.setdefault((listing_no, picture_no), place) == place:
            lines[listing_no].append(from_stored_text(text))
    return lines


def _document(row: Row, ocr: Sequence[str], captions: Sequence[str]) -> TextDocument:
    listing_no, title, intro, spec, platform, shop, category, price, captured_at_us = row
    return TextDocument(
        listing_no=listing_no,
        title=from_stored_text(title),
        spec=(*_pair_lines(pairs_from_json(intro)), *_pair_lines(pairs_from_json(spec))),
        ocr=tuple(ocr),
        caption=tuple(captions),
        platform=from_stored_text(platform),
        shop=from_stored_text(shop),
        category=from_stored_text(category),
        price=price,
        captured_at=None if captured_at_us is None else from_microseconds(captured_at_us),
    )


def _pair_lines(pairs: Pairs) -> list[str]:
    lines = (f"{name} {value}".strip() for name, value in pairs)
    return [line for line in lines if line]
