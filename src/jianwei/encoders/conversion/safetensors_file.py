"""Read the tensors of a .safetensors file, or of several that an index file names.

The format is a length, a JSON header and the numbers; reading it takes no package, and checking each offset against the
file's size tells a half-downloaded file apart from a whole one before anything is converted.

Source: the format's own description, "Safetensors: Format", in the repository of the safetensors project.
"""

from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from jianwei.encoders.conversion.damaged_files import damaged, incomplete
from jianwei.encoders.conversion.stored_tensors import StoredTensor, widened_bfloat16

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

_TYPES: Mapping[str, np.dtype[Any]] = {
    "F64": np.dtype("<f8"),
    "F32": np.dtype("<f4"),
    "F16": np.dtype("<f2"),
    "BF16": np.dtype("<u2"),
    "I64": np.dtype("<i8"),
    "I32": np.dtype("<i4"),
    "I16": np.dtype("<i2"),
    "I8": np.dtype("<i1"),
    "U8": np.dtype("<u1"),
    "BOOL": np.dtype("?"),
}
_LONGEST_HEADER_BYTES = 100_000_000
"""The format's own limit."""


def read_safetensors(path: Path) -> dict[str, StoredTensor]:
    """Return the tensors of a file by name, unread.

    Raises:
        ModelError: the file is not in this format, or is shorter than its header says.
    """
    size_bytes = path.stat().st_size
    with path.open("rb") as stream:
        start = stream.read(8)
        length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
        if not 2 <= length <= _LONGEST_HEADER_BYTES:
            raise damaged(path, "it does not begin as a safetensors file does")
        encoded = stream.read(length)
    if len(encoded) < length:
        raise incomplete(path, have_bytes=size_bytes, need_bytes=length + 8)
    try:
        header = orjson.loads(encoded)
        entries = {name: entry for name, entry in header.items() if name != "__metadata__"}
        ends = [int(entry["data_offsets"][1]) for entry in entries.values()]
        need_bytes = 8 + length + max(ends, default=0)
        if size_bytes < need_bytes:
            raise incomplete(path, have_bytes=size_bytes, need_bytes=need_bytes)
        return {name: _tensor(path, 8 + length, entry) for name, entry in entries.items()}
    except (orjson.JSONDecodeError, AttributeError, KeyError, TypeError, ValueError, IndexError) as error:
        raise damaged(path, f"its header cannot be read: {error}") from error


def read_sharded_safetensors(index: Path) -> dict[str, StoredTensor]:
    """Return the tensors of all files that `index`, a model.safetensors.index.json, names.

    Raises:
        ModelError: the index is damaged, or a file it names is missing or incomplete.
    """
    try:
        names = sorted(set(orjson.loads(index.read_bytes())["weight_map"].values()))
    except (orjson.JSONDecodeError, AttributeError, KeyError, TypeError) as error:
        raise damaged(index, f"it cannot be read: {error}") from error
    tensors: dict[str, StoredTensor] = {}
    for name in names:
        part = index.parent / name
        if not part.is_file():
            raise damaged(index, f"the file {name} that it names is not there")
        tensors |= read_safetensors(part)
    return tensors


def _tensor(path: Path, base: int, entry: dict[str, Any]) -> StoredTensor:
    shape = tuple(int(side) for side in entry["shape"])
    kind = str(entry["dtype"])
    element = _TYPES[kind]
    start, stop = (int(offset) for offset in entry["data_offsets"])
    if start < 0 or stop - start != math.prod(shape) * element.itemsize:
        message = f"offsets {start}..{stop} do not fit the shape {list(shape)} of {kind}"
        raise ValueError(message)

    def read() -> NDArray[np.float32]:
        values = np.fromfile(path, element, math.prod(shape), offset=base + start).reshape(shape)
        return widened_bfloat16(values) if kind == "BF16" else values.astype(np.float32, copy=False)

    return StoredTensor(shape, read)
