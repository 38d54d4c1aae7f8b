"""Write `src/jianwei/risk/learnt/text_model.npz`: what the text model learns from `tests/risk_texts/`.

    python docs/make_text_model.py                 # half a minute of one core
    python docs/make_text_model.py --measure FILE  # also keeps what docs/fit_weighing.py needs in FILE
    python docs/make_text_model.py --check         # writes nothing; tells what differs from the file that is there

Nothing is learnt from the sets of `ASIDE`. The model is a linear one over short runs of characters and sounds with the
squared hinge as its loss: texts that it is right about by far pull no more, so that many harmless ones do not drown the
few offers of a category. It is found by a fixed number of steps, so that the same texts give the same file. Its scores
are made chances by a logistic curve over scores of texts whose whole set was left out.
"""

from __future__ import annotations

import argparse
import json
import math
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy.sparse import csr_array

from jianwei.risk.learnt.text_grams import character_grams, sound_grams
from jianwei.risk.learnt.text_model import MODEL_FILE, TextWeights, packed
from jianwei.risk.rule_files.rulebook_files import load_rulebook
from jianwei.risk.views.screened_text import ScreenedText, ScreeningInput, text_segments
from jianwei.risk.views.sound_view import SoundView

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ROOT = Path(__file__).parents[1]
_TEXTS = _ROOT / "tests" / "risk_texts"
SHIPPED = _ROOT / "src" / "jianwei" / "risk" / "learnt" / MODEL_FILE
ASIDE = ("wharves",)
"""Sets kept aside, to see what comes of all this on texts that nobody chose by."""

NEW = (
    *("stalls", "chats", "shelves", "decoys", "neighbours", "disguises", "pages", "corners"),
    *("lanes", "quays", "harbours", "arcades", "bazaar", "kiosks", "terraces", "gateways"),
    *("ferries", "beacons", "moorings"),
)
"""Sets that no rule was written for when they were first screened: what they say holds for other texts too."""

_SHRINKING = 0.15
"""How much weights are held small beside what the texts pull."""

_STEPS = 80
"""More change the third digit of a score."""

_RARE = -1.0
"""Where the scores of a category begin: nearly all texts are none of its offers, and no run has to say so."""

_LEAST_TEXTS = 2
"""A run that fewer texts have says nothing of others."""

_DAY = date(2026, 11, 1)

_STEPS_APART = 2
"""Weights are whole numbers of one byte: sums in another order, on another processor, move a few by one."""


@dataclass(frozen=True)
class Labelled:
    """All labelled texts: `sets` names the file of each, `labels` (n, categories + 1) float32 ends with any at all."""

    sets: NDArray[np.str_]
    kinds: NDArray[np.str_]
    ids: list[str]
    raw: list[str]
    texts: list[str]
    sounds: list[str]
    labels: NDArray[np.float32]
    categories: tuple[str, ...]


class Features(NamedTuple):
    """The runs of texts: `worth` (texts, runs) float32 in rows of length 1, the number and rarity of each run."""

    worth: csr_array
    numbers: NDArray[np.uint32]
    rarity: NDArray[np.float32]


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
        np.array([item["kind"] for _, item in items]),
        [item["id"] for _, item in items],
        [item["text"] for _, item in items],
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
    rarity = np.sqrt(np.log(learnt_from.sum() / np.maximum(counts, 1))).astype(np.float32)
    has = kept[columns]
    rows, columns = rows[has], (np.cumsum(kept) - 1)[columns[has]]
    rarity = rarity[kept]
    worth = rarity[columns]
    lengths = np.sqrt(np.bincount(rows, worth.astype(np.float64) ** 2, minlength=len(given.texts)))
    worth = (worth / lengths[rows]).astype(np.float32)
    matrix = csr_array((worth, (rows, columns)), shape=(len(given.texts), int(kept.sum())))
    return Features(matrix, known[kept], rarity)


def learnt_weights(worth: csr_array, labels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return (runs, categories + 1) float32: the weights of smallest squared hinge loss over some texts.

    Source: Nesterov's accelerated gradient (1983); the loss is that of L2-SVMs (Fan et al., LIBLINEAR, 2008).
    """
    turned = worth.T.tocsr()
    wanted = 2 * labels - 1
    begin = np.full(labels.shape[1], _RARE, np.float32)
    begin[-1] = 0  # half of all texts are violations
    weights = np.zeros((worth.shape[1], labels.shape[1]), np.float32)
    ahead, pace, step = weights, 1.0, np.float32(1 / (_steepest(worth, turned) + _SHRINKING))
    for _ in range(_STEPS):
        pulls = wanted * np.maximum(0, 1 - wanted * (worth @ ahead + begin))
        moved = ahead + step * (turned @ pulls - np.float32(_SHRINKING) * ahead)
        later = (1 + math.sqrt(1 + 4 * pace * pace)) / 2
        ahead, weights, pace = moved + np.float32((pace - 1) / later) * (moved - weights), moved, later
    return weights


def _steepest(worth: csr_array, turned: csr_array) -> float:
    """Return how much the steepest direction bends the loss: the largest eigenvalue of what texts share."""
    along, bend = np.ones(worth.shape[1], np.float32), 1.0
    for _ in range(20):
        along = turned @ (worth @ (along / np.float32(bend)))
        bend = float(np.linalg.norm(along))
    return 1.05 * bend


def left_out(given: Labelled, found: Features) -> NDArray[np.float32]:
    """Return the scores of the new sets, each by a model that has not seen it, and of the sets aside."""
    scores = np.full(given.labels.shape, np.nan, np.float32)
    aside = np.isin(given.sets, ASIDE)
    for asked in (*[given.sets == name for name in NEW], *([aside] if aside.any() else [])):
        learnt = ~asked & ~aside
        scores[asked] = found.worth[asked] @ learnt_weights(found.worth[learnt], given.labels[learnt])
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


def learnt(
    given: Labelled,
    found: Features,
    texts: NDArray[np.bool_],
    curve: tuple[float, float],
    curve_of_any: tuple[float, float],
) -> bytes:
    """Return the file of the model that some texts teach."""
    weights = learnt_weights(found.worth[texts], given.labels[texts])
    return packed(TextWeights(given.categories, found.numbers, weights, found.rarity, curve, curve_of_any))


def differences(made: bytes, kept: bytes) -> list[str]:
    """Return what sets one file of a model apart from another beyond what another processor explains."""
    with np.load(BytesIO(made)) as new, np.load(BytesIO(kept)) as old:
        told = [f"{name} differ" for name in ("categories", "numbers") if not np.array_equal(new[name], old[name])]
        if told:
            return told
        apart = int(np.abs(new["weights"].astype(int) - old["weights"].astype(int)).max(initial=0))
        told += [f"weights are up to {apart} steps apart"] if apart > _STEPS_APART else []
        return told + [
            f"{name} differ" for name in ("scale", "rarity", "curves") if not np.allclose(new[name], old[name], 0.01)
        ]


def main() -> None:
    """Learn and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--measure", type=Path, metavar="FILE", help="keep the scores of the sets left out in FILE")
    parser.add_argument("--check", action="store_true", help="compare with the file that is there, write nothing")
    options = parser.parse_args()
    given = labelled()
    learnt_from = ~np.isin(given.sets, ASIDE)
    found = features(given, learnt_from)
    scores = left_out(given, found)
    new = np.isin(given.sets, NEW)
    curves = [calibration(scores[new, at], given.labels[new, at]) for at in (slice(0, -1), -1)]
    data = learnt(given, found, learnt_from, *curves)
    print(f"{learnt_from.sum()} texts, {len(found.numbers)} runs, {len(data):,} bytes, chances by {curves}")
    if options.check:
        raise SystemExit("; ".join(differences(data, SHIPPED.read_bytes())) or 0)
    SHIPPED.write_bytes(data)
    if options.measure:
        np.savez(options.measure, scores=scores, curves=np.array(curves))


if __name__ == "__main__":
    main()
