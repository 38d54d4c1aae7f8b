"""How a listing's text is laid down in Tantivy: the fields, their tokens, and the version that names this layout.

Each text field is kept twice: `words` (search-mode words, for ranking) and `grams` (every character and every two
neighbouring characters with their positions, so that any part of a line is found, also with one character unknown).
`sound_pairs` holds every two neighbouring syllables of everything but captions, each once, for words that are written
with other characters of the same sound.
Tokens are made here and only joined by spaces for Tantivy, whose own n-grams carry no positions. How queries use these
fields is in `query.py`.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from math import isnan
from operator import add
from typing import TYPE_CHECKING, NamedTuple, get_args

from jianwei.text.fold import fold_text
from jianwei.text.query_syntax import QueryField
from jianwei.text.segment import cut_words
from jianwei.text.sound import sound_pairs

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import tantivy

    from jianwei.records import TextDocument

SCHEMA_VERSION = "text-4"
"""Changes whenever folding, cutting, these fields or the rows beside them change; an index of another version is
rebuilt."""

SOUND_PAIRS = "sound_pairs"
WRITTEN_FIELDS: tuple[QueryField, ...] = tuple(field for field in get_args(QueryField) if field != "sound")
LISTING_NO = "listing_no"
PRICE = "price"
CAPTURED_AT = "captured_at_us"
EXACT_FIELDS = ("platform", "shop", "category")

_TOKENIZER = "joined"
_GAP = "\x03"
"""Takes up one position and is then removed: it keeps phrases from running over the end of a line."""

_GAPS = (_GAP, _GAP)
"""Neighbours stand 2 places apart inside a line and 3 across lines, so that no phrase, with or without one unknown
character (4 places), fits across."""

_INNER_SPACE = "\x01"
INNER_BREAK = "\x02"
"""White space inside a line, written so that it does not end a token; folded text holds no control characters."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def words_field(field: QueryField) -> str:
    """Return the name of the field that holds the words of `field`."""
    return field + "_words"


def grams_field(field: QueryField) -> str:
    """Return the name of the field that holds the character pairs of `field`."""
    return field + "_grams"


COLUMNS = {name(field): place for place, field in enumerate(WRITTEN_FIELDS) for name in (words_field, grams_field)}
"""Which of the written fields an index field belongs to."""


@lru_cache(maxsize=1)
def build_schema() -> tantivy.Schema:
    """Return the schema of an index of this version."""
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_integer_field(LISTING_NO, indexed=True, fast=True)  # unsigned ones are not found by deletes (0.27)
    builder.add_float_field(PRICE, fast=True)
    builder.add_integer_field(CAPTURED_AT, fast=True)
    for name in EXACT_FIELDS:
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for field in WRITTEN_FIELDS:
        builder.add_text_field(words_field(field), tokenizer_name=_TOKENIZER, index_option="freq")
        builder.add_text_field(grams_field(field), tokenizer_name=_TOKENIZER, index_option="position")
    builder.add_text_field(SOUND_PAIRS, tokenizer_name=_TOKENIZER, index_option="basic")
    return builder.build()


def register_tokenizer(index: tantivy.Index) -> None:
    """Give an opened index the tokenizer that its schema names; Tantivy does not store it."""
    import tantivy

    splitter = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace())
    index.register_tokenizer(_TOKENIZER, splitter.filter(tantivy.Filter.custom_stopword([_GAP])).build())


def gram_tokens(folded: str) -> list[str]:
    """Return the tokens of one folded line: character i at place 2 i, characters i and i + 1 together at 2 i + 1."""
    line = folded.replace(" ", _INNER_SPACE).replace("\n", INNER_BREAK)
    tokens = [""] * (2 * len(line) - 1)
    tokens[::2] = line
    tokens[1::2] = map(add, line, line[1:])
    return tokens


def gram_phrase(folded: str) -> list[tuple[int, str]]:
    """Return the fewest tokens, with their places, that stand together exactly where a line contains `folded`."""
    tokens = gram_tokens(folded)
    if len(folded) < 2:
        return list(enumerate(tokens))
    starts = [*range(0, len(folded) - 1, 2)]
    if len(folded) % 2:
        starts.append(len(folded) - 2)
    return [(2 * start + 1, tokens[2 * start + 1]) for start in starts]


def microseconds(moment: datetime) -> int:
    """Return the microseconds since 1970 of a time with a zone."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


class WrittenField(NamedTuple):
    """What a listing says in one field, folded: its lines, which lines of it they are, and their words, each once.

    Lines that say nothing when folded are left out.
    """

    lines: list[str]
    numbers: list[int]
    words: set[str]


def written_fields(document: TextDocument) -> dict[QueryField, WrittenField]:
    """Return what a listing says, of the fields in which it says anything."""
    texts = {"title": (document.title,), "spec": document.spec, "ocr": document.ocr, "caption": document.caption}
    written: dict[QueryField, WrittenField] = {}
    for field in WRITTEN_FIELDS:
        folded = [(line, number) for number, line in enumerate(map(fold_text, texts[field])) if line]
        if folded:
            lines = [line for line, _ in folded]
            written[field] = WrittenField(lines, [number for _, number in folded], set(cut_words("\n".join(lines))))
    return written


def build_document(document: TextDocument, written: Mapping[QueryField, WrittenField]) -> tantivy.Document:
    """Return what Tantivy stores of one listing that says what is `written`."""
    import tantivy

    built = tantivy.Document()
    built.add_integer(LISTING_NO, document.listing_no)
    if document.price is not None and not isnan(document.price):
        built.add_float(PRICE, document.price)
    if document.captured_at is not None:
        built.add_integer(CAPTURED_AT, microseconds(document.captured_at))
    for name, value in zip(EXACT_FIELDS, (document.platform, document.shop, document.category), strict=True):
        built.add_text(name, value)
    for field, said in written.items():
        _add_lines(built, field, said)
    built.add_text(SOUND_PAIRS, " ".join({pair for line in _spoken_lines(document) for pair in sound_pairs(line)}))
    return built


def fields_with_text(document: TextDocument) -> set[QueryField]:
    """Return the fields in which a listing has something to look for."""
    lines = {"title": (document.title,), "spec": document.spec, "ocr": document.ocr, "caption": document.caption}
    used = {field for field, texts in lines.items() if any(texts)}
    if any(map(sound_pairs, _spoken_lines(document))):
        used.add("sound")
    return used  # type: ignore[return-value]  # the five names above


def _spoken_lines(document: TextDocument) -> Iterator[str]:
    return map(fold_text, (document.title, *document.spec, *document.ocr))


def _add_lines(built: tantivy.Document, field: QueryField, said: WrittenField) -> None:
    built.add_text(words_field(field), " ".join(said.words))  # once each: repeating a word earns nothing
    grams: list[str] = []
    for line in said.lines:
        grams += gram_tokens(line)
        grams += _GAPS
    built.add_text(grams_field(field), " ".join(grams))
