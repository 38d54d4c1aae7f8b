"""Learns what tells a line on its head, and prints how well that is told.

    python benchmarks/ocr_headstand.py                        # every fourth picture from the second on, for figures
    python benchmarks/ocr_headstand.py --write src/jianwei/ocr/headstand.json

Every line of the pictures is read as it stands and upside down. A line that is sure one way (0.85) and clearly surer
than the other (by 0.1) is an example of both; where neither way is sure, it counts as upright. The weights come of a
logistic regression on the mean of the features over the columns that may hold a character. Figures are those of each
half of the pictures by the weights of the other half: of the doubtful lines (below 0.85), which share of the upright
ones is looked at again and which share of those on their head is found, for several chances. What is written is learnt
from both halves.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from jianwei.images.decoding import decode_picture
from jianwei.ocr import orientation
from jianwei.ocr.model_files import find_model_files
from jianwei.ocr.opening import open_ocr_engine
from picture_folder import product_pictures

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from jianwei.ocr.ctc import Reading
    from jianwei.ocr.recognition import TextRecognizer

_SURE = 0.85
_SURER = 0.1
_LEAST_CHARACTERS = 3
_PENALTY = 1e-3
_STEPS = 12
_MAX_PIXELS = 200_000_000


@dataclass(frozen=True, slots=True)
class Seen:
    """A line as the network saw it one way: its reading and the mean of its features, None without open columns."""

    reading: Reading
    mean: NDArray[np.float32] | None


@dataclass(frozen=True, slots=True)
class Example:
    """What was seen of a line one way, and whether it stood on its head."""

    mean: NDArray[np.float32]
    on_head: bool
    confidence: float


class MeanOfFeatures:
    """Stands in for `HeadstandSign` and keeps the mean of the features instead of judging it."""

    def __init__(self) -> None:
        self.means: list[NDArray[np.float32] | None] = []

    def chances(self, features: NDArray[np.float32], open_columns: NDArray[np.bool_]) -> list[float | None]:
        """Return the number of each line's mean in `means` in place of a chance."""
        numbers = range(len(self.means), len(self.means) + len(features))
        self.means += [
            line[is_open].mean(axis=0) if is_open.any() else None
            for line, is_open in zip(features, open_columns, strict=True)
        ]
        return [float(number) for number in numbers]


def examples_of(files: Sequence[Path]) -> list[Example]:
    """Read the lines of pictures both ways."""
    kept = MeanOfFeatures()
    lines: list[tuple[Seen, Seen]] = []

    def seen(reading: Reading) -> Seen:
        return Seen(reading, None if reading.headstand is None else kept.means[int(reading.headstand)])

    class BothWays(orientation.LineReader):
        def read(self, pixels: Any, quads: Any) -> list[Any]:  # noqa: ANN401
            crops = [orientation._view(pixels, quad).pixels for quad in quads]  # noqa: SLF001
            ways = (crops, [crop[::-1, ::-1] for crop in crops])
            first, turned = (self._recognizer.read_lines(way) for way in ways)
            lines.extend((seen(a), seen(b)) for a, b in zip(first, turned, strict=True))
            return []

    engine: Any = open_ocr_engine("openvino", threads=1, cores=1)
    recognizer: TextRecognizer = engine._reader._recognizer  # noqa: SLF001
    recognizer._headstand = kept  # type: ignore[assignment]  # noqa: SLF001
    engine._reader = BothWays(recognizer)  # noqa: SLF001
    for file in files:
        engine.read(decode_picture(file.read_bytes(), max_pixels=_MAX_PIXELS).pixels)
    return [example for pair in lines for example in labelled(*pair)]


def labelled(first: Seen, turned: Seen) -> list[Example]:
    """Tell of a line seen both ways which of them is on its head, where that is known."""
    a, b = first.reading, turned.reading
    if a.confidence >= max(_SURE, b.confidence + _SURER):
        told = [(first, False), (turned, True)]
    elif b.confidence >= max(_SURE, a.confidence + _SURER) and len(b.text) >= _LEAST_CHARACTERS:
        told = [(first, True), (turned, False)]
    elif max(a.confidence, b.confidence) < _SURE:
        told = [(first, False)]
    else:
        told = []
    return [Example(seen.mean, on_head, seen.reading.confidence) for seen, on_head in told if seen.mean is not None]


def fitted(examples: Sequence[Example]) -> tuple[NDArray[np.float64], float]:
    """Return weights and bias of a logistic regression with a small penalty on the weights (Newton's method)."""
    means = np.array([example.mean for example in examples], np.float64)
    on_head = np.array([example.on_head for example in examples], np.float64)
    centre, spread = means.mean(axis=0), means.std(axis=0) + 1e-6
    inputs = np.c_[(means - centre) / spread, np.ones(len(means))]
    penalty = np.r_[np.full(means.shape[1], _PENALTY), 0.0]
    weights = np.zeros(inputs.shape[1])
    for _ in range(_STEPS):
        chance = 1 / (1 + np.exp(-inputs @ weights))
        slope = inputs.T @ (chance - on_head) / len(inputs) + penalty * weights
        curve = (inputs.T * (chance * (1 - chance))) @ inputs / len(inputs) + np.diag(penalty + 1e-9)
        weights -= np.linalg.solve(curve, slope)
    scaled = weights[:-1] / spread
    return scaled, float(weights[-1] - centre @ scaled)


def print_figures(learnt: Sequence[Example], asked: Sequence[Example]) -> None:
    weights, bias = fitted(learnt)
    doubtful = [example for example in asked if example.confidence < _SURE]
    chances = np.array([1 / (1 + np.exp(-(example.mean @ weights + bias))) for example in doubtful])
    on_head = np.array([example.on_head for example in doubtful])
    print(f"learnt from {len(learnt)}, asked {(~on_head).sum()} doubtful upright and {on_head.sum()} on their head")
    for least in (0.1, 0.2, 0.3, 0.5, 0.7):
        looked = chances >= least
        upright, found = looked[~on_head].mean(), looked[on_head].mean()
        print(f"  chance from {least}: {upright:.1%} of the upright looked at, {found:.1%} found")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=int, default=4, help="take every n-th picture, from the second on")
    parser.add_argument("--write", type=Path, help="write the weights to this file")
    options = parser.parse_args()
    files = product_pictures()[1 :: options.every]
    halves = examples_of(files[::2]), examples_of(files[1::2])
    print_figures(*halves)
    print_figures(*reversed(halves))
    if options.write:
        write_weights(options.write, [*halves[0], *halves[1]])


def write_weights(file: Path, examples: Sequence[Example]) -> None:
    weights, bias = fitted(examples)
    learnt = {
        "models_sha256": find_model_files().digest(),
        "weights": [round(float(weight), 5) for weight in weights],
        "bias": round(bias, 5),
    }
    file.write_text(json.dumps(learnt) + "\n", encoding="ascii")


if __name__ == "__main__":
    main()
