"""How sure do words that two pictures share make that they show the same goods? On real product pictures.

    python benchmarks/shared_words.py                                # ingests the pictures first (minutes)
    python benchmarks/shared_words.py --library /tmp/pictures-library   # keeps the library for the next run

Each picture is asked for by the words read on it alone (channel `text:ocr`). Pictures of one product (`product_id` of
`manifest.jsonl`) count as relevant, those of another product or from another source do not: another product of the
same brand counts as wrong here. Pairs whose products are unknown are left out, and so are near copies, which hashes
find. *Told* is the mean relevance of the hits in a band, *true* the share of them that is relevant; the curve was set
on the same pairs, so the halves, by product, tell more than the whole. *Strange* counts hits from another source.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

from jianwei import Library
from jianwei.search.request import AskedPicture, SearchRequest
from picture_folder import picture_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

BANDS = ((0.01, 0.1), (0.1, 0.2), (0.2, 0.4), (0.4, 0.6), (0.6, 1.0))
_NEAR_BITS = 44
_MOST_HITS = 300


@dataclass(frozen=True)
class Shown:
    """What is known of a picture: the folder that it comes from, and its product, empty where none is said."""

    file: str
    source: str
    product: str


@dataclass(frozen=True)
class Found:
    """One picture that another found by its words."""

    relevance: float
    is_same: bool
    is_strange: bool
    half: int


def read_manifest(folder: Path) -> dict[str, Shown]:
    """Return what is known of each picture, by its hash."""
    lines = (folder / "manifest.jsonl").read_text(encoding="utf-8").splitlines()
    return {
        line["sha256"]: Shown(line["file"], line["file"].split("/")[0], str(line.get("product_id") or ""))
        for line in map(json.loads, lines)
    }


def found(library: Library, folder: Path, shown: dict[str, Shown]) -> Iterator[Found]:
    """Yield what each picture finds, of pairs whose products are known or that come from different sources."""
    halves = {product: number % 2 for number, product in enumerate(sorted({item.product for item in shown.values()}))}
    for sha256, asked in shown.items():
        request = SearchRequest(
            pictures=(AskedPicture((folder / asked.file).read_bytes()),),
            channels=frozenset({"text:ocr"}),
            min_relevance=0.0,
            fold=False,
            limit=_MOST_HITS,
        )
        for hit in library.answer(request).hits:
            if hit.picture is None or hit.picture.picture.facts.sha256 == sha256:
                continue
            other = shown[hit.picture.picture.facts.sha256]
            near = hit.picture.distance is not None and hit.picture.distance <= _NEAR_BITS
            is_strange = other.source != asked.source
            if near or not (is_strange or (asked.product and other.product)):
                continue
            same = not is_strange and other.product == asked.product
            yield Found(hit.relevance, same, is_strange, halves[asked.product])


def share(found: list[Found]) -> float:
    """Return how many of some hits are relevant, 0 of none."""
    return fmean(item.is_same for item in found) if found else 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--library", type=Path, help="keep the library of the pictures here")
    options = parser.parse_args()
    folder = picture_folder()
    with (
        tempfile.TemporaryDirectory() as place,
        closing(Library.open(options.library or Path(place) / "library")) as library,
    ):
        library.ingest(folder)
        every = list(found(library, folder, read_manifest(folder)))
    print(f"{'relevance':12}{'hits':>8}{'told':>8}{'true':>8}   halves{'strange':>16}")
    for low, high in BANDS:
        band = [item for item in every if low <= item.relevance < high]
        halves = "  ".join(f"{share([item for item in band if item.half == half]):.3f}" for half in (0, 1))
        told = fmean(item.relevance for item in band) if band else 0.0
        strange = sum(item.is_strange for item in band)
        print(f"{low:.2f}–{high:.2f}   {len(band):8,}{told:8.3f}{share(band):8.3f}   {halves}{strange:10,}")


if __name__ == "__main__":
    main()
