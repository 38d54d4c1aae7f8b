"""The transformer blocks that all towers share, as ONNX nodes.

The last block computes only the token that the tower reads, since nothing else of it is used; its keys and values still
see all tokens. The scale of the scores is put into the query's weights. Neither changes a result beyond rounding.
Query, key and value stay three products: OpenVINO fuses this pattern into one attention kernel and runs it a little
faster in bfloat16 than one joined product (58 against 60 ms of one core for a picture through ViT-B/16).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jianwei.encoders.conversion.stored_tensors import StoredTensor

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from jianwei.encoders.conversion.architecture import Activation, Transformer
    from jianwei.encoders.conversion.graph import Graph


@dataclass(frozen=True, slots=True)
class Focus:
    """The one token that is read after the last block.

    `select` takes the name of a (batch, length, width) value to that of a (batch, 1, width) one; `mask` is what is
    added to that token's scores.
    """

    select: Callable[[str], str]
    mask: str | None = None


def linear(graph: Graph, value: str, name: str) -> str:
    """Add a linear layer; its matrix is stored as (inputs, outputs), which runtimes multiply without transposing."""
    product = graph.product(value, f"{name}.weight", graph.tensor(f"{name}.weight").transposed())
    return graph.node("Add", product, graph.weight(f"{name}.bias")) if graph.has(f"{name}.bias") else product


def norm(graph: Graph, value: str, name: str, epsilon: float) -> str:
    """Add a layer norm over the last axis."""
    weight, bias = graph.weight(f"{name}.weight"), graph.weight(f"{name}.bias")
    return graph.node("LayerNormalization", value, weight, bias, axis=-1, epsilon=epsilon)


def activate(graph: Graph, value: str, activation: Activation) -> str:
    """Add an activation."""
    if activation == "quick_gelu":
        scaled = graph.node("Mul", value, graph.number(1.702))
        return graph.node("Mul", value, graph.node("Sigmoid", scaled))
    return graph.node("Gelu", value, approximate="tanh" if activation == "gelu_tanh" else "none")


def perceptron(graph: Graph, value: str, name: str, activation: Activation) -> str:
    """Add the two linear layers of a block with the activation between them."""
    return linear(graph, activate(graph, linear(graph, value, f"{name}mlp_in"), activation), f"{name}mlp_out")


def attention(graph: Graph, name: str, heads: int, value: str, *, asking: str | None = None, mask: str | None) -> str:
    """Add multi-head attention of `asking` over `value`, both (batch, length, width); None lets `value` ask itself."""
    width = graph.tensor(f"{name}query.weight").shape[1]
    head_width = width // heads
    apart = graph.integers(0, 0, heads, head_width)

    def by_head(part: str, order: Sequence[int]) -> str:
        return graph.node("Transpose", graph.node("Reshape", part, apart), perm=list(order))

    query = by_head(_scaled_query(graph, asking or value, f"{name}query", head_width), (0, 2, 1, 3))
    key = by_head(linear(graph, value, f"{name}key"), (0, 2, 3, 1))
    values = by_head(linear(graph, value, f"{name}value"), (0, 2, 1, 3))
    scores = graph.node("MatMul", query, key)
    if mask is not None:
        scores = graph.node("Add", scores, mask)
    mixed = graph.node("MatMul", graph.node("Softmax", scores, axis=-1), values)
    together = graph.node("Reshape", graph.node("Transpose", mixed, perm=[0, 2, 1, 3]), graph.integers(0, 0, width))
    return linear(graph, together, f"{name}output")


def blocks(graph: Graph, value: str, tower: str, shape: Transformer, *, mask: str | None, focus: Focus | None) -> str:
    """Add all blocks of a tower, norms before attention and MLP; with a `focus` the result is its token only."""
    for number in range(shape.layers):
        name = f"{tower}.layers.{number}."
        normed = norm(graph, value, f"{name}norm1", shape.epsilon)
        if focus is not None and number == shape.layers - 1:
            value, asking = focus.select(value), focus.select(normed)
            attended = attention(graph, name, shape.heads, normed, asking=asking, mask=focus.mask)
        else:
            attended = attention(graph, name, shape.heads, normed, mask=mask)
        value = graph.node("Add", value, attended)
        normed = norm(graph, value, f"{name}norm2", shape.epsilon)
        value = graph.node("Add", value, perceptron(graph, normed, name, shape.activation))
    return value


def blocks_normed_after(graph: Graph, value: str, shape: Transformer, *, mask: str, focus: Focus) -> str:
    """Add all blocks of BERT, norms after attention and MLP; the result is the token of `focus` only."""
    for number in range(shape.layers):
        name = f"text.layers.{number}."
        if number == shape.layers - 1:
            asking = focus.select(value)
            attended = attention(graph, name, shape.heads, value, asking=asking, mask=focus.mask)
            value = asking
        else:
            attended = attention(graph, name, shape.heads, value, mask=mask)
        value = norm(graph, graph.node("Add", value, attended), f"{name}norm1", shape.epsilon)
        added = graph.node("Add", value, perceptron(graph, value, name, shape.activation))
        value = norm(graph, added, f"{name}norm2", shape.epsilon)
    return value


def row(graph: Graph, value: str, index: int) -> str:
    """Add a cut of one token out of (batch, length, width), as (batch, 1, width); -1 is the last."""
    stop = index + 1 if index != -1 else np.iinfo(np.int64).max
    return graph.node("Slice", value, graph.integers(index), graph.integers(int(stop)), graph.integers(1))


def without_length(graph: Graph, value: str) -> str:
    """Add the step from (batch, 1, width) to (batch, width)."""
    return graph.node("Squeeze", value, graph.integers(1))


def _scaled_query(graph: Graph, value: str, name: str, head_width: int) -> str:
    weight, bias = graph.tensor(f"{name}.weight"), graph.tensor(f"{name}.bias")
    scale = np.float32(1 / math.sqrt(head_width))
    matrix = StoredTensor(weight.shape[::-1], lambda: (weight.read() * scale).T)
    offset = StoredTensor(bias.shape, lambda: bias.read() * scale)
    product = graph.product(value, f"{name}.weight", matrix)
    return graph.node("Add", product, graph.weight(f"{name}.bias", offset))
