"""Write `src/jianwei/risk/text_model.npz`: what the text model learns from the labelled texts of `tests/risk_texts/`.

    python docs/make_text_model.py            # about two minutes of one core, 2 GB of memory
    python docs/make_text_model.py --measure  # also leaves each new set out in turn; prints the whole curve

`bazaar.jsonl` and `kiosks.jsonl` are kept aside: nothing is learnt from them and nothing chosen by them. The model is
a ridge regression of each category's labels over short runs of characters and sounds, solved exactly, so that the same
texts give the same file. Its scores are made chances by a logistic curve over scores of texts whose whole set was left
out.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from jianwei.risk.rulebook_files import load_rulebook
from jianwei.risk.screened_text import ScreenedText, ScreeningInput, text_segments
from jianwei.risk.sound_view import SoundView
from jianwei.risk.text_grams import character_grams, sound_grams
from jianwei.risk.text_model import MODEL_FILE, TextWeights, packed

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ROOT = Path(__file__).parents[1]
_TEXTS = _ROOT / "tests" / "risk_texts"
ASIDE = ("arcades", "bazaar", "kiosks")
NEW = ("stalls", "chats", "shelves", "decoys", "neighbours", "disguises", "pages", "corners")
"""Sets that no rule was written for: what they say of rules and model together holds for other texts too."""

_RIDGE = 0.15
_LEAST_TEXTS = 2
"""A run that fewer texts have says nothing of others."""

_BLOCK = 4096
_DAY = date(2026, 11, 1)


@dataclass(frozen=True)
class Labelled:
    """All labelled texts: `sets` names the file of each, `labels` (n, categories + 1) float32 ends with any at all."""

    sets: NDArray[np.str_]
    texts: list[str]
    sounds: list[str]
    labels: NDArray[np.float32]
    categories: tuple[str, ...]


@dataclass(frozen=True)
class Features:
    """The runs of texts: of each its text, its column and its worth (rows of length 1), by ascending column."""

    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    worth: NDArray[np.float32]
    numbers: NDArray[np.uint32]
    rarity: NDArray[np.float32]

    def block(self, first: int, count: int) -> NDArray[np.float32]:
        """Return some columns as (count of texts, columns) float32."""
        start, end = np.searchsorted(self.columns, [first, first + _BLOCK])
        matrix = np.zeros((count, min(_BLOCK, len(self.numbers) - first)), np.float32)
        matrix[self.rows[start:end], self.columns[start:end] - first] = self.worth[start:end]
        return matrix


def labelled() -> Labelled:
    """Read all labelled texts."""
    items = [
        (file.stem, json.loads(line))
        for file in sorted(_TEXTS.glob("*.jsonl"))
        for line in file.read_text("utf-8").splitlines()
    ]
    view = SoundView(load_rulebook().normalisation)
    seen = ScreenedText.each([ScreeningInput(text_segments(item["text"]), _DAY) for _, item in items], view)
    categories = tuple(sorted({code for _, item in items for code in item["codes"]}))
    labels = np.array(
        [[*(code in item["codes"] for code in categories), bool(item["codes"])] for _, item in items], np.float32
    )
    return Labelled(
        np.array([name for name, _ in items]),
        [text.joined for text in seen],
        [text.sounds for text in seen],
        labels,
        categories,
    )


def features(given: Labelled, learnt_from: NDArray[np.bool_]) -> Features:
    """Return the runs that enough texts have, weighted by how rare they are among those learnt from."""
    kinds = (character_grams(given.texts), sound_grams(given.sounds))
    pairs = np.unique(np.concatenate([grams.rows << 32 | grams.numbers for grams in kinds]))
    rows, numbers = pairs >> 32, (pairs & 0xFFFFFFFF).astype(np.uint32)
    known, columns = np.unique(numbers, return_inverse=True)
    counts = np.bincount(columns[learnt_from[rows]], minlength=len(known))
    kept = counts >= _LEAST_TEXTS
    rarity = np.log(learnt_from.sum() / np.maximum(counts, 1)).astype(np.float32)
    has = kept[columns]
    rows, columns = rows[has], (np.cumsum(kept) - 1)[columns[has]]
    rarity = rarity[kept]
    worth = rarity[columns]
    lengths = np.sqrt(np.bincount(rows, worth.astype(np.float64) ** 2, minlength=len(given.texts)))
    worth = (worth / lengths[rows]).astype(np.float32)
    order = np.argsort(columns, kind="stable")
    return Features(rows[order], columns[order], worth[order], known[kept], rarity)


def kernel(found: Features, count: int) -> NDArray[np.float32]:
    """Return (n, n) float32: how alike each two texts are."""
    alike = np.zeros((count, count), np.float32)
    for first in range(0, len(found.numbers), _BLOCK):
        block = found.block(first, count)
        alike += block @ block.T
    return alike


def solved(alike: NDArray[np.float32], labels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the weight of each text for each category."""
    return np.linalg.solve(alike + _RIDGE * np.eye(len(alike), dtype=np.float32), labels).astype(np.float32)


def left_out(given: Labelled, alike: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the scores of the new sets, each by a model that has not seen it, and of the set aside."""
    scores = np.full(given.labels.shape, np.nan, np.float32)
    for name in (*NEW, *ASIDE):
        learnt = np.flatnonzero((given.sets != name) & ~np.isin(given.sets, ASIDE))
        asked = np.flatnonzero(given.sets == name)
        scores[asked] = alike[np.ix_(asked, learnt)] @ solved(alike[np.ix_(learnt, learnt)], given.labels[learnt])
    return scores


def calibration(scores: NDArray[np.float32], labels: NDArray[np.float32]) -> tuple[float, float]:
    """Return slope and shift of the logistic curve that makes these labels likeliest (Newton's method)."""
    score, label = scores.ravel().astype(np.float64), labels.ravel().astype(np.float64)
    design = np.stack([score, np.ones_like(score)], axis=1)
    curve = np.zeros(2)
    for _ in range(50):
        chance = 1 / (1 + np.exp(-design @ curve))
        bend = (design * (chance * (1 - chance))[:, None]).T @ design + 1e-6 * np.eye(2)
        curve += np.linalg.solve(bend, design.T @ (label - chance))
    return float(curve[0]), float(curve[1])


def weights(found: Features, of_texts: NDArray[np.float32], learnt: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return (runs, categories + 1) float32 from the weights of the texts learnt from."""
    return np.concatenate(
        [
            found.block(first, int(found.rows.max()) + 1)[learnt].T @ of_texts
            for first in range(0, len(found.numbers), _BLOCK)
        ]
    )


def main() -> None:
    """Learn and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--measure", type=Path, metavar="FILE", help="keep the scores of the sets left out in FILE")
    options = parser.parse_args()
    given = labelled()
    learnt_from = ~np.isin(given.sets, ASIDE)
    found = features(given, learnt_from)
    alike = kernel(found, len(given.texts))
    scores = left_out(given, alike)
    new = np.isin(given.sets, NEW)
    curves = [calibration(scores[new, at], given.labels[new, at]) for at in (slice(0, -1), -1)]
    learnt = np.flatnonzero(learnt_from)
    of_runs = weights(found, solved(alike[np.ix_(learnt, learnt)], given.labels[learnt]), learnt)
    data = packed(TextWeights(given.categories, found.numbers, of_runs, found.rarity, *curves))
    (_ROOT / "src" / "jianwei" / "risk" / MODEL_FILE).write_bytes(data)
    print(f"{len(learnt)} texts, {len(found.numbers)} runs, {len(data):,} bytes, chances by {curves}")
    if options.measure:
        np.savez(options.measure, sets=given.sets, scores=scores, labels=given.labels)


if __name__ == "__main__":
    main()
