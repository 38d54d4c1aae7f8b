"""Measures how well product titles find the pictures of their product, by the text in the pictures alone.

    python benchmarks/retrieval_quality.py                       # ingests the pictures first (minutes)
    python benchmarks/retrieval_quality.py --library /tmp/pictures-library   # keeps the library for the next run

The queries are the titles of `queries.jsonl` beside the pictures; titles are hidden from the index, each picture is
a listing of its own. The peer is the classic recipe, Whoosh with jieba's analyser and BM25F, on the very same OCR
text. A title belongs to a product, not to each of its pictures, so no method reaches 1: the figures rank methods
against each other. Intervals are 95 % of 2,000 bootstrap samples over the queries. Then `jianwei evaluate` sets every
fusion beside every single channel, and the last line tells whether the default is worse than its best channel. The peer
folds nothing away; beside it stands our list as `--queries` gives it, whole unless nothing in it is relevant. What
folding weak hits away costs is told above it as `default, folded`.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

from jianwei import Library
from jianwei.evaluation.running import LEADING
from jianwei.metrics.ranked import ndcg_at_k, recall_at_k, reciprocal_rank
from jianwei.search.request import SearchRequest
from picture_folder import picture_folder, sha256_of

if TYPE_CHECKING:
    from collections.abc import Callable

_DEPTH = 100


def load_queries(folder: Path) -> list[tuple[str, set[str]]]:
    """Return (text, hashes of the relevant pictures)."""
    lines = (folder / "queries.jsonl").read_text(encoding="utf-8").splitlines()
    queries = [json.loads(line) for line in lines]
    return [(query["text"], {sha256_of(folder / name) for name in query["relevant"]}) for query in queries]


def our_search(library: Library) -> Callable[[str], list[str]]:
    def search(text: str) -> list[str]:
        request = SearchRequest(plain(text), limit=_DEPTH, keep_weak=True, fold=False)
        hits = library.answer(request).hits
        return [hit.picture.picture.facts.sha256 for hit in hits if hit.picture is not None]

    return search


def plain(text: str) -> str:
    """Return a title without the signs of the query language, as a person would paste it."""
    return " ".join(text.replace('"', " ").replace("(", " ").replace(")", " ").split())


def has_whoosh() -> bool:
    try:
        import jieba.analyse
        import whoosh  # noqa: F401  # only whether it is here
    except ImportError:
        return False
    return hasattr(jieba.analyse, "ChineseAnalyzer")  # only where Whoosh was importable first


def whoosh_search(texts: dict[str, str], folder: Path) -> Callable[[str], list[str]]:
    from jieba.analyse import ChineseAnalyzer
    from whoosh import fields, index, qparser

    schema: Any = fields.Schema(key=fields.ID(stored=True), text=fields.TEXT(analyzer=ChineseAnalyzer()))
    built = index.create_in(str(folder), schema)
    writer = built.writer()
    for key, text in texts.items():
        writer.add_document(key=key, text=text)
    writer.commit()
    searcher = built.searcher()
    parser = qparser.QueryParser("text", schema, group=qparser.OrGroup)

    def search(text: str) -> list[str]:
        return [hit["key"] for hit in searcher.search(parser.parse(plain(text)), limit=_DEPTH)]

    return search


def evaluate(search: Callable[[str], list[str]], queries: list[tuple[str, set[str]]]) -> dict[str, list[float]]:
    ranked = [(search(text), relevant) for text, relevant in queries]
    return {
        "recall@10": [recall_at_k(items, relevant, 10) for items, relevant in ranked],
        "MRR": [reciprocal_rank(items, relevant) for items, relevant in ranked],
        "nDCG@10": [ndcg_at_k(items, dict.fromkeys(relevant, 1.0), 10) for items, relevant in ranked],
    }


def ways_to_search(library: Library, queries: Path) -> bool:
    """Print every fusion beside every channel; tell whether the default holds against its best channel."""
    ways = library.evaluation.run(queries).variants
    print(f"\n{'way to search':28}{LEADING:>9}  95 %           MRR  recall@10  against default      p")
    for way in ways:
        leading, against = way.metrics[LEADING], way.against_default.get(LEADING)
        told = f"{against.interval.mean:+.3f} {against.p_value:19.4f}" if against else ""
        spread = f"{leading.low:.3f}–{leading.high:.3f}"
        others = f"{way.metrics['MRR'].mean:.3f} {way.metrics['recall@10'].mean:10.3f}"
        print(f"{way.name:28}{leading.mean:9.3f}  {spread}  {others}           {told}")
    channels = [way for way in ways if way.kind == "channel"]
    best = max(channels, key=lambda way: way.metrics[LEADING].mean)
    behind = best.against_default[LEADING].interval  # above 0 where the channel is better
    holds = behind.low <= 0.0
    print(
        f"the default against its best channel, {best.name}: {0.0 - behind.mean:+.3f} "
        f"({0.0 - behind.high:+.3f}–{0.0 - behind.low:+.3f}): {'not worse' if holds else 'WORSE'} beyond the interval"
    )
    return holds


def interval(values: list[float]) -> tuple[float, float]:
    chance = random.Random(20)
    means = sorted(fmean(chance.choices(values, k=len(values))) for _ in range(2000))
    return means[50], means[1949]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--library", type=Path, help="keep the library of the pictures here")
    options = parser.parse_args()
    folder = picture_folder()
    queries = load_queries(folder)
    with (
        tempfile.TemporaryDirectory() as place,
        Library.open(options.library or Path(place) / "library") as library,
    ):
        library.ingest(folder)
        texts = {
            view.picture.facts.sha256: "\n".join(line.text for line in view.lines)
            for row in library.rows()
            for view in row.pictures
        }
        whoosh_folder = Path(place) / "whoosh"
        whoosh_folder.mkdir()
        holds = ways_to_search(library, folder / "queries.jsonl")
        results = {"Jianwei": evaluate(our_search(library), queries)}
        if has_whoosh():
            results["Whoosh + jieba"] = evaluate(whoosh_search(texts, whoosh_folder), queries)
        else:
            print("SKIPPED: Whoosh + jieba: not installed; pip install --group bench")
    print(f"\n{len(queries)} queries over {len(texts)} pictures")
    for metric in ("recall@10", "MRR", "nDCG@10"):
        for name, values in results.items():
            low, high = interval(values[metric])
            print(f"{metric:10} {name:15} {fmean(values[metric]):.3f}  ({low:.3f}–{high:.3f})")
        if "Whoosh + jieba" not in results:
            continue
        gains = [a - b for a, b in zip(results["Jianwei"][metric], results["Whoosh + jieba"][metric], strict=True)]
        low, high = interval(gains)
        print(f"{metric:10} {'difference':15} {fmean(gains):+.3f}  ({low:+.3f}–{high:+.3f})")
    if not holds:
        sys.exit("the default fusion is worse than one of its channels")


if __name__ == "__main__":
    main()
