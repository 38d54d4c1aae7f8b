"""What an ONNX file of unknown make takes and gives, and how its names and number types become ours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from jianwei.encoders.conversion.graph import import_onnx
from jianwei.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Mapping

_OUTPUTS = (
    "embedding",
    "image_embeds",
    "text_embeds",
    "unnorm_image_features",
    "unnorm_text_features",
    "image_features",
    "text_features",
    "pooler_output",
)
"""What exporters call the embedding, surest first; others are taken when they are the only matrix."""


@dataclass(frozen=True, slots=True)
class TowerInterface:
    """One file's inputs under our names, its embedding, and the sizes that it fixes; None where it leaves them open."""

    tower: Literal["image", "text"]
    inputs: Mapping[str, str]
    zeros: tuple[str, ...]
    """Inputs that are always zero, such as token types."""
    output: str
    size_px: int | None = None
    length: int | None = None


def interface_of(model: Any, *, where: str) -> TowerInterface:  # noqa: ANN401  # a ModelProto
    """Tell which tower a file is and what its inputs and output mean.

    Raises:
        ModelError: it is neither tower, or both in one, or its batch is fixed.
    """
    onnx = import_onnx()
    weights = {weight.name for weight in model.graph.initializer}
    inputs = {value.name: value.type.tensor_type for value in model.graph.input if value.name not in weights}
    floats = {onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16}
    pictures = [name for name, kind in inputs.items() if kind.elem_type in floats and len(kind.shape.dim) == 4]
    texts = [name for name, kind in inputs.items() if kind.elem_type not in floats and len(kind.shape.dim) == 2]
    if len(pictures) == 1 and len(inputs) == 1:
        sides = _sizes(inputs[pictures[0]], where)
        if sides[2] != sides[3]:
            raise _unusable(where, f"it takes pictures of {sides[2]} × {sides[3]}, not square", "其输入图片不是正方形")
        return TowerInterface("image", {"pixels": pictures[0]}, (), _embedding(model, where), size_px=sides[2])
    if not pictures and texts and len(texts) == len(inputs):
        return _text_interface(model, inputs, where)
    found = ", ".join(f"{name} ({len(kind.shape.dim)} axes)" for name, kind in inputs.items())
    raise _unusable(where, f"it takes {found}; one tower per file is needed", f"其输入为 {found}；每个文件只能有一个塔")


def adapt(model: Any, interface: TowerInterface) -> None:  # noqa: ANN401  # a ModelProto
    """Give the inputs and the output of `model` our names and types, in place."""
    onnx = import_onnx()
    graph = model.graph
    originals = {value.name: value for value in graph.input}
    before: list[Any] = []
    fresh: list[Any] = []
    for ours, theirs in interface.inputs.items():
        kind = originals[theirs].type.tensor_type
        wanted = onnx.TensorProto.FLOAT if ours == "pixels" else onnx.TensorProto.INT64
        inner = f"{theirs}_as_exported"
        _rename_uses(graph, theirs, inner)
        before.append(onnx.helper.make_node("Cast", [ours], [inner], name=f"{ours}_cast", to=kind.elem_type))
        value = onnx.helper.make_tensor_value_info(ours, wanted, [_side(side) for side in kind.shape.dim])
        value.type.tensor_type.shape.dim[0].dim_param = "batch"
        fresh.append(value)
    for name in interface.zeros:
        kind = originals[name].type.tensor_type
        inner = f"{name}_zero"
        before.append(onnx.helper.make_node("Sub", ["token_ids", "token_ids"], [inner], name=inner))
        before.append(onnx.helper.make_node("Cast", [inner], [name], name=f"{name}_cast", to=kind.elem_type))
    kept = [value for name, value in originals.items() if name in {weight.name for weight in graph.initializer}]
    output = f"{interface.output}_as_exported"
    _rename_uses(graph, interface.output, output)
    last = onnx.helper.make_node("Cast", [output], ["embedding"], name="embedding_cast", to=onnx.TensorProto.FLOAT)
    nodes = [*before, *graph.node, last]
    result = onnx.helper.make_tensor_value_info("embedding", onnx.TensorProto.FLOAT, ["batch", None])
    for field, values in (("input", [*kept, *fresh]), ("node", nodes), ("output", [result])):
        graph.ClearField(field)
        getattr(graph, field).extend(values)


def _text_interface(model: Any, inputs: Mapping[str, Any], where: str) -> TowerInterface:  # noqa: ANN401  # a ModelProto
    names = list(inputs)
    masks = [name for name in names if "mask" in name]
    zeros = tuple(name for name in names if "type" in name)
    ids = [name for name in names if name not in masks and name not in zeros]
    if len(ids) != 1 or len(masks) > 1:
        raise _unusable(where, f"its inputs are {', '.join(names)}", f"其输入为 {'、'.join(names)}")
    ours = {"token_ids": ids[0], **dict(zip(("attention_mask",), masks, strict=False))}
    length = _sizes(inputs[ids[0]], where)[1]
    return TowerInterface("text", ours, zeros, _embedding(model, where), length=length)


def _embedding(model: Any, where: str) -> str:  # noqa: ANN401  # a ModelProto
    outputs = {value.name: len(value.type.tensor_type.shape.dim) for value in model.graph.output}
    known = [name for name in _OUTPUTS if name in outputs]
    matrices = [name for name, axes in outputs.items() if axes == 2]
    chosen = known or (matrices if len(matrices) == 1 else [])
    if not chosen:
        listed = ", ".join(outputs)
        raise _unusable(where, f"none of its outputs ({listed}) is an embedding", f"其输出（{listed}）中没有向量")
    return str(chosen[0])


def _sizes(kind: Any, where: str) -> list[int | None]:  # noqa: ANN401  # a TypeProto.Tensor
    sizes = [side.dim_value if side.HasField("dim_value") and side.dim_value > 0 else None for side in kind.shape.dim]
    if sizes[0] is not None:
        raise _unusable(
            where,
            f"its batch is fixed at {sizes[0]}; export it with a dynamic batch or import its checkpoint instead",
            f"其 batch 固定为 {sizes[0]}；请用动态 batch 重新导出，或直接导入其原始权重",
        )
    return sizes


def _side(side: Any) -> int | str | None:  # noqa: ANN401  # a TensorShapeProto.Dimension
    return side.dim_value if side.HasField("dim_value") else side.dim_param or None


def _rename_uses(graph: Any, old: str, new: str) -> None:  # noqa: ANN401  # a GraphProto
    for node in graph.node:
        for names in (node.input, node.output):
            for place, name in enumerate(names):
                if name == old:
                    names[place] = new
        for attribute in node.attribute:
            if attribute.HasField("g"):
                _rename_uses(attribute.g, old, new)


def _unusable(where: str, reason: str, reason_zh: str) -> ModelError:
    return ModelError(
        f"{where} cannot be used as a tower: {reason}.",
        zh=f"{where} 不能用作模型的一个塔：{reason_zh}。",
        path=where,
    )
