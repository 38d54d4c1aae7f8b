"""The image towers as ONNX graphs: CLIP's ViT, SigLIP's ViT with an attention pool, and CLIP's ResNet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from jianwei.encoders.conversion.architecture import ResNet
from jianwei.encoders.conversion.stored_tensors import StoredTensor
from jianwei.encoders.conversion.transformer_layers import (
    Focus,
    attention,
    blocks,
    linear,
    norm,
    perceptron,
    row,
    without_length,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jianwei.encoders.conversion.architecture import VisionTransformer
    from jianwei.encoders.conversion.graph import Graph

_BATCH_NORM_EPSILON = 1e-5
"""PyTorch's default, which CLIP's ResNet keeps."""


def add_image_tower(graph: Graph, tower: VisionTransformer | ResNet) -> str:
    """Add the image tower with its input `pixels` (batch, 3, size, size); returns the name of the embedding."""
    size = tower.size_px
    pixels = graph.input("pixels", "float32", ("batch", 3, size, size))
    if isinstance(tower, ResNet):
        return _residual_network(graph, tower, pixels)
    value = _patches(graph, tower, pixels)
    epsilon = tower.blocks.epsilon
    if tower.pool_probe:
        value = blocks(graph, value, "image", tower.blocks, mask=None, focus=None)
        return _probed(graph, tower, norm(graph, value, "image.post_norm", epsilon))
    value = norm(graph, value, "image.pre_norm", epsilon)
    focus = Focus(select=lambda tokens: row(graph, tokens, 0))
    value = without_length(graph, blocks(graph, value, "image", tower.blocks, mask=None, focus=focus))
    return linear(graph, norm(graph, value, "image.post_norm", epsilon), "image.projection")


def _patches(graph: Graph, tower: VisionTransformer, pixels: str) -> str:
    side = tower.patch_px
    inputs = [pixels, graph.weight("image.patch.weight")]
    if graph.has("image.patch.bias"):
        inputs.append(graph.weight("image.patch.bias"))
    grid = graph.node("Conv", *inputs, strides=[side, side], kernel_shape=[side, side])
    flat = graph.node("Reshape", grid, graph.integers(0, 0, -1))
    tokens = graph.node("Transpose", flat, perm=[0, 2, 1])
    position = graph.tensor("image.position")
    if tower.pool_probe:
        table = position.reshaped((1, *position.shape))
        return graph.node("Add", tokens, graph.weight("image.position", table))
    # The class token has the same place in every picture, so its place is added here rather than to the whole row.
    width = tower.blocks.width
    first = StoredTensor((1, 1, width), lambda: _class_token(graph))
    rest = StoredTensor((1, position.shape[0] - 1, width), lambda: position.read()[None, 1:])
    tokens = graph.node("Add", tokens, graph.weight("image.position", rest))
    batch = graph.node("Shape", pixels, start=0, end=1)
    shape = graph.node("Concat", batch, graph.integers(1, width), axis=0)
    repeated = graph.node("Expand", graph.weight("image.class", first), shape)
    return graph.node("Concat", repeated, tokens, axis=1)


def _class_token(graph: Graph) -> NDArray[np.float32]:
    place = graph.tensor("image.position").read()[0]
    return np.asarray(graph.tensor("image.class").read() + place).reshape(1, 1, -1)


def _probed(graph: Graph, tower: VisionTransformer, value: str) -> str:
    batch = graph.node("Shape", value, start=0, end=1)
    shape = graph.node("Concat", batch, graph.integers(1, tower.blocks.width), axis=0)
    probe = graph.node("Expand", graph.weight("image.pool.probe"), shape)
    heads = tower.blocks.heads
    pooled = attention(graph, "image.pool.", heads, value, asking=probe, mask=None)
    normed = norm(graph, pooled, "image.pool.norm", tower.blocks.epsilon)
    mixed = perceptron(graph, normed, "image.pool.", tower.blocks.activation)
    return without_length(graph, graph.node("Add", pooled, mixed))


def _residual_network(graph: Graph, tower: ResNet, pixels: str) -> str:
    value = _convolution(graph, tower, "conv1", pixels, stride=2, padding=1)
    value = _convolution(graph, tower, "conv2", value, padding=1)
    value = _halved(graph, _convolution(graph, tower, "conv3", value, padding=1))
    for stage, count in enumerate(tower.blocks):
        for block in range(count):
            value = _bottleneck(graph, tower, f"layer{stage + 1}.{block}", value, halves=stage > 0 and block == 0)
    return _attention_pool(graph, tower, value)


def _bottleneck(graph: Graph, tower: ResNet, name: str, value: str, *, halves: bool) -> str:
    kept = value
    value = _convolution(graph, tower, f"{name}.conv1", value)
    value = _convolution(graph, tower, f"{name}.conv2", value, padding=1)
    value = _halved(graph, value) if halves else value
    value = _convolution(graph, tower, f"{name}.conv3", value, activated=False)
    if f"{name}.downsample.0" in tower.convolutions():
        kept = _halved(graph, kept) if halves else kept
        kept = _convolution(graph, tower, f"{name}.downsample.0", kept, activated=False)
    return graph.node("Relu", graph.node("Add", value, kept))


def _convolution(
    graph: Graph, tower: ResNet, name: str, value: str, *, stride: int = 1, padding: int = 0, activated: bool = True
) -> str:
    batch_norm, shape = tower.convolutions()[name]
    convolution, bn = f"image.{name}", f"image.{batch_norm}"

    def factor() -> NDArray[np.float64]:
        variance = graph.tensor(f"{bn}.running_var").read().astype(np.float64)
        return np.asarray(graph.tensor(f"{bn}.weight").read() / np.sqrt(variance + _BATCH_NORM_EPSILON))

    def kernel() -> NDArray[np.float32]:
        weight = graph.tensor(f"{convolution}.weight").read()
        return np.asarray(weight * factor()[:, None, None, None], np.float32)

    def offset() -> NDArray[np.float32]:
        mean = graph.tensor(f"{bn}.running_mean").read()
        return np.asarray(graph.tensor(f"{bn}.bias").read() - mean * factor(), np.float32)

    weights = graph.weight(f"{convolution}.weight", StoredTensor(shape, kernel))
    offsets = graph.weight(f"{convolution}.bias", StoredTensor(shape[:1], offset))
    attributes = {"strides": [stride] * 2, "pads": [padding] * 4, "kernel_shape": list(shape[2:])}
    result = graph.node("Conv", value, weights, offsets, **attributes)
    return graph.node("Relu", result) if activated else result


def _halved(graph: Graph, value: str) -> str:
    return graph.node("AveragePool", value, kernel_shape=[2, 2], strides=[2, 2])


def _attention_pool(graph: Graph, tower: ResNet, value: str) -> str:
    flat = graph.node("Reshape", value, graph.integers(0, 0, -1))
    tokens = graph.node("Transpose", flat, perm=[0, 2, 1])
    mean = graph.node("ReduceMean", tokens, graph.integers(1), keepdims=1)
    position = graph.tensor("image.pool.position")
    table = graph.weight("image.pool.position", position.reshaped((1, *position.shape)))
    tokens = graph.node("Add", graph.node("Concat", mean, tokens, axis=1), table)
    pooled = attention(graph, "image.pool.", tower.heads, tokens, asking=row(graph, tokens, 0), mask=None)
    return without_length(graph, pooled)
