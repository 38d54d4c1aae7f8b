"""Read the tensors of a PyTorch checkpoint (.pt, .bin) or TorchScript archive without PyTorch.

Since PyTorch 1.6 such a file is an uncompressed zip: one pickle that describes the tensors and one entry of plain
numbers for each storage. The pickle is read by an unpickler that knows only how to rebuild tensors: every other name in
it becomes an inert object, so nothing that a checkpoint says can run. Tensors stay unread until they are needed.
Left out: the older format that is not a zip, and tensors that are sparse or quantised.

Source: the zip layout and `_rebuild_tensor_v2` as in PyTorch's `torch/serialization.py` and `torch/_utils.py`.
"""

from __future__ import annotations

import collections
import math
import pickle  # the unpickler below resolves no names
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from jianwei.encoders.conversion.damaged_files import damaged
from jianwei.encoders.conversion.stored_tensors import StoredTensor, widened_bfloat16
from jianwei.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

_STORAGES = {
    "DoubleStorage": "<f8",
    "FloatStorage": "<f4",
    "HalfStorage": "<f2",
    "BFloat16Storage": "bfloat16",
    "LongStorage": "<i8",
    "IntStorage": "<i4",
    "ShortStorage": "<i2",
    "CharStorage": "<i1",
    "ByteStorage": "<u1",
    "BoolStorage": "?",
}


@dataclass(frozen=True, slots=True)
class TorchFile:
    """What a PyTorch file holds: its tensors by dotted name, and whether it is a TorchScript archive."""

    tensors: dict[str, StoredTensor]
    is_script: bool


def read_torch_file(path: Path) -> TorchFile:
    """Return the tensors of a checkpoint or TorchScript archive by name, unread.

    Names of nested dictionaries are joined by dots. Numbers other than tensors are left out.

    Raises:
        ModelError: the file is cut short, in the format before PyTorch 1.6, or not a checkpoint.
    """
    if not zipfile.is_zipfile(path):
        raise _not_a_zip(path)
    try:
        with zipfile.ZipFile(path) as archive:
            entry = next((name for name in archive.namelist() if name.rpartition("/")[2] == "data.pkl"), None)
            if entry is None:
                raise damaged(path, "it is a zip file without the data.pkl of a PyTorch checkpoint")
            folder = entry[: -len("data.pkl")]
            with archive.open(entry) as stream:
                content = _TensorUnpickler(stream, path, folder, set(archive.namelist())).load()
            is_script = f"{folder}constants.pkl" in archive.namelist()
    except (zipfile.BadZipFile, pickle.UnpicklingError, EOFError, ValueError, KeyError, IndexError, TypeError) as error:
        raise damaged(path, f"it cannot be read as a PyTorch checkpoint ({error})") from error
    return TorchFile(dict(_flattened(content, "")), is_script)


class _Inert:
    """Stands for any object that is not a tensor: takes whatever the pickle does to it and does nothing."""

    state: object = None

    def __new__(cls, *_: object, **__: object) -> Self:
        return super().__new__(cls)

    def __call__(self, *_: object, **__: object) -> _Inert:
        return self

    def __setstate__(self, state: object) -> None:
        self.state = state

    def __setitem__(self, _name: object, _value: object) -> None:
        """Ignore an entry of an unknown mapping."""

    def append(self, _value: object) -> None:
        """Ignore an item of an unknown list."""

    extend = append
    add = append


@dataclass(frozen=True, slots=True)
class _Storage:
    element: str
    entry: str
    count: int


class _TensorUnpickler(pickle.Unpickler):
    def __init__(self, stream: Any, path: Path, folder: str, entries: set[str]) -> None:  # noqa: ANN401  # a zip entry
        super().__init__(stream, encoding="utf-8")
        self._path = path
        self._folder = folder
        self._entries = entries

    def find_class(self, module: str, name: str, /) -> Any:  # noqa: ANN401  # whatever pickle may call
        if module == "torch._utils" and name in {"_rebuild_tensor_v2", "_rebuild_tensor"}:
            return self._tensor
        if module == "torch._utils" and name == "_rebuild_parameter":
            return _first
        if module == "collections" and name == "OrderedDict":
            return collections.OrderedDict
        if module == "torch" and name in _STORAGES:
            return name
        return _Inert

    def persistent_load(self, pid: Any) -> _Storage:  # noqa: ANN401  # as pickle has it
        _, storage, key, _, count = pid
        entry = f"{self._folder}data/{key}"
        if not isinstance(storage, str) or entry not in self._entries:
            raise damaged(self._path, f"it has no numbers of the kind and name that it mentions ({key})")
        return _Storage(_STORAGES[storage], entry, int(count))

    def _tensor(
        self, storage: _Storage, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], *_: object
    ) -> StoredTensor:
        last = offset + sum((side - 1) * stride for side, stride in zip(shape, strides, strict=True))
        if offset < 0 or min(strides, default=0) < 0 or (math.prod(shape) > 0 and last >= storage.count):
            raise damaged(self._path, "a tensor reaches beyond its own numbers")
        path = self._path

        def read() -> NDArray[np.float32]:
            numbers = _numbers(path, storage)
            item = numbers.itemsize
            view = np.lib.stride_tricks.as_strided(
                numbers[offset:], shape, [stride * item for stride in strides], writeable=False
            )
            return np.ascontiguousarray(view, np.float32).reshape(shape)

        return StoredTensor(shape, read)


def _first(value: object, *_: object) -> object:
    return value


def _numbers(path: Path, storage: _Storage) -> NDArray[Any]:
    is_bfloat16 = storage.element == "bfloat16"
    with zipfile.ZipFile(path) as archive:
        try:
            content = archive.read(storage.entry)
        except (zipfile.BadZipFile, EOFError) as error:
            raise damaged(path, f"the numbers in {storage.entry} have changed ({error})") from error
    numbers = np.frombuffer(content, np.dtype("<u2" if is_bfloat16 else storage.element))
    if numbers.size < storage.count:
        raise damaged(path, f"{storage.entry} has {numbers.size} of {storage.count} numbers")
    return widened_bfloat16(numbers) if is_bfloat16 else numbers


def _flattened(content: object, prefix: str) -> Iterator[tuple[str, StoredTensor]]:
    if isinstance(content, StoredTensor):
        yield prefix[:-1], content
    elif isinstance(content, _Inert):
        yield from _flattened(content.state, prefix)
    elif isinstance(content, dict):
        for name, value in content.items():
            yield from _flattened(value, f"{prefix}{name}.")


def _not_a_zip(path: Path) -> ModelError:
    with path.open("rb") as stream:
        start = stream.read(16)
    if start.startswith(b"PK"):
        return damaged(path, "it begins as a PyTorch checkpoint and ends too early; its download was not finished")
    # Before 1.6 a file began with the pickled number 0x1950a86a20f9469cfc6c.
    if b"\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19" in start:
        return ModelError(
            f"{path} is in PyTorch's format of before 2020. Save it again: torch.save(torch.load(PATH), PATH)",
            zh=f"{path} 是 2020 年之前的 PyTorch 格式。请重新保存：torch.save(torch.load(路径), 路径)",
            path=str(path),
        )
    return damaged(path, "it is not a PyTorch checkpoint")
