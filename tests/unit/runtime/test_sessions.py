"""One suite for every runtime. The network is written here byte by byte: y = x + 1, with one line of metadata."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pytest

from jianwei.errors import MissingPackageError, ModelError
from jianwei.runtime.opening import open_session

if TYPE_CHECKING:
    from pathlib import Path

    from jianwei.runtime.opening import RuntimeName
    from jianwei.runtime.sessions import InferenceSession

RUNTIMES: list[RuntimeName] = ["openvino", "onnxruntime"]


def _field(number: int, value: bytes | int) -> bytes:
    """Encode one field of a protocol buffer message."""
    if isinstance(value, int):
        return bytes([number << 3, value])
    return bytes([number << 3 | 2, len(value)]) + value


def _port(name: bytes, *axes: int | bytes) -> bytes:
    shape = b"".join(_field(1, _field(1, axis) if isinstance(axis, int) else _field(2, axis)) for axis in axes)
    return _field(1, name) + _field(2, _field(1, _field(1, 1) + _field(2, shape)))


def plus_one_network() -> bytes:
    """Return an ONNX file of y = x + 1 for x of shape (n, 2), with metadata character = 甲\\n乙."""
    one = _field(1, 1) + _field(2, 1) + _field(8, b"one") + _field(9, np.float32(1).tobytes())
    node = _field(1, b"x") + _field(1, b"one") + _field(2, b"y") + _field(4, b"Add")
    graph = (
        _field(1, node)
        + _field(2, b"g")
        + _field(5, one)
        + _field(11, _port(b"x", b"n", 2))
        + _field(12, _port(b"y", b"n", 2))
    )
    metadata = _field(1, b"character") + _field(2, "甲\n乙".encode())
    return _field(1, 8) + _field(7, graph) + _field(8, _field(1, b"") + _field(2, 13)) + _field(14, metadata)


@pytest.fixture(params=RUNTIMES)
def runtime(request: pytest.FixtureRequest) -> RuntimeName:
    name: RuntimeName = request.param
    pytest.importorskip(name)
    return name


@pytest.fixture
def session(runtime: RuntimeName, tmp_path: Path) -> InferenceSession:
    file = tmp_path / "plus_one.onnx"
    file.write_bytes(plus_one_network())
    return open_session(runtime, file, streams=2, cores=2)


def test_a_batch_of_any_size_goes_through(session: InferenceSession) -> None:
    for size in (1, 5):
        batch = np.arange(2 * size, dtype=np.float32).reshape(size, 2)
        assert np.array_equal(session.run(batch, np.copy), batch + 1)


def test_inputs_and_metadata_are_those_of_the_file(session: InferenceSession) -> None:
    assert dict(session.inputs) == {"x": (None, 2)}
    assert session.metadata["character"] == "甲\n乙"


def test_inputs_may_be_named(session: InferenceSession) -> None:
    assert session.run_named({"x": np.zeros((1, 2), np.float32)}, lambda output: float(output.sum())) == 2


def test_more_callers_than_streams_each_get_their_own_result(session: InferenceSession) -> None:
    batches = [np.full((3, 2), number, np.float32) for number in range(200)]
    with ThreadPoolExecutor(6) as threads:
        results = list(threads.map(lambda batch: session.run(batch, np.copy), batches))
    assert all(np.array_equal(result, batch + 1) for result, batch in zip(results, batches, strict=True))


def test_a_refused_batch_is_a_model_error_and_the_session_lives_on(session: InferenceSession) -> None:
    for _ in range(3):
        with pytest.raises(ModelError, match=r"plus_one\.onnx"):
            session.run(np.zeros((1, 3), np.float32), np.copy)
    assert session.run(np.zeros((1, 2), np.float32), float_sum) == 2


def test_an_error_in_what_the_caller_makes_of_the_output_is_left_alone(session: InferenceSession) -> None:
    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            session.run(np.zeros((1, 2), np.float32), lambda _: 1 // 0)
    assert session.run(np.zeros((1, 2), np.float32), float_sum) == 2


def float_sum(output: np.ndarray) -> float:
    return float(output.sum())


def test_a_file_that_is_no_model_is_refused(runtime: RuntimeName, tmp_path: Path) -> None:
    file = tmp_path / "broken.onnx"
    file.write_bytes(b"this is no model")
    with pytest.raises(ModelError, match=r"broken\.onnx"):
        open_session(runtime, file, streams=1, cores=1)


@pytest.mark.parametrize("name", RUNTIMES)
def test_a_missing_package_is_named_with_the_command_that_installs_it(
    name: RuntimeName, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingPackageError, match=f"pip install {name}"):
        open_session(name, tmp_path / "any.onnx", streams=1, cores=1)
