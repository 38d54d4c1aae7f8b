"""Words in a Milvus beside the embedded index: how far its BM25 goes, and what a query asks that it cannot answer.

    python benchmarks/milvus_text.py [LISTINGS] [FILE.db]

Milvus gets the words that our own segmenter cuts, of title, specifications and recognised text in one field, and ranks
by its own BM25 function. Jianwei does not use it: this measures whether it could. Takes
about two minutes with 3,000.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from jianwei.indexes.text.text_index import TantivyTextIndex
from jianwei.records import Filters
from jianwei.text.fold import fold_text
from jianwei.text.segment import cut_words
from synthetic_listings import make_listings, make_questions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jianwei.records import TextDocument

_DEPTH = 10
_QUESTIONS = 10  # of each kind: Milvus Lite takes seconds for one
_MOST_BYTES = 65_535  # the longest VARCHAR of Milvus
_BATCH = 500


def main() -> None:
    """Fill both, ask both, print overlap, times and what Milvus finds of substrings."""
    listings = make_listings(int(sys.argv[1]) if len(sys.argv) > 1 else 3000)
    kinds = make_questions(listings)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        embedded = TantivyTextIndex.create(Path(folder) / "text")
        embedded.apply(listings, deleted=(), sequence=1)
        client = _filled(sys.argv[2] if len(sys.argv) > 2 else str(Path(folder) / "lite.db"), listings)
        kinds.pop("filtered")  # filters are another matter
        for kind, questions in kinds.items():
            _compare(kind, [(question.text, question.node) for question in questions[:_QUESTIONS]], embedded, client)
        client.drop_collection("texts")


def _filled(uri: str, listings: Sequence[TextDocument]) -> Any:  # noqa: ANN401  # pymilvus is untyped to us
    import pymilvus

    client = pymilvus.MilvusClient(uri)
    types, kinds = pymilvus.DataType, pymilvus.FunctionType
    schema = client.create_schema(auto_id=False)
    schema.add_field("id", types.INT64, is_primary=True)
    schema.add_field(
        "words",
        types.VARCHAR,
        max_length=_MOST_BYTES,
        enable_analyzer=True,
        analyzer_params={"tokenizer": "standard"},  # parts at spaces; Milvus Lite has no "whitespace"
    )
    schema.add_field("bm25", types.SPARSE_FLOAT_VECTOR)
    schema.add_function(
        pymilvus.Function(
            name="bm25", function_type=kinds.BM25, input_field_names=["words"], output_field_names=["bm25"]
        )
    )
    index = client.prepare_index_params()
    index.add_index("bm25", index_type="SPARSE_INVERTED_INDEX", metric_type="BM25")
    client.create_collection("texts", schema=schema, index_params=index, consistency_level="Strong")
    started = time.perf_counter()
    for start in range(0, len(listings), _BATCH):
        client.insert(
            "texts", [{"id": one.listing_no, "words": _words(one)} for one in listings[start : start + _BATCH]]
        )
    print(f"Milvus filled in {time.perf_counter() - started:.1f} s")
    return client


def _words(document: TextDocument) -> str:
    text = "\n".join(map(fold_text, (document.title, *document.spec, *document.ocr)))
    return " ".join(cut_words(text)).encode()[:_MOST_BYTES].decode(errors="ignore")


def _compare(kind: str, questions: Sequence[tuple[str, Any]], embedded: TantivyTextIndex, client: Any) -> None:  # noqa: ANN401
    shared, found, ours_ms, theirs_ms = [], [], [], []
    for text, node in questions:
        start = time.perf_counter()
        hits = embedded.search(node, fields=("title", "spec", "ocr"), filters=Filters(), limit=_DEPTH)
        ours_ms.append((time.perf_counter() - start) * 1000)
        start = time.perf_counter()
        words = " ".join(cut_words(fold_text(text)))
        answer = client.search("texts", data=[words], anns_field="bm25", limit=_DEPTH, output_fields=["id"])[0]
        theirs_ms.append((time.perf_counter() - start) * 1000)
        ours, theirs = {hit.listing_no for hit in hits}, {int(hit["id"]) for hit in answer}
        if ours:
            shared.append(len(ours & theirs) / len(ours))
            found.append(bool(theirs))
    print(
        f"{kind}: {np.mean(shared):.2f} of our best {_DEPTH} are among those of Milvus, which finds nothing for "
        f"{1 - np.mean(found):.0%}; median {statistics.median(ours_ms):.2f} ms here, "
        f"{statistics.median(theirs_ms):.1f} ms there"
    )


if __name__ == "__main__":
    main()
