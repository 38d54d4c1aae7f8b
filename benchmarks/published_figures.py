"""Which figures of the READMEs and of the documentation come from which result (see `published.py`)."""

from __future__ import annotations

from functools import partial

from published import Figure, Figures, Row, Sentence

_INGEST = partial(Figure, "ingest_speed")
_OCR = partial(Figure, "ocr_accuracy", times="100", digits=2)
_QUERY = partial(Figure, "library_query")
_FUSED = partial(Figure, "fused_query")
_TITLES = partial(Figure, "retrieval_quality", digits=3)
_SCREENING = partial(Figure, "screening_speed")
_SERVE = partial(Figure, "serve_load")
_VECTORS = partial(Figure, "vector_search")
_RECALL = partial(Figure, "vector_search_recall")
_PEERS = partial(Figure, "vector_search_peers")
_GROWTH = partial(Figure, "growth_texts")

_OVERHEAD = Figure("ingest_overhead", r": ([\d.]+)% more", digits=1)
_RATE = r"ours, pictures per second: ([\d.]+)"
_RATIO = _INGEST(r"^ratio \(median, range\): ([\d.]+)", digits=2)
_FOUND = _INGEST(r"characters found: ([\d.]+)", times="100", digits=2)
_PEAK = _INGEST(r"ours, peak GB: ([\d.]+)", digits=2)
_FROM_THE_SHELL = r"from the shell: median ([\d.]+) s"
_ON_THE_DESK = _SERVE(r"^50 people: \d+ answers, ([\d.]+) a second")
_OF_THE_LIBRARY = _SERVE(r"of the library alone: (\d+)% by the clock")


def _times(result: partial[Figure], line: str, *, digits: tuple[int, int] = (1, 1)) -> Figures:
    """Return p50 and p99 of a line of an output."""
    return result(rf"^{line} +p50 +([\d.]+)", digits=digits[0]), result(
        rf"^{line} +p50 [^\n]*?p99 +([\d.]+)", digits=digits[1]
    )


def _fused(way: str) -> Figures:
    """Return p50 and p99 of everything, then those inside the filter."""
    return *_times(_FUSED, f"{way}, all", digits=(0, 0)), *_times(_FUSED, f"{way}, 10 %", digits=(0, 0))


def _served(line: str) -> Figures:
    """Return answers a second, p50, p99 and processor time of a line of the desk's output."""
    return (
        _SERVE(rf"^{line}: \d+ answers, ([\d.]+) a second"),
        _SERVE(rf"^{line}: [^\n]*?p50 (\d+) ms"),
        _SERVE(rf"^{line}: [^\n]*?p99 (\d+) ms"),
        _SERVE(rf"^{line}: [^\n]*?([\d.]+) ms of processor", digits=1),
    )


def _way(name: str) -> Figures:
    """Return nDCG@10, MRR and recall@10 of a way to search."""
    spread = r"[\d.]+–[\d.]+"
    return (
        _TITLES(rf"^{name} +([\d.]+) +{spread}"),
        _TITLES(rf"^{name} +[\d.]+ +{spread} +([\d.]+)"),
        _TITLES(rf"^{name} +[\d.]+ +{spread} +[\d.]+ +([\d.]+)"),
    )


def _of_whoosh(metric: str) -> Figure:
    return _TITLES(rf"^{metric} +Whoosh \+ jieba +([\d.]+)")


def _of_ours(metric: str) -> Figure:
    return _TITLES(rf"^{metric} +Jianwei +([\d.]+)")


def _gain(metric: str) -> Figures:
    """Return how much better than Whoosh, and the interval."""
    return (
        _TITLES(rf"^{metric} +difference +([+-][\d.]+)", signed=True),
        _TITLES(rf"^{metric} +difference +\S+ +\(([+-][\d.]+)–", signed=True),
        _TITLES(rf"^{metric} +difference +\S+ +\([+-][\d.]+–([+-][\d.]+)", signed=True),
    )


def _screened(kind: str) -> Figures:
    """Return listings a second without and with the text model, and what that takes of a listing."""
    return (
        _SCREENING(rf"^{kind}: .*?^Jianwei +(\d+) listings/s"),
        _SCREENING(rf"^{kind}: .*?with the text model +(\d+) listings/s"),
        _SCREENING(rf"^{kind}: .*?text model +(\d+) µs", times="0.001", digits=2),
    )


def _searched(within: str) -> Figures:
    """Return recall, p50 and p99 of a search among a million vectors."""
    return (
        _VECTORS(rf'^ "{within}": \{{[^}}]*?"recall": ([\d.]+)', digits=3),
        _VECTORS(rf'^ "{within}": \{{[^}}]*?"p50_ms": ([\d.]+)', digits=1),
        _VECTORS(rf'^ "{within}": \{{[^}}]*?"p99_ms": ([\d.]+)', digits=1),
    )


_KIND = {
    "one word": "one word",
    "two or three words": "2-3 words",
    "phrase": "phrase",
    "AND / NOT": "AND / NOT",
    "pasted title": "long title",
    "fuzzy `~`": "fuzzy",
    "filtered words": "filtered",
    "all together": "all",
    "the last 700 asked again": "asked again",
}
_WAYS = {
    "words as they are written": "words as written",
    "all channels fused": "words, all channels fused",
    "words and a picture": "words and a picture",
}
_FUSIONS = {
    "**`calibrated`**, nothing folded, or as `--queries` lists it": "default",
    "`weighted`": "fusion weighted",
    "`zscore`": "fusion zscore",
    "`rrf`": "fusion rrf",
    "`calibrated`, weak hits folded away as pages do": "default, folded",
}
_LEAST = r"least effort.*?^{engine} +all +[\d.]+ +([\d.]+)"
_RATIO_AT_RECALL = r"least effort.*?^{engine} +all" + r" +[\d.]+" * 4 + r" +\d+ +([\d.]+)"
_PEER = r"^{engine} +[\d.]+ +[\d,]+ +all +[\d.]+ +([\d,.]+)"

_README: tuple[Row | Sentence, ...] = tuple(
    Row("README.en.md", "Speed and quality", label, figures)
    for label, figures in {
        "a whole ingest (decode, hash, thumbnail, OCR, index), 642 real product pictures": (
            _INGEST(_RATE, digits=1),
            _RATIO,
            _FOUND,
            _PEAK,
        ),
        "a search over 100,000 listings": (
            *_times(_QUERY, "all", digits=(1, 0)),
            None,
            None,
            _QUERY(_FROM_THE_SHELL, digits=2),
        ),
        "a search over 1,000,000 listings with vectors": (
            *(_fused(way)[0] for way in _WAYS.values()),
            *(_fused(way)[1] for way in _WAYS.values()),
        ),
        "two or three words over 1,000,000 listings, full text alone, beside SQLite FTS5 (AVX2, not idle)": (
            _GROWTH(r"texts +ours +1,000,000 +[\d.]+ +([\d.]+)"),
            _GROWTH(r"texts +SQLite FTS5 +1,000,000 +[\d.]+ +([\d.]+)"),
            _GROWTH(r"texts +ours +1,000,000 +[\d.]+ +[\d.]+ +([\d.]+)"),
            _GROWTH(r"texts +SQLite FTS5 +1,000,000 +[\d.]+ +[\d.]+ +([\d.]+)"),
        ),
        "titles finding pictures by their text alone (57 queries, 642 pictures) beside Whoosh + jieba": (
            *(of(metric) for metric in ("recall@10", "nDCG@10", "MRR") for of in (_of_ours, _of_whoosh)),
            _way("default, folded")[2],
        ),
        "screening texts it has not learnt (rules and text model)": (
            None,
            None,
            None,
            _SCREENING(r"^drawn: .*?with the text model +(\d+) listings/s", digits=-2),
            _SCREENING(r"^drawn: \d+ listings of (\d+) characters"),
        ),
        "`jianwei serve` with two processes, 100,000 listings, 50 people searching": (_ON_THE_DESK, _OF_THE_LIBRARY),
    }.items()
)
_SEARCHES: tuple[Row | Sentence, ...] = (
    *(Row("docs/search.md", "How fast it is", label, _times(_QUERY, kind)) for label, kind in _KIND.items()),
    Row(
        "docs/search.md",
        "How fast it is",
        "`jianwei search` from the shell, start-up included (median)",
        (_QUERY(_FROM_THE_SHELL, times="1000"),),
    ),
    *(Row("docs/search.md", "How fast it is", label, _fused(way)) for label, way in _WAYS.items()),
    *(Row("docs/search.md", "Titles on real pictures", label, _way(name)) for label, name in _FUSIONS.items()),
    Row(
        "docs/search.md",
        "Titles on real pictures",
        "Whoosh with jieba and BM25F, same text",
        tuple(_of_whoosh(metric) for metric in ("nDCG@10", "MRR", "recall@10")),
    ),
    *(
        Row("docs/search.md", "Titles on real pictures", metric, _gain(metric))
        for metric in ("nDCG@10", "recall@10", "MRR")
    ),
)
_PICTURES: tuple[Row | Sentence, ...] = (
    Row(
        "docs/ocr.md",
        "How good and how fast",
        "AMD EPYC (Zen 4), AVX-512, bfloat16",
        (
            _INGEST(r"^pictures: (\d+)"),
            _RATIO,
            _INGEST(_RATE, digits=2),
            _INGEST(r"peer, pictures per second: ([\d.]+)", digits=2),
            _INGEST(r"ratio of processor seconds: ([\d.]+)", digits=2),
            _FOUND,
            _INGEST(r"characters of the peer: (\d+)"),
        ),
    ),
    Row(
        "docs/ocr.md",
        "How good and how fast",
        "all 642 (55,007 characters)",
        (
            _OCR(r'"characters_found": ([\d.]+)'),
            _OCR(r'"characters_found_of_sure_lines": ([\d.]+)'),
            _OCR(r'"characters_aligned": ([\d.]+)'),
            Figure("ocr_accuracy", r'"extra_characters": ([\d.]+)', times="100", digits=1),
        ),
    ),
    Row("docs/ocr.md", "Memory", "peak of an ingest of all 642 pictures, two threads", (_PEAK,)),
    Sentence("docs/ocr.md", "What an ingest adds to them is", "", (_OVERHEAD,)),
)
_DESK: tuple[Row | Sentence, ...] = (
    *(
        Row("docs/serving.md", "Today's figures", label, _served(line))
        for label, line in {
            "the library alone, two processes": r"the library alone, 2 processes",
            "50 people who ask again at once": "50 people",
            "people at 70 % of that load": "70 % of that",
            "50 people while an ingest runs": "50 people and an ingest",
        }.items()
    ),
    Sentence(
        "docs/serving.md",
        "A server answers",
        "服务每秒的应答为",
        (
            _OF_THE_LIBRARY,
            _SERVE(r"of the library alone: [^\n]*?(\d+)% by processor time"),
            _SERVE(r"^50 people: [^\n]*-> (\d+) MB"),
        ),
    ),
    Sentence(
        "docs/serving.md",
        "Measured at",
        "- 负载 ",
        (
            _SERVE(r"times p50 at (\d+)% load"),
            _SERVE(r"p99 is ([\d.]+) times p50", digits=1),
            _SERVE(r"with one queue: [^\n]*, ([\d.]+) \(", digits=1),
            _SERVE(r"with one queue: ([\d.]+) \(", digits=1),
        ),
    ),
)
_SCREENED: tuple[Row | Sentence, ...] = tuple(
    Row("docs/text-model.md", "What it costs", f"{characters} characters", _screened(kind))
    for characters, kind in {312: "repeated", 123: "drawn"}.items()
)
_NEAREST: tuple[Row | Sentence, ...] = (
    *(
        Row("docs/vector-index.md", "A million vectors", label, _searched(within))
        for label, within in {
            "all": "all",
            "a filter that lets 10 % pass": "10 %",
            "a filter that lets 1 % pass": "1 %",
            "a filter that has little to do with the query": "topics",
        }.items()
    ),
    Row("docs/vector-index.md", "A million vectors", "filled and tuned", (_VECTORS(r'"build_s": (\d+)'),)),
    Row(
        "docs/vector-index.md",
        "A million vectors",
        "opened",
        (_VECTORS(r'"open_ms": (\d+)', times="0.001", digits=1),),
    ),
    Row(
        "docs/vector-index.md",
        "A million vectors",
        "memory after 200 searches, after all",
        (
            _VECTORS(r'"memory_after_all_mb": \{[^}]*?"resident": (\d+)'),
            _VECTORS(r'"memory_after_topics_mb": \{[^}]*?"resident": (\d+)'),
            _VECTORS(r'"memory_after_topics_mb": \{[^}]*?"resident_own": (\d+)'),
            _VECTORS(r'"memory_after_topics_mb": \{[^}]*?"peak": (\d+)'),
        ),
    ),
    Row(
        "docs/vector-index.md",
        "A million vectors",
        "an added vector found after",
        (
            _VECTORS(r'"added_and_found": \{[^}]*?"p50_ms": ([\d.]+)', digits=1),
            None,
            _VECTORS(r'"added_and_found": \{[^}]*?"p99_ms": ([\d.]+)', times="0.001", digits=1),
        ),
    ),
    Row(
        "docs/vector-index.md",
        "A million vectors",
        "disk",
        (_VECTORS(r'"bytes_on_disk": (\d+)', times="0.000000001", digits=1),),
    ),
    Row(
        "docs/vector-index.md",
        "A million vectors",
        "Faiss flat, float32",
        (
            _PEERS(_PEER.format(engine="ours"), digits=1),
            _PEERS(_PEER.format(engine="faiss flat float32")),
            _PEERS(r"^faiss flat float32 +[\d.]+ +[\d,]+ +all [^\n]* ([\d.]+)$"),
        ),
    ),
    *(
        Row(
            "docs/vector-index.md",
            "A million vectors",
            label,
            (
                _RECALL(_LEAST.format(engine="ours"), digits=1),
                _RECALL(_LEAST.format(engine=engine)),
                _RECALL(_RATIO_AT_RECALL.format(engine=engine), digits=digits),
            ),
        )
        for label, engine, digits in (
            ("Faiss flat, float16, recall 0.99", "faiss flat float16", 0),
            ("LanceDB, recall 0.99", "lancedb", 1),
        )
    ),
    Row(
        "docs/vector-index.md",
        "A million vectors",
        "Milvus Lite",
        (
            _PEERS(_PEER.format(engine="ours"), digits=1),
            _PEERS(_PEER.format(engine="milvus lite"), times="0.001", digits=1),
            _PEERS(r"^milvus lite +[\d.]+ +([\d,]+)", times="0.001", digits=1),
        ),
    ),
)

ENTRIES: tuple[Row | Sentence, ...] = (*_README, *_SEARCHES, *_PICTURES, *_DESK, *_SCREENED, *_NEAREST)
