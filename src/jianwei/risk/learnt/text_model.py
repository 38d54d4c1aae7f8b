"""The text model: how much a text is like offers of each category, learnt from labelled texts. Numpy alone.

A linear model over short runs of characters and sounds (`text_grams.py`), weighted by how rare they are, each text of
length 1. Its file is made by `docs/make_text_model.py`. What is made of its word stands in `model_voice.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from importlib import resources
from io import BytesIO
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from jianwei.errors import ModelError
from jianwei.risk.learnt.text_grams import GRAM_BITS, character_grams, character_runs, sound_runs, text_places
from jianwei.risk.views.text_codes import Lists

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from jianwei.risk.learnt.text_grams import Numbered

MODEL_FILE = "text_model.npz"
_ROW_BITS = GRAM_BITS
"""A model knows no more runs than there are numbers."""

_FEW_TEXTS = 1 << (32 - _ROW_BITS)
"""Of so many, a text and a row fit into four bytes, which are sorted in half the time."""

_FULL = 127
"""The largest weight of a category in the file, where weights are whole numbers of one byte."""


@dataclass(frozen=True, slots=True)
class TextWeights:
    """What was learnt. Row k of `weights` (k, c) and `rarity` (k,), both float32, belong to run `numbers[k]`.

    `numbers` (k,) uint32 ascend. The columns of `weights` are `categories` and then, last, any violation at all.
    1 / (1 + exp(-(slope × score + shift))) makes chances of scores: `curve` (slope, shift) for the categories,
    `curve_of_any` for any violation.
    """

    categories: tuple[str, ...]
    numbers: NDArray[np.uint32]
    weights: NDArray[np.float32]
    rarity: NDArray[np.float32]
    curve: tuple[float, float]
    curve_of_any: tuple[float, float]


class RunsMet(NamedTuple):
    """The known runs of some texts as rows of the weights, each once: of text i `runs[bounds[i]:bounds[i + 1]]`."""

    runs: NDArray[np.int64]
    bounds: NDArray[np.int64]

    def chosen(self, texts: NDArray[np.int64]) -> RunsMet:
        """Return the runs of some of the texts."""
        rows, runs = Lists(self.bounds, self.runs).of(texts)
        return RunsMet(runs, np.searchsorted(rows, np.arange(len(texts) + 1)))


class RowTable:
    """Which row the number of a run has, from 1: how many of the known numbers are no greater.

    One bit for each number says whether it is known, and of each 64 numbers it is kept how many known ones lie below: a
    thirteenth of what a table of rows takes, so that it stays near the processor.
    """

    def __init__(self, numbers: NDArray[np.uint32]) -> None:
        self._known = np.zeros(1 << (GRAM_BITS - 6), np.uint64)
        np.bitwise_or.at(self._known, numbers >> 6, np.uint64(1) << (numbers & 63).astype(np.uint64))
        counts = np.bitwise_count(self._known)
        self._below = (np.cumsum(counts, dtype=np.uint32) - counts).astype(
            np.uint16 if len(numbers) < 1 << 16 else np.uint32
        )

    def of(self, numbers: NDArray[np.uint32]) -> tuple[NDArray[np.int64], NDArray[np.uint32]]:
        """Return which of some numbers are known, and the rows of those."""
        groups = numbers >> np.uint32(6)
        known = self._known[groups]
        bits = (numbers & np.uint32(63)).astype(np.uint64)
        met = ((known >> bits) & np.uint64(1)).nonzero()[0]
        lower = known[met] & ((np.uint64(1) << bits[met]) - np.uint64(1))
        return met, self._below[groups[met]] + np.bitwise_count(lower) + np.uint32(1)


class TextModel:
    """One model, ready to be asked. `version` is short and changes with anything that was learnt."""

    def __init__(self, learnt: TextWeights, version: str) -> None:
        self.categories = learnt.categories
        self.version = version
        curves = np.array([*[learnt.curve] * len(learnt.categories), learnt.curve_of_any], np.float32)
        self._slope, self._shift = curves.T
        # Row 0 is of all runs that were not met.
        self._rarity = np.concatenate([np.zeros(1, np.float32), learnt.rarity])
        self._weights = np.concatenate([np.zeros((1, learnt.weights.shape[1]), np.float32), learnt.weights])
        self._weights *= self._rarity[:, None]
        self._weights_of_any = self._weights[:, -1:].copy()
        self._rows = RowTable(learnt.numbers)

    def chances(self, texts: Sequence[str], sounds: Sequence[str]) -> NDArray[np.float32]:
        """Return (n, c + 1) float32 in 0..1: of each text how sure each category is, and last any violation.

        `sounds` are those of the texts, one for each. A text of which no run is known gives 0 everywhere.
        """
        return self.chances_of(self.read(texts, sounds))

    def read(self, texts: Sequence[str], sounds: Sequence[str]) -> RunsMet:
        """Return which runs of some texts are known; `sounds` are those of the texts, one for each."""
        met = [self._met(character_runs(texts), text_places(texts)), self._met(sound_runs(sounds), text_places(sounds))]
        pairs = np.concatenate(met)
        if len(texts) <= _FEW_TEXTS:
            pairs = pairs.astype(np.uint32)
        pairs.sort()  # in an order, a run that comes again in a text stands beside itself
        distinct = pairs[np.concatenate([pairs[:1] == pairs[:1], pairs[1:] != pairs[:-1]])]
        bounds = np.searchsorted(distinct, np.arange(len(texts) + 1) << _ROW_BITS)
        return RunsMet(distinct & ((1 << _ROW_BITS) - 1), bounds)

    def chances_of(self, met: RunsMet) -> NDArray[np.float32]:
        """Return what `chances` does of texts that were read."""
        return self._judged(met, self._weights, slice(None))

    def chances_of_any(self, met: RunsMet) -> NDArray[np.float32]:
        """Return (n,) float32, the last column of `chances_of`: a thirtieth of the work."""
        return self._judged(met, self._weights_of_any, slice(-1, None))[:, 0]

    def _judged(self, met: RunsMet, weights: NDArray[np.float32], columns: slice) -> NDArray[np.float32]:
        chances = np.zeros((len(met.bounds) - 1, weights.shape[1]), np.float32)
        known = np.flatnonzero(met.bounds[1:] > met.bounds[:-1])
        if len(known):
            firsts = met.bounds[known]
            sums = np.add.reduceat(weights.take(met.runs, axis=0), firsts)
            lengths = np.sqrt(np.add.reduceat(self._rarity.take(met.runs) ** 2, firsts))
            scores = (sums / lengths[:, None]).astype(np.float32)
            chances[known] = 1 / (1 + np.exp(-(self._slope[columns] * scores + self._shift[columns])))
        return chances

    def telling(self, text: str, category: str) -> NDArray[np.float32]:
        """Return (characters,) float32: how much each character of a text speaks for a category, below 0 against it.

        In log odds, those of the category and of any violation together: words that harmless texts of the same goods
        have too speak for the one and against the other, and what is claimed of them is left.
        """
        grams = character_grams([text])
        met, rows = self._rows.of(grams.numbers)
        runs = np.zeros(len(grams.numbers), np.int64)
        runs[met] = rows
        # A run that comes again counts once in the score; each of its places shows the same.
        own = self.categories.index(category)
        worth = self._slope[own] * self._weights[runs, own] + self._slope[-1] * self._weights_of_any[runs, 0]
        worth /= grams.lengths
        told = np.zeros(len(text), np.float32)
        for length in np.unique(grams.lengths).tolist():
            chosen = grams.lengths == length
            for offset in range(length):
                np.add.at(told, grams.starts[chosen] + offset, worth[chosen])
        return told

    def _met(self, runs: Iterable[Numbered], texts: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the known ones of some runs, each as its text and its row of the weights in one number."""
        pairs = []
        for run in runs:
            places = run.is_inside.nonzero()[0]
            met, rows = self._rows.of(run.numbers[places])
            pairs.append((texts[places[met]] << _ROW_BITS) | rows)
        return np.concatenate(pairs)


def packed(learnt: TextWeights) -> bytes:
    """Return a model as the bytes of its file: weights of one byte, each category with a scale of its own."""
    scale = np.abs(learnt.weights).max(axis=0, initial=0.0) / _FULL
    scale[scale == 0] = 1
    with BytesIO() as file:
        np.savez_compressed(
            file,
            categories=np.array("\n".join(learnt.categories)),
            # Differences are small numbers, which pack well.
            numbers=np.diff(learnt.numbers, prepend=np.uint32(0)).astype(np.uint32),
            weights=np.round(learnt.weights / scale).astype(np.int8).T,
            scale=scale.astype(np.float32),
            rarity=learnt.rarity.astype(np.float16),
            curves=np.array([learnt.curve, learnt.curve_of_any], np.float32),
        )
        return file.getvalue()


def unpacked(data: bytes) -> TextModel:
    """Return the model of a file.

    Raises:
        ModelError: the file is damaged.
    """
    try:
        with np.load(BytesIO(data), allow_pickle=False) as file:
            curve, curve_of_any = (tuple(each) for each in file["curves"].tolist())
            weights = file["weights"].T.astype(np.float32) * file["scale"]
            learnt = TextWeights(
                tuple(str(file["categories"]).split("\n")),
                np.cumsum(file["numbers"], dtype=np.uint32),
                weights,
                file["rarity"].astype(np.float32),
                curve,
                curve_of_any,
            )
            return TextModel(learnt, sha256(data).hexdigest()[:8])
    except Exception as error:  # numpy and zipfile raise of every kind
        raise ModelError(
            f"The text model that comes with Jianwei ({MODEL_FILE}) is damaged: {error}. Install Jianwei again, or "
            "screen without it: JIANWEI_TEXT_MODEL=false.",
            zh=f"随见微安装的文本模型（{MODEL_FILE}）已损坏：{error}。请重新安装见微，或停用文本模型：JIANWEI_TEXT_MODEL=false。",
        ) from error


def screened_by(rules: str, model: str | None) -> str:
    """Return the version of a screening: that of the rules, and of the text model where one speaks."""
    return rules if model is None else f"{rules}+{model}"


@lru_cache(maxsize=1)
def packaged_text_model() -> TextModel:
    """Return the model that comes with Jianwei, read once in a process.

    Raises:
        ModelError: its file is damaged or missing.
    """
    return unpacked((resources.files("jianwei.risk.learnt") / MODEL_FILE).read_bytes())
