"""Reading .safetensors and PyTorch files without their packages: every type, every way to be damaged."""

from __future__ import annotations

import json
import pickle
import struct
import sys
import types
import zipfile
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.encoders.tiny_models import write_safetensors

from jianwei.encoders.conversion.safetensors_file import read_safetensors, read_sharded_safetensors
from jianwei.encoders.conversion.torch_file import read_torch_file
from jianwei.errors import ModelError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


def test_safetensors_are_read_as_float32(tmp_path: Path) -> None:
    whole = np.arange(6, dtype=np.float32).reshape(2, 3)
    write_safetensors(tmp_path / "m.safetensors", {"a": whole, "b": whole.astype(np.float16)})
    tensors = read_safetensors(tmp_path / "m.safetensors")
    assert tensors["a"].shape == (2, 3)
    assert tensors["b"].read().dtype == np.float32
    assert np.array_equal(tensors["a"].read(), whole)
    assert np.array_equal(tensors["b"].read(), whole)
    assert np.array_equal(tensors["a"].transposed().read(), whole.T)
    assert np.array_equal(tensors["a"].rows(1, 2).read(), whole[1:])


def test_bfloat16_is_widened_exactly(tmp_path: Path) -> None:
    numbers = np.array([1.0, -2.5, 3.0e38, 0.0078125], np.float32)  # all exact in 8 bits of mantissa but the third
    bits = (numbers.view(np.uint32) >> 16).astype("<u2")
    header = json.dumps({"a": {"dtype": "BF16", "shape": [4], "data_offsets": [0, 8]}}).encode()
    (tmp_path / "m.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + bits.tobytes())
    read = read_safetensors(tmp_path / "m.safetensors")["a"].read()
    assert np.array_equal(read[[0, 1, 3]], numbers[[0, 1, 3]])


def test_half_downloaded_safetensors_are_told_with_both_sizes(tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    write_safetensors(path, {"a": np.zeros((10, 10), np.float32)})
    whole = path.read_bytes()
    path.write_bytes(whole[:-100])
    with pytest.raises(ModelError, match=rf"{len(whole) - 100:,} of at least {len(whole):,} bytes"):
        read_safetensors(path)
    path.write_bytes(whole[:20])
    with pytest.raises(ModelError, match="incomplete"):
        read_safetensors(path)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"<!DOCTYPE html><html>not found</html>", "web page"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:ab\n", "git-lfs"),
        (b"", "empty"),
        (struct.pack("<Q", 4) + b"null", "header"),
        (struct.pack("<Q", 12) + b'{"a": {"x":1', "header"),
    ],
)
@pytest.mark.parametrize("read", [read_safetensors, read_torch_file])
def test_file_that_is_no_checkpoint_is_told_for_what_it_is(
    read: Any, content: bytes, reason: str, tmp_path: Path
) -> None:
    path = tmp_path / "m.safetensors"
    path.write_bytes(content)
    expected = reason if read is read_safetensors or reason != "header" else "not a PyTorch checkpoint"
    with pytest.raises(ModelError, match=expected):
        read(path)


@given(content=st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(content: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.getbasetemp() / "any.bin"
    path.write_bytes(content)
    for read in (read_safetensors, read_torch_file):
        with pytest.raises(ModelError, match=r"any\.bin"):
            read(path)


def test_header_whose_offsets_do_not_fit_the_shape_is_refused(tmp_path: Path) -> None:
    header = json.dumps({"a": {"dtype": "F32", "shape": [4], "data_offsets": [0, 8]}}).encode()
    (tmp_path / "m.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + bytes(8))
    with pytest.raises(ModelError, match="do not fit"):
        read_safetensors(tmp_path / "m.safetensors")


def test_shards_are_read_together_and_a_missing_one_is_named(tmp_path: Path) -> None:
    write_safetensors(tmp_path / "one.safetensors", {"a": np.zeros(2, np.float32)})
    write_safetensors(tmp_path / "two.safetensors", {"b": np.ones(2, np.float32)})
    index = tmp_path / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"a": "one.safetensors", "b": "two.safetensors"}}))
    assert sorted(read_sharded_safetensors(index)) == ["a", "b"]
    (tmp_path / "two.safetensors").unlink()
    with pytest.raises(ModelError, match=r"two\.safetensors"):
        read_sharded_safetensors(index)


class _Pickler(pickle.Pickler):
    """Writes arrays as PyTorch writes tensors: a reference into a storage that stands in an entry of its own."""

    storages: list[NDArray[Any]]

    def persistent_id(self, obj: Any) -> Any:
        if isinstance(obj, np.ndarray):
            self.storages.append(obj)
            kind = {"float32": "FloatStorage", "float16": "HalfStorage", "int64": "LongStorage"}[obj.dtype.name]
            return ("storage", getattr(sys.modules["torch"], kind), str(len(self.storages) - 1), "cpu", obj.size)
        return None


class _Tensor:
    def __init__(self, array: NDArray[Any], strides: tuple[int, ...] | None = None, offset: int = 0) -> None:
        self.array, self.offset = array, offset
        self.strides = strides or tuple(side // array.itemsize for side in array.strides)

    def __reduce__(self) -> Any:
        rebuild: Any = sys.modules["torch._utils"]
        flat = self.array.ravel()
        return rebuild._rebuild_tensor_v2, (flat, self.offset, self.array.shape, self.strides, False, OrderedDict())


class _Trap:
    def __reduce__(self) -> Any:
        return pytest.fail, ("the checkpoint was executed",)


@pytest.fixture
def write_torch(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Stand-ins for the names that a pickle of PyTorch refers to, which pickle wants to find when it writes them."""
    torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")
    for kind in ("FloatStorage", "HalfStorage", "LongStorage"):
        setattr(torch, kind, type(kind, (), {"__module__": "torch"}))

    def _rebuild_tensor_v2(*_: object) -> None: ...

    _rebuild_tensor_v2.__module__, _rebuild_tensor_v2.__qualname__ = "torch._utils", "_rebuild_tensor_v2"
    utils._rebuild_tensor_v2 = _rebuild_tensor_v2  # type: ignore[attr-defined]  # a stand-in
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setitem(sys.modules, "torch._utils", utils)

    def write(path: Path, content: object, *, is_script: bool = False) -> Path:
        import io

        stream = io.BytesIO()
        pickler = _Pickler(stream, protocol=2)
        pickler.storages = []
        pickler.dump(content)
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("archive/data.pkl", stream.getvalue())
            for number, storage in enumerate(pickler.storages):
                archive.writestr(f"archive/data/{number}", storage.tobytes())
            if is_script:
                archive.writestr("archive/constants.pkl", pickle.dumps(()))
        return path

    return write


def test_tensors_of_a_pytorch_file_are_read_by_dotted_name(write_torch: Any, tmp_path: Path) -> None:
    matrix = np.arange(6, dtype=np.float32).reshape(2, 3)
    turned = _Tensor(matrix, strides=(1, 2))
    content = {
        "state_dict": OrderedDict(a=_Tensor(matrix), b=_Tensor(matrix.astype(np.float16)), turned=turned),
        "step": _Tensor(np.array(7, np.int64), strides=()),
        "epoch": 3,
        "arguments": types.SimpleNamespace(rate=0.1),
    }
    found = read_torch_file(write_torch(tmp_path / "m.pt", content))
    assert sorted(found.tensors) == ["state_dict.a", "state_dict.b", "state_dict.turned", "step"]
    assert np.array_equal(found.tensors["state_dict.a"].read(), matrix)
    assert np.array_equal(found.tensors["state_dict.b"].read(), matrix)
    assert np.array_equal(found.tensors["state_dict.turned"].read(), matrix.ravel().reshape(3, 2).T)
    assert found.tensors["step"].read() == 7
    assert not found.is_script


def test_script_archive_is_recognised(write_torch: Any, tmp_path: Path) -> None:
    found = read_torch_file(write_torch(tmp_path / "m.pt", {"a": _Tensor(np.zeros(2, np.float32))}, is_script=True))
    assert found.is_script


def test_nothing_in_a_checkpoint_is_executed(write_torch: Any, tmp_path: Path) -> None:
    content = {"a": _Tensor(np.ones(2, np.float32)), "trap": _Trap()}
    assert sorted(read_torch_file(write_torch(tmp_path / "m.pt", content)).tensors) == ["a"]


def test_tensor_that_reaches_beyond_its_storage_is_refused(write_torch: Any, tmp_path: Path) -> None:
    beyond = _Tensor(np.zeros((2, 3), np.float32), strides=(300, 1))
    with pytest.raises(ModelError, match="beyond"):
        read_torch_file(write_torch(tmp_path / "m.pt", {"a": beyond}))


def test_half_downloaded_pytorch_file_is_told(write_torch: Any, tmp_path: Path) -> None:
    path = write_torch(tmp_path / "m.pt", {"a": _Tensor(np.zeros((50, 50), np.float32))})
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(ModelError, match="not finished"):
        read_torch_file(path)


def test_changed_numbers_are_noticed(write_torch: Any, tmp_path: Path) -> None:
    path = write_torch(tmp_path / "m.pt", {"a": _Tensor(np.full(500, 1.5, np.float32))})
    content = path.read_bytes()
    number = np.float32(1.5).tobytes()
    path.write_bytes(content.replace(number * 8, np.float32(2.5).tobytes() * 8, 1))
    with pytest.raises(ModelError, match="changed"):
        read_torch_file(path).tensors["a"].read()


def test_zip_that_is_no_checkpoint_is_told(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "m.pt", "w") as archive:
        archive.writestr("readme.txt", "x")
    with pytest.raises(ModelError, match=r"data\.pkl"):
        read_torch_file(tmp_path / "m.pt")


def test_format_before_2020_is_named_with_its_remedy(tmp_path: Path) -> None:
    (tmp_path / "m.pt").write_bytes(pickle.dumps(0x1950A86A20F9469CFC6C, protocol=2) + b"rest")
    with pytest.raises(ModelError, match=r"torch\.save"):
        read_torch_file(tmp_path / "m.pt")
