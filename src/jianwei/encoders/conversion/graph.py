"""Build an ONNX graph node by node and write it with its weights.

A thin layer over `onnx.helper` that names values, keeps weights unread until the file is written, stores them as
float32 or float16, and puts large ones beside the graph, since one ONNX file cannot exceed 2 GB. Left out: what the
nodes mean.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from jianwei.errors import MissingPackageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from jianwei.encoders.conversion.quantisation import Quantisation
    from jianwei.encoders.conversion.stored_tensors import StoredTensor

OPSET = 20
"""The first with Gelu as one operator; OpenVINO and ONNX Runtime both read it."""

_IR_VERSION = 9
"""The format version that came with opset 20."""

INLINE_LIMIT_BYTES = 1 << 30
"""Weights beyond this go into a second file: ONNX's own limit is 2 GB, and reading one file needs twice its size."""

_ALIGNMENT_BYTES = 4096
"""Page size: a weight that begins on a page can be mapped into memory instead of being read."""

WeightType = Literal["fp32", "fp16"]


class Graph:
    """One network in the making. Values are referred to by their names, as in ONNX."""

    def __init__(
        self,
        tensors: Mapping[str, StoredTensor],
        *,
        weights: WeightType = "fp32",
        quantisation: Mapping[str, Quantisation] | None = None,
    ) -> None:
        """Begin an empty graph over the tensors of a model.

        Matrices are stored as `weights` says; products whose matrix is named in `quantisation` are calculated in int8.
        """
        self._tensors = tensors
        self._quantisation = quantisation or {}
        self._quantised: dict[tuple[str, int], str] = {}
        self.products: list[tuple[str, str]] = []
        """The value and the matrix of each product, in order."""
        self._weights_type = weights
        self._nodes: list[Any] = []
        self._inputs: list[Any] = []
        self._stored: dict[str, tuple[StoredTensor, np.dtype[Any]]] = {}
        self._constants: dict[tuple[str, tuple[int, ...], bytes], str] = {}
        self._constant_values: dict[str, NDArray[Any]] = {}
        self._count = 0

    def input(self, name: str, element: Literal["float32", "int64"], shape: Sequence[int | str]) -> str:
        """Add an input; a side given as a word is dynamic."""
        onnx = import_onnx()
        kind = onnx.TensorProto.FLOAT if element == "float32" else onnx.TensorProto.INT64
        self._inputs.append(onnx.helper.make_tensor_value_info(name, kind, list(shape)))
        return name

    def node(self, operator: str, *inputs: str, **attributes: Any) -> str:  # noqa: ANN401  # whatever the operator takes
        """Add a node with one output and return the name of that."""
        self._count += 1
        name = f"{operator}_{self._count}"
        self._nodes.append(import_onnx().helper.make_node(operator, list(inputs), [name], name=name, **attributes))
        return name

    def weight(self, name: str, tensor: StoredTensor | None = None) -> str:
        """Add a weight of the model, or `tensor` derived from one, under this name."""
        tensor = tensor or self._tensors[name]
        is_halved = self._weights_type == "fp16" and len(tensor.shape) > 1
        self._stored[name] = (tensor, np.dtype("<f2" if is_halved else "<f4"))
        return self.node("Cast", name, to=import_onnx().TensorProto.FLOAT) if is_halved else name

    def product(self, value: str, name: str, matrix: StoredTensor) -> str:
        """Add the product of a value and a matrix (inputs, outputs) that is stored under this name."""
        self.products.append((value, name))
        if name not in self._quantisation:
            return self.node("MatMul", value, self.weight(name, matrix))
        quantisation = self._quantisation[name]
        key = (value, id(quantisation))
        if key not in self._quantised:  # query, key and value share what they multiply
            self._quantised[key] = self._rounded(value, quantisation)
        steps, rounded = quantisation.rounded(matrix)
        self._stored[name] = (rounded, np.dtype("i1"))
        restored = self.node("DequantizeLinear", name, self.constant(steps), axis=1)
        return self.node("MatMul", self._quantised[key], restored)

    def tensor(self, name: str) -> StoredTensor:
        """Return a weight of the model without adding it."""
        return self._tensors[name]

    def stored(self, name: str) -> StoredTensor:
        """Return a weight as it was added, with all that was derived."""
        return self._stored[name][0]

    def has(self, name: str) -> bool:
        """Tell whether the model has such a weight."""
        return name in self._tensors

    def constant(self, value: NDArray[Any]) -> str:
        """Add a small constant; equal ones are kept once."""
        key = (value.dtype.str, value.shape, value.tobytes())
        if key not in self._constants:
            name = f"constant_{len(self._constants)}"
            self._constants[key] = name
            self._constant_values[name] = value
        return self._constants[key]

    def integers(self, *values: int) -> str:
        """Add a constant row of integers."""
        return self.constant(np.asarray(values, np.int64))

    def number(self, value: float) -> str:
        """Add a constant number."""
        return self.constant(np.asarray(value, np.float32))

    def write(self, path: Path, output: str, dims: int) -> list[Path]:
        """Write the graph with `output` as its embedding and return the files: the graph, and its weights if apart.

        Raises:
            OSError: the disk is full or cannot be written.
        """
        onnx = import_onnx()
        self._nodes.append(onnx.helper.make_node("Identity", [output], ["embedding"], name="embedding"))
        result = onnx.helper.make_tensor_value_info("embedding", onnx.TensorProto.FLOAT, ["batch", dims])
        total = sum(tensor.size * element.itemsize for tensor, element in self._stored.values())
        files = [path]
        if total > INLINE_LIMIT_BYTES:
            files.append(path.with_name(f"{path.name}.data"))
            weights = self._write_apart(files[1])
        else:
            weights = [self._inline(name) for name in self._stored]
        weights += [onnx.numpy_helper.from_array(value, name) for name, value in self._constant_values.items()]
        graph = onnx.helper.make_graph(self._nodes, "encoder", self._inputs, [result], weights)
        opsets = [onnx.helper.make_opsetid("", OPSET)]
        model = onnx.helper.make_model(graph, opset_imports=opsets, producer_name="jianwei", ir_version=_IR_VERSION)
        path.write_bytes(model.SerializeToString())
        return files

    def _rounded(self, value: str, quantisation: Quantisation) -> str:
        even = self.node("Mul", value, self.constant(1 / quantisation.smoothing))
        step, zero = self.number(quantisation.step), self.constant(np.asarray(0, np.int8))
        return self.node("DequantizeLinear", self.node("QuantizeLinear", even, step, zero), step, zero)

    def _inline(self, name: str) -> Any:  # noqa: ANN401  # a TensorProto
        onnx = import_onnx()
        tensor, element = self._stored[name]
        content = np.ascontiguousarray(tensor.read(), element).tobytes()
        kind = onnx.helper.np_dtype_to_tensor_dtype(element)
        return onnx.helper.make_tensor(name, kind, tensor.shape, content, raw=True)

    def _write_apart(self, path: Path) -> list[Any]:
        onnx = import_onnx()
        entries = []
        with path.open("wb") as stream:
            for name, (tensor, element) in self._stored.items():
                offset = math.ceil(stream.tell() / _ALIGNMENT_BYTES) * _ALIGNMENT_BYTES
                stream.seek(offset)
                stream.write(np.ascontiguousarray(tensor.read(), element).tobytes())
                entry = onnx.TensorProto(name=name, dims=tensor.shape)
                entry.data_type = onnx.helper.np_dtype_to_tensor_dtype(element)
                entry.data_location = onnx.TensorProto.EXTERNAL
                place = {"location": path.name, "offset": str(offset), "length": str(stream.tell() - offset)}
                for key, value in place.items():
                    entry.external_data.add(key=key, value=value)
                entries.append(entry)
        return entries


def import_onnx() -> Any:  # noqa: ANN401  # the library's types would be imported with it
    """Return the onnx package.

    Raises:
        MissingPackageError: it is not installed.
    """
    try:
        import onnx
    except ImportError as error:
        raise MissingPackageError(
            "Importing a model needs the onnx package. Install it with: pip install onnx",
            zh="导入模型需要 onnx 软件包。请运行：pip install onnx",
            package="onnx",
        ) from error
    return onnx
