"""Compare an imported model with the reference implementation of its family, number by number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from tests.reference.reference_packages import reference_package

from jianwei.encoders.manifest import read_manifest
from jianwei.encoders.tower import Tower, TowerPlan

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    from jianwei.runtime.opening import RuntimeName

LARGEST_DIFFERENCE = 1e-4
"""Of any number of a unit vector, in float32."""

BATCHES = (1, 7)


def assert_parity(
    folder: Path,
    *,
    encode_image: Callable[[Any], Any],
    encode_text: Callable[[Any], Any],
    runtime: RuntimeName = "openvino",
    largest: float = LARGEST_DIFFERENCE,
) -> None:
    """Run both towers of a model folder and the reference on the same inputs, one by one and in a batch."""
    torch = reference_package("torch")

    manifest = read_manifest(folder)
    size = manifest.image.size_px
    for rows in BATCHES:
        pixels = np.random.default_rng(rows).standard_normal((rows, 3, size, size)).astype(np.float32)
        ids = odd_texts(manifest.text.tokenizer, manifest.text.context_length, rows, vocabulary=_vocabulary(folder))
        with torch.no_grad():
            expected_image = encode_image(torch.from_numpy(pixels)).float().numpy()
            expected_text = encode_text(torch.from_numpy(ids)).float().numpy()
        assert _difference(_embed(folder / "image.onnx", "pixels", pixels, runtime), expected_image) <= largest
        assert _difference(_embed(folder / "text.onnx", "token_ids", ids, runtime), expected_text) <= largest


def odd_texts(
    tokenizer: Literal["wordpiece", "clip-bpe", "gemma"], context_length: int, rows: int, *, vocabulary: int
) -> NDArray[np.int64]:
    """Return token ids of `rows` texts: the longest, the empty, and others between, as the tokenizer would pad them."""
    generator = np.random.default_rng(rows)
    lengths = [context_length, 2, *generator.integers(3, context_length, max(0, rows - 2))][:rows]
    ids = np.zeros((rows, context_length), np.int64)
    for row, length in zip(ids, lengths, strict=True):
        row[:length] = generator.integers(200, vocabulary - 2, length)
        if tokenizer == "wordpiece":
            row[0], row[length - 1] = 101, 102
        elif tokenizer == "clip-bpe":
            row[0], row[length - 1] = vocabulary - 2, vocabulary - 1
        else:
            row[length - 1] = 1
    return ids


def _vocabulary(folder: Path) -> int:
    import onnx

    for weight in onnx.load(str(folder / "text.onnx"), load_external_data=False).graph.initializer:
        if weight.name == "text.token":
            return int(weight.dims[0])
    raise AssertionError(folder)


def _embed(file: Path, name: str, rows: NDArray[Any], runtime: RuntimeName) -> NDArray[np.float32]:
    tower = Tower(file, TowerPlan(runtime, streams=1, cores=1, arithmetic="fp32"))
    return tower.embed([lambda: {name: rows}])[0]


def _difference(ours: NDArray[np.float32], theirs: NDArray[np.float32]) -> float:
    assert ours.shape == theirs.shape
    unit = [rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (ours, theirs)]
    return float(np.abs(unit[0] - unit[1]).max())
