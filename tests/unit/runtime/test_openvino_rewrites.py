"""A rewritten network gives what its file says. The networks are made here; the last test takes the OCR's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from jianwei.ocr.model_files import find_model_files
from jianwei.runtime.opening import open_session
from jianwei.runtime.openvino_rewrites import fold_enlargement

if TYPE_CHECKING:
    from pathlib import Path

openvino = pytest.importorskip("openvino", reason="OpenVINO is used on x86 processors only")
operators = openvino.opset13

RNG = np.random.default_rng(7)


def _random(*shape: int) -> Any:
    return operators.constant(RNG.normal(size=shape).astype(np.float32))


def _enlarged(pixels: Any, inputs: int, outputs: int, *, kernel: int, stride: int) -> Any:
    strides, pads = [stride, stride], [0, 0]
    weights = _random(inputs, outputs, kernel, kernel)
    enlarged = operators.convolution_backprop_data(
        pixels, weights, strides=strides, pads_begin=pads, pads_end=pads, dilations=[1, 1]
    )
    return operators.add(enlarged, _random(1, outputs, 1, 1))


def _enlarging_network(*sizes: tuple[int, int], outputs: int = 1) -> Any:
    """Return a network that enlarges pixels of 3 channels by each (kernel, stride), with a relu between."""
    pixels = operators.parameter([-1, 3, -1, -1], np.float32, name="x")
    last, channels = pixels, 3
    for number, (kernel, stride) in enumerate(sizes):
        following = outputs if number == len(sizes) - 1 else 5
        last = operators.relu(last)
        last = _enlarged(last, channels, following, kernel=kernel, stride=stride)
        channels = following
    return openvino.Model([operators.sigmoid(last)], [pixels], "enlarging")


def _as_written(file: Path, batch: np.ndarray) -> np.ndarray:
    core = openvino.Core()
    compiled = core.compile_model(core.read_model(file), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    output: np.ndarray = compiled([batch])[0]
    return output


def _kinds(model: Any) -> set[str]:
    return {node.get_type_name() for node in model.get_ops()}


@pytest.mark.parametrize(
    ("sizes", "outputs"), [([(2, 2)], 1), ([(2, 2), (2, 2)], 1), ([(3, 3), (2, 2)], 2), ([(2, 2), (4, 4)], 3)]
)
def test_an_enlarging_network_gives_the_same_pixels_at_their_places(
    tmp_path: Path, sizes: list[tuple[int, int]], outputs: int
) -> None:
    model = _enlarging_network(*sizes, outputs=outputs)
    openvino.save_model(model, tmp_path / "enlarging.xml", compress_to_fp16=False)
    assert fold_enlargement(model, operators)
    assert "ConvolutionBackpropData" not in _kinds(model)
    session = open_session("openvino", tmp_path / "enlarging.xml", streams=1, cores=1, arithmetic="fp32")
    for shape in ((1, 3, 5, 7), (2, 3, 8, 4)):
        batch = RNG.normal(size=shape).astype(np.float32)
        assert session.run(batch, np.copy) == pytest.approx(_as_written(tmp_path / "enlarging.xml", batch), abs=1e-5)


@pytest.mark.parametrize("size", [(4, 2), (2, 1), (3, 2)])
def test_where_blocks_overlap_or_leave_gaps_nothing_is_changed(size: tuple[int, int]) -> None:
    model = _enlarging_network(size)
    assert not fold_enlargement(model, operators)
    assert "ConvolutionBackpropData" in _kinds(model)


@pytest.mark.parametrize("turned", [False, True])
def test_a_last_layer_is_taken_off_for_those_who_want_it_apart(tmp_path: Path, turned: bool) -> None:
    batch = RNG.normal(size=(2, 3, 4)).astype(np.float32)
    pixels = operators.parameter([-1, -1, 4], np.float32, name="x")
    weights = _random(6, 5) if turned else _random(5, 6)
    features = operators.relu(operators.matmul(pixels, _random(4, 5), transpose_a=False, transpose_b=False))
    product = operators.matmul(features, weights, transpose_a=False, transpose_b=turned)
    logits = operators.add(product, _random(6))
    file = tmp_path / "dense.xml"
    model = openvino.Model([operators.softmax(logits, axis=2)], [pixels], "dense")
    openvino.save_model(model, file, compress_to_fp16=False)
    whole = open_session("openvino", file, streams=1, cores=1, arithmetic="fp32")
    part = open_session("openvino", file, streams=1, cores=1, arithmetic="fp32", last_layer_apart=True)
    assert whole.last_layer is None
    layer = part.last_layer
    assert layer is not None
    rows = part.run(batch, np.copy).reshape(6, 5)
    logits_of_rows = layer.run(rows, np.copy)
    assert logits_of_rows == pytest.approx(rows @ layer.weights + layer.bias, abs=1e-5)
    powers = np.exp(logits_of_rows).reshape(2, 3, 6)
    assert whole.run(batch, np.copy) == pytest.approx(powers / powers.sum(axis=2, keepdims=True), abs=1e-6)


def test_a_network_that_ends_in_no_dense_layer_keeps_what_it_has(tmp_path: Path) -> None:
    file = tmp_path / "enlarging.xml"
    openvino.save_model(_enlarging_network((2, 2)), file)
    assert open_session("openvino", file, streams=1, cores=1, last_layer_apart=True).last_layer is None


@pytest.mark.models
def test_the_detection_network_of_the_ocr_finds_the_same_pixels() -> None:
    file = find_model_files().detection
    batch = RNG.uniform(-1, 1, (1, 3, 96, 160)).astype(np.float32)
    assert fold_enlargement(openvino.Core().read_model(file), operators)
    session = open_session("openvino", file, streams=1, cores=1, arithmetic="fp32")
    assert session.run(batch, np.copy) == pytest.approx(_as_written(file, batch), abs=1e-5)
