"""Which promises of our text index Milvus can keep with its own BM25 and its own Chinese analyser, one by one.

    python benchmarks/milvus_text_promises.py [FILE.db | http://HOST:19530]

The same promises as in `tests/contracts/test_text_index.py`, each on a few listings whose answer is known. What can be
had by a filter or a second request counts as kept. `milvus_text.py` compares order and time on thousands of listings.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

TITLES = {
    1: "芦荟胶囊减肥正品",
    2: "灵芝孢子粉胶囊",
    3: "芦荟面膜补水",
    4: "减肥茶芦荟",
    5: "纯天然蜂胶",
    6: "芦荟面膜补水",
    7: "国家级补肾根治 无效退款",
}


def main() -> None:
    """Fill a collection, try every promise, print what came of it."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        client = filled(sys.argv[1] if len(sys.argv) > 1 else str(Path(folder) / "lite.db"))
        for promise, (attempt, wanted) in PROMISES.items():
            try:
                got = attempt(client)
            except Exception as error:  # noqa: BLE001  # an error of whatever kind means that it cannot be asked
                got = f"{type(error).__name__}: {' '.join(str(error).split())[:90]}"
            print(f"{'kept  ' if got == wanted else 'BROKEN'}  {promise}: {got}, wanted {wanted}")
        client.drop_collection("texts")


def filled(uri: str) -> Any:  # noqa: ANN401  # pymilvus is untyped to us
    """Return a client with a collection of the titles, cut by jieba and scored by BM25."""
    import pymilvus

    types = pymilvus.DataType
    client = pymilvus.MilvusClient(uri)
    schema = client.create_schema(auto_id=False)
    schema.add_field("id", types.INT64, is_primary=True)
    schema.add_field(
        "title",
        types.VARCHAR,
        max_length=1000,
        enable_analyzer=True,
        enable_match=True,
        analyzer_params={"tokenizer": "jieba"},
    )
    schema.add_field("bm25", types.SPARSE_FLOAT_VECTOR)
    kind = pymilvus.FunctionType.BM25
    schema.add_function(
        pymilvus.Function(name="bm25", function_type=kind, input_field_names=["title"], output_field_names=["bm25"])
    )
    index = client.prepare_index_params()
    index.add_index("bm25", index_type="SPARSE_INVERTED_INDEX", metric_type="BM25")
    client.create_collection("texts", schema=schema, index_params=index, consistency_level="Strong")
    client.insert("texts", [{"id": number, "title": title} for number, title in TITLES.items()])
    client.load_collection("texts")
    return client


def best(client: Any, words: str, condition: str = "", limit: int = 10) -> dict[int, float]:  # noqa: ANN401
    """Return numbers and scores of the best by BM25."""
    hits = client.search("texts", data=[words], anns_field="bm25", limit=limit, filter=condition)[0]
    return {int(hit["id"]): round(float(hit["distance"]), 4) for hit in hits}


def passing(client: Any, condition: str) -> list[int]:  # noqa: ANN401
    """Return the numbers that a condition lets pass."""
    return sorted(int(row["id"]) for row in client.query("texts", filter=condition, output_fields=["id"], limit=100))


def scores_agree(client: Any, condition: str) -> bool:  # noqa: ANN401
    """Whether restricted listings have the scores that they have among all."""
    whole, part = best(client, "芦荟 减肥"), best(client, "芦荟 减肥", condition)
    return bool(part) and all(abs(whole[number] - score) < 1e-4 for number, score in part.items())


PROMISES: dict[str, tuple[Callable[[Any], object], object]] = {
    "a word is found": (lambda client: sorted(best(client, "胶囊")), [1, 2]),
    "a substring of two characters is found, with a score": (lambda client: sorted(best(client, "荟胶")), [1]),
    "a substring is found by a condition, without a score": (lambda c: passing(c, "title like '%荟胶%'"), [1]),
    "a single character is found": (lambda client: sorted(best(client, "芦")), [1, 3, 4, 6]),
    "a phrase": (lambda client: passing(client, "phrase_match(title, '芦荟面膜')"), [3, 6]),
    "AND": (lambda client: passing(client, "text_match(title, '芦荟') and text_match(title, '减肥')"), [1, 4]),
    "NOT": (lambda client: passing(client, "text_match(title, '芦荟') and not text_match(title, '减肥')"), [3, 6]),
    "one wrong character is forgiven": (lambda client: sorted(best(client, "蜂胺")), [5]),
    "matches are counted exactly": (
        lambda c: c.query("texts", filter="text_match(title, '芦荟')", output_fields=["count(*)"])[0]["count(*)"],
        4,
    ),
    "a filter leaves scores alone": (lambda client: scores_agree(client, "id > 1"), True),
    "a given listing has the score it has among all": (lambda client: scores_agree(client, "id in [4]"), True),
    "a listing without the words scores nothing": (lambda client: best(client, "芦荟", "id in [2]"), {}),
    "ties come by ascending number": (lambda c: [n for n in best(c, "面膜") if n in (3, 6)], [3, 6]),
    "pages of ties do not overlap": (
        lambda client: sorted(
            int(client.search("texts", data=["面膜"], anns_field="bm25", limit=1, offset=at)[0][0]["id"])
            for at in (0, 1)
        ),
        [3, 6],
    ),
}


if __name__ == "__main__":
    main()
