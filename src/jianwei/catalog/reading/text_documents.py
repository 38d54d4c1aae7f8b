"""What full text search sees of a listing: its own fields and everything that its pictures say, in page order."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, TypeAlias

from jianwei.catalog.engine.late_statements import LateStatements
from jianwei.catalog.stored.values import from_microseconds, from_stored_text, pairs_from_json
from jianwei.records import TextDocument

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from jianwei.catalog.engine.statements import Row, Session
    from jianwei.catalog.tables import queries
    from jianwei.records import Pairs

    _Line: TypeAlias = tuple[str, tuple[int, int]]
else:
    queries = LateStatements("jianwei.catalog.tables.queries")


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


def _lines_by_listing(rows: Iterable[Row]) -> dict[int, list[_Line]]:
    """Return the lines of (listing_no, place, picture_no, text, line_no).

    A picture shown twice on a page speaks once.
    """
    lines: dict[int, list[_Line]] = defaultdict(list)
    first_place: dict[tuple[int, int], int] = {}
    for listing_no, place, picture_no, text, line_no in rows:
        if text and first_place.setdefault((listing_no, picture_no), place) == place:
            lines[listing_no].append((from_stored_text(text), (picture_no, line_no)))
    return lines


def _document(row: Row, ocr: Sequence[_Line], captions: Sequence[_Line]) -> TextDocument:
    listing_no, title, intro, spec, platform, shop, category, price, captured_at_us, picture_no = row
    return TextDocument(
        listing_no=listing_no,
        title=from_stored_text(title),
        spec=(*_pair_lines(pairs_from_json(intro)), *_pair_lines(pairs_from_json(spec))),
        ocr=tuple(text for text, _ in ocr),
        caption=tuple(text for text, _ in captions),
        platform=from_stored_text(platform),
        shop=from_stored_text(shop),
        category=from_stored_text(category),
        price=price,
        captured_at=None if captured_at_us is None else from_microseconds(captured_at_us),
        ocr_places=tuple(place for _, place in ocr),
        picture_no=picture_no or 0,
    )


def _pair_lines(pairs: Pairs) -> list[str]:
    lines = (f"{name} {value}".strip() for name, value in pairs)
    return [line for line in lines if line]
