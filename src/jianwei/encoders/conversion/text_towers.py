"""The text towers as ONNX graphs: CLIP's causal transformer, BERT, and SigLIP's.

The length of a row is dynamic where padding does not change the result (CLIP's causal mask hides what comes after the
end, BERT masks padding), so that short queries cost little. SigLIP reads the last token of a row padded to the full
context, as it was trained; there the length is fixed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from jianwei.encoders.conversion.stored_tensors import StoredTensor
from jianwei.encoders.conversion.transformer_layers import (
    Focus,
    blocks,
    blocks_normed_after,
    linear,
    norm,
    row,
    without_length,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from jianwei.encoders.conversion.architecture import Architecture, TextTransformer
    from jianwei.encoders.conversion.graph import Graph

_HIDDEN = -1e9
"""Added to the score of a token that must not be seen: its weight after the softmax is exactly 0."""


def add_text_tower(graph: Graph, architecture: Architecture) -> str:
    """Add the text tower with its input `token_ids` (batch, length) int64; returns the name of the embedding."""
    tower = architecture.text
    length: int | str = architecture.context_length if tower.pooling == "last" else "length"
    ids = graph.input("token_ids", "int64", ("batch", length))
    builders: dict[str, Callable[[Graph, TextTransformer, str], str]] = {
        "end": _causal,
        "first": _bidirectional,
        "last": _unmasked,
    }
    return linear(graph, builders[tower.pooling](graph, tower, ids), "text.projection")


def _causal(graph: Graph, tower: TextTransformer, ids: str) -> str:
    length = graph.node("Shape", ids, start=1, end=2)
    value = graph.node("Add", _looked_up(graph, ids), _places(graph, tower, length))
    end = _first_highest(graph, tower, ids, length)
    hidden = np.triu(np.full((tower.positions, tower.positions), _HIDDEN, np.float32), k=1)
    square = graph.constant(hidden)
    rows = graph.node("Slice", square, graph.integers(0), length, graph.integers(1))
    mask = graph.node("Slice", rows, graph.integers(0), length, graph.integers(0))
    # (batch,) positions pick their rows of the mask: (batch, length), then (batch, 1, 1, length).
    focus_mask = graph.node("Unsqueeze", graph.node("Gather", rows, end, axis=0), graph.integers(1, 2))
    focus = Focus(select=lambda tokens: _picked(graph, tokens, end, length, tower.blocks.width), mask=focus_mask)
    value = without_length(graph, blocks(graph, value, "text", tower.blocks, mask=mask, focus=focus))
    return norm(graph, value, "text.post_norm", tower.blocks.epsilon)


def _bidirectional(graph: Graph, tower: TextTransformer, ids: str) -> str:
    length = graph.node("Shape", ids, start=1, end=2)
    value = graph.node("Add", _looked_up(graph, ids), _places(graph, tower, length))
    value = norm(graph, value, "text.embedding_norm", tower.blocks.epsilon)
    is_padding = graph.node("Cast", graph.node("Equal", ids, graph.integers(0)), to=_FLOAT)
    mask = graph.node("Unsqueeze", graph.node("Mul", is_padding, graph.number(_HIDDEN)), graph.integers(1, 2))
    focus = Focus(select=lambda tokens: row(graph, tokens, 0), mask=mask)
    return without_length(graph, blocks_normed_after(graph, value, tower.blocks, mask=mask, focus=focus))


def _unmasked(graph: Graph, tower: TextTransformer, ids: str) -> str:
    position = graph.tensor("text.position")
    table = graph.weight("text.position", position.reshaped((1, *position.shape)))
    value = graph.node("Add", _looked_up(graph, ids), table)
    focus = Focus(select=lambda tokens: row(graph, tokens, -1))
    value = without_length(graph, blocks(graph, value, "text", tower.blocks, mask=None, focus=focus))
    return norm(graph, value, "text.post_norm", tower.blocks.epsilon)


_FLOAT = 1
"""ONNX's number for float32."""


def _looked_up(graph: Graph, ids: str) -> str:
    return graph.node("Gather", graph.weight("text.token"), ids, axis=0)


def _places(graph: Graph, tower: TextTransformer, length: str) -> str:
    position = graph.tensor("text.position")
    if tower.types:
        # All tokens are of type 0, so its row is added to the places once, here.
        types = graph.tensor("text.type")
        position = StoredTensor(position.shape, lambda: graph.tensor("text.position").read() + types.read()[0])
    table = graph.weight("text.position", position.reshaped((1, *position.shape)))
    return graph.node("Slice", table, graph.integers(0), length, graph.integers(1))


def _first_highest(graph: Graph, tower: TextTransformer, ids: str, length: str) -> str:
    # The end token has the highest id and may also be the padding: ids made distinct by their place have no ties, which
    # runtimes break differently.
    scaled = graph.node("Mul", ids, graph.integers(tower.positions))
    zero, one = graph.constant(np.asarray(0, np.int64)), graph.constant(np.asarray(1, np.int64))
    places = graph.node("Range", zero, graph.node("Squeeze", length, graph.integers(0)), one)
    distinct = graph.node("Sub", scaled, places)
    return graph.node("ArgMax", distinct, axis=1, keepdims=0)


def _picked(graph: Graph, tokens: str, end: str, length: str, width: int) -> str:
    flat = graph.node("Reshape", tokens, graph.integers(-1, width))
    zero, one = graph.constant(np.asarray(0, np.int64)), graph.constant(np.asarray(1, np.int64))
    batch = graph.node("Squeeze", graph.node("Shape", end, start=0, end=1), graph.integers(0))
    starts = graph.node("Mul", graph.node("Range", zero, batch, one), length)
    places = graph.node("Add", starts, end)
    return graph.node("Unsqueeze", graph.node("Gather", flat, places, axis=0), graph.integers(1))
