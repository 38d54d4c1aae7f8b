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
from typing import TYPE_CHECKING

import numpy as np

from jianwei.errors import ModelError
from jianwei.risk.text_grams import GRAM_BITS, character_grams, sound_grams

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from jianwei.risk.text_grams import Grams

MODEL_FILE = "text_model.npz"
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
        self._row_of = np.zeros(1 << GRAM_BITS, np.uint16 if len(self._rarity) < 1 << 16 else np.uint32)
        self._row_of[learnt.numbers] = np.arange(1, len(self._rarity))

    def chances(self, texts: Sequence[str], sounds: Sequence[str]) -> NDArray[np.float32]:
        """Return (n, c + 1) float32 in 0..1: of each text how sure each category is, and last any violation.

        `sounds` are those of the texts, one for each. A text of which no run is known gives 0 everywhere.
        """
        scores = np.zeros((len(texts), self._weights.shape[1]), np.float32)
        if not texts:
            return scores
        rows, runs = self._known(character_grams(texts), sound_grams(sounds))
        if not len(rows):
            return scores
        firsts = np.flatnonzero(np.concatenate([[True], rows[1:] != rows[:-1]]))
        sums = np.add.reduceat(self._weights[runs], firsts)
        lengths = np.sqrt(np.add.reduceat(self._rarity[runs] ** 2, firsts))
        scores[rows[firsts]] = self._chance((sums / lengths[:, None]).astype(np.float32))
        return scores

    def telling(self, text: str, category: str) -> NDArray[np.float32]:
        """Return (characters,) float32: how much each character of a text speaks for a category, below 0 against it."""
        grams = character_grams([text])
        runs = self._row_of[grams.numbers]
        # A run that comes again counts once in the score; each of its places shows the same.
        worth = self._weights[runs, self.categories.index(category)] / grams.lengths
        told = np.zeros(len(text), np.float32)
        for length in np.unique(grams.lengths).tolist():
            chosen = grams.lengths == length
            for offset in range(length):
                np.add.at(told, grams.starts[chosen] + offset, worth[chosen])
        return told

    def _known(self, *kinds: Grams) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return the runs that were met, each once a text: in which text, and which row of the weights."""
        pairs = []
        for grams in kinds:
            runs = self._row_of[grams.numbers]
            met = np.flatnonzero(runs)
            pairs.append(grams.rows[met] * len(self._rarity) + runs[met].astype(np.int64))
        distinct = np.unique(np.concatenate(pairs))
        return distinct // len(self._rarity), distinct % len(self._rarity)

    def _chance(self, scores: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray(1 / (1 + np.exp(-(self._slope * scores + self._shift))), np.float32)


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
    return unpacked((resources.files("jianwei.risk") / MODEL_FILE).read_bytes())
