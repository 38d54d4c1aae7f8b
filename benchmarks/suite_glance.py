"""Picks the figures for the table at the head of docs/benchmarks.md out of what the benchmarks printed.

A figure that a program no longer prints so is left out of the table; `tests/unit/test_benchmarks_page.py` says which.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Glance:
    """One row: what is told, in which result it stands, and the patterns whose first group is the figure."""

    what: str
    result: str
    ours: str
    peer: str = ""
    peer_name: str = ""


GLANCES = (
    Glance(
        "pictures taken in a second",
        "ingest_speed",
        r"ours, pictures per second: ([\d.]+)",
        r"peer, pictures per second: ([\d.]+)",
        "a loop over RapidOCR",
    ),
    Glance("share of RapidOCR's characters found", "ingest_speed", r"characters found: ([\d.]+)"),
    Glance(
        "memory of an ingest at most, GB",
        "ingest_speed",
        r"ours, peak GB: ([\d.]+)",
        r"peer, peak GB: ([\d.]+)",
        "a loop over RapidOCR",
    ),
    Glance("the same of lines that RapidOCR is sure of", "ocr_accuracy", r'"characters_found_of_sure_lines": ([\d.]+)'),
    Glance("what an ingest adds to its networks", "ingest_overhead", r": ([\d.]+%) more"),
    Glance(
        "pictures encoded in a second, bfloat16",
        "encode_speed",
        r"pictures +per second.*?\nbf16 +([\d.]+)",
        r"pictures +per second.*?\ntransformers +([\d.]+)",
        "transformers, float32",
    ),
    Glance(
        "nearest of 1,000,000 vectors, asked one after the other, p50 ms",
        "vector_search",
        r'"all": \{[^}]*?"p50_ms": ([\d.]+)',
    ),
    Glance("its recall@10", "vector_search", r'"all": \{[^}]*?"recall": ([\d.]+)'),
    Glance(
        "the same asked in turns with other engines, p50 ms",
        "vector_search_recall",
        r"^ours +[\d.]+ +[\d,]+ +all +[\d.]+ +([\d.]+)",
        r"^lancedb +[\d.]+ +[\d,]+ +all +[\d.]+ +([\d.]+)",
        "LanceDB",
    ),
    Glance(
        "in turns, with the least effort for a recall of 0.99",
        "vector_search_recall",
        r"least effort.*?\nours +all +[\d.]+ +([\d.]+)",
        r"least effort.*?\nlancedb +all +[\d.]+ +([\d.]+)",
        "LanceDB",
    ),
    Glance(
        "1,000,000 hashes into families, s of processor",
        "grouping",
        r"\ncpu_s +([\d,.]+)",
        r"\nfaiss_all_pairs_cpu_s +([\d,.]+)",
        "Faiss, reckoned from a sample",
    ),
    Glance("a search over 100,000 listings, p50 ms", "library_query", r"\nall +p50 +([\d.]+)"),
    Glance("the same, p99 ms", "library_query", r"\nall +p50 .*?p99 +([\d.]+)"),
    Glance("the same from the shell, start-up included, s", "library_query", r"from the shell: median ([\d.]+) s"),
    Glance(
        "words over 1,000,000 listings with vectors, p50 ms", "fused_query", r"^words as written, all +p50 +([\d.]+)"
    ),
    Glance("the same, all channels fused", "fused_query", r"^words, all channels fused, all +p50 +([\d.]+)"),
    Glance("the same, words and a picture", "fused_query", r"^words and a picture, all +p50 +([\d.]+)"),
    Glance(
        "titles finding pictures by the text in them, nDCG@10",
        "retrieval_quality",
        r"nDCG@10 +Jianwei +([\d.]+)",
        r"nDCG@10 +Whoosh \+ jieba +([\d.]+)",
        "Whoosh with jieba",
    ),
    Glance(
        "two or three words over 1,000,000 texts, p50 ms",
        "growth_texts",
        r"texts +ours +1,000,000 +[\d.]+ +([\d.]+)",
        r"texts +SQLite FTS5 +1,000,000 +[\d.]+ +([\d.]+)",
        "SQLite FTS5",
    ),
    Glance(
        "listings screened in a second on one core",
        "screening_speed",
        r"drawn: .*?\nJianwei +(\d+) listings/s",
        r"drawn: .*?\npyahocorasick, words as they stand +(\d+) listings/s",
        "pyahocorasick, the words alone",
    ),
    Glance(
        "searches a desk answers in a second, 50 people",
        "serve_load",
        r"50 people: \d+ answers, ([\d.]+) a second",
        r"library alone, \d+ processes: \d+ answers, ([\d.]+) a second",
        "the library without a server",
    ),
    Glance("first hit on the screen, empty cache, ms", "page_paint", r"empty cache: .*?first_hit (\d+) ms"),
)


def glance_table(kept: dict[str, dict[str, Any]], letters: dict[str, str]) -> str:
    """Return the table for results by their names, with the letter of the machine of each."""
    rows = []
    for glance in GLANCES:
        result = kept.get(glance.result)
        ours = result and figure(glance.ours, result["output"])
        if not ours:
            continue
        peer = figure(glance.peer, result["output"]) if glance.peer and result else ""
        beside = f"{peer} ({glance.peer_name})" if peer else "–"
        link = f"[{glance.result}](#{glance.result})"
        rows.append(f"| {glance.what} | **{ours}** | {beside} | {letters[glance.result]} | {link} |")
    return "\n".join(("| what | Jianwei | peer | machine | all figures |", "| --- | --- | --- | --- | --- |", *rows))


def figure(pattern: str, output: str) -> str:
    """Return the figure that the pattern finds, empty where there is none."""
    found = re.search(pattern, output, re.DOTALL | re.MULTILINE)
    return found[1] if found else ""
