"""The shape of a model, told from its tensors and, where there is one, its configuration.

Widths, layers, patch and context follow from the tensors. What they cannot tell is the number of attention heads, the
activation and the epsilon of the norms: a configuration states them, and each format without one has fixed rules.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jianwei.encoders.manifest import Family

Activation = Literal["quick_gelu", "gelu", "gelu_tanh"]
"""`quick_gelu` is x · sigmoid(1.702 x), `gelu` the exact one by erf, `gelu_tanh` its tanh approximation."""

Shapes = dict[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Transformer:
    """A stack of attention and MLP blocks."""

    width: int
    layers: int
    heads: int
    mlp_width: int
    activation: Activation
    epsilon: float

    def shapes(self, tower: str) -> Shapes:
        """Return the shape of each tensor that the blocks of `tower` need, by our names."""
        shapes: Shapes = {}
        for number in range(self.layers):
            layer = f"{tower}.layers.{number}"
            for part in ("query", "key", "value", "output"):
                shapes |= linear_shapes(f"{layer}.{part}", self.width, self.width)
            shapes |= linear_shapes(f"{layer}.mlp_in", self.mlp_width, self.width)
            shapes |= linear_shapes(f"{layer}.mlp_out", self.width, self.mlp_width)
            shapes |= norm_shapes(f"{layer}.norm1", self.width) | norm_shapes(f"{layer}.norm2", self.width)
        return shapes


@dataclass(frozen=True, slots=True)
class VisionTransformer:
    """A ViT. CLIP's reads its class token, SigLIP's (`pool_probe`) lets a learnt probe attend to all patches."""

    blocks: Transformer
    size_px: int
    patch_px: int
    pool_probe: bool

    def shapes(self, dims: int) -> Shapes:
        """Return the shape of each tensor that the tower needs, by our names."""
        width, patches = self.blocks.width, (self.size_px // self.patch_px) ** 2
        shapes: Shapes = {
            **self.blocks.shapes("image"),
            "image.patch.weight": (width, 3, self.patch_px, self.patch_px),
            **norm_shapes("image.post_norm", width),
        }
        if not self.pool_probe:
            return {
                **shapes,
                "image.class": (width,),
                "image.position": (patches + 1, width),
                **norm_shapes("image.pre_norm", width),
                "image.projection.weight": (dims, width),
            }
        for part in ("query", "key", "value", "output"):
            shapes |= linear_shapes(f"image.pool.{part}", width, width)
        return {
            **shapes,
            "image.patch.bias": (width,),
            "image.position": (patches, width),
            "image.pool.probe": (1, 1, width),
            **norm_shapes("image.pool.norm", width),
            **linear_shapes("image.pool.mlp_in", self.blocks.mlp_width, width),
            **linear_shapes("image.pool.mlp_out", width, self.blocks.mlp_width),
        }


@dataclass(frozen=True, slots=True)
class ResNet:
    """CLIP's ResNet: a stem of three convolutions, four stages of bottlenecks, an attention pool."""

    width: int
    blocks: tuple[int, ...]
    size_px: int

    @property
    def heads(self) -> int:
        """Heads of the attention pool: 64 numbers each, in all published models."""
        return self.width * 32 // 64

    def convolutions(self) -> dict[str, tuple[str, tuple[int, int, int, int]]]:
        """Return, for each convolution, its batch norm and its shape."""
        half = self.width // 2
        found = {
            "conv1": ("bn1", (half, 3, 3, 3)),
            "conv2": ("bn2", (half, half, 3, 3)),
            "conv3": ("bn3", (self.width, half, 3, 3)),
        }
        channels = self.width
        for stage, count in enumerate(self.blocks):
            planes = self.width * 2**stage
            for block in range(count):
                name = f"layer{stage + 1}.{block}"
                found[f"{name}.conv1"] = (f"{name}.bn1", (planes, channels, 1, 1))
                found[f"{name}.conv2"] = (f"{name}.bn2", (planes, planes, 3, 3))
                found[f"{name}.conv3"] = (f"{name}.bn3", (planes * 4, planes, 1, 1))
                if block == 0:
                    found[f"{name}.downsample.0"] = (f"{name}.downsample.1", (planes * 4, channels, 1, 1))
                channels = planes * 4
        return found

    def shapes(self, dims: int) -> Shapes:
        """Return the shape of each tensor that the tower needs, by our names."""
        shapes: Shapes = {}
        for convolution, (norm, shape) in self.convolutions().items():
            shapes[f"image.{convolution}.weight"] = shape
            for part in ("weight", "bias", "running_mean", "running_var"):
                shapes[f"image.{norm}.{part}"] = shape[:1]
        width = self.width * 32
        shapes["image.pool.position"] = ((self.size_px // 32) ** 2 + 1, width)
        for part in ("query", "key", "value"):
            shapes |= linear_shapes(f"image.pool.{part}", width, width)
        return shapes | linear_shapes("image.pool.output", dims, width)


@dataclass(frozen=True, slots=True)
class TextTransformer:
    """A text tower.

    `pooling` tells which token stands for the text: `end` is the token of the highest id (CLIP, causal), `first` is
    [CLS] (BERT, padding masked), `last` is the last of the padded row (SigLIP, nothing masked).
    """

    blocks: Transformer
    pooling: Literal["end", "first", "last"]
    vocabulary: int
    positions: int
    types: int
    has_projection_bias: bool

    def shapes(self, dims: int) -> Shapes:
        """Return the shape of each tensor that the tower needs, by our names."""
        width = self.blocks.width
        shapes: Shapes = {
            **self.blocks.shapes("text"),
            "text.token": (self.vocabulary, width),
            "text.position": (self.positions, width),
            "text.projection.weight": (dims, width),
        }
        if self.has_projection_bias:
            shapes["text.projection.bias"] = (dims,)
        if self.pooling == "first":
            return {**shapes, "text.type": (self.types, width), **norm_shapes("text.embedding_norm", width)}
        return {**shapes, **norm_shapes("text.post_norm", width)}


@dataclass(frozen=True, slots=True)
class Architecture:
    """Both towers of a model."""

    family: Family
    dims: int
    context_length: int
    image: VisionTransformer | ResNet
    text: TextTransformer

    def shapes(self) -> Shapes:
        """Return the shape of each tensor that the model needs, by our names."""
        return self.image.shapes(self.dims) | self.text.shapes(self.dims)


def linear_shapes(name: str, outputs: int, inputs: int) -> Shapes:
    """Return the shapes of a linear layer's tensors."""
    return {f"{name}.weight": (outputs, inputs), f"{name}.bias": (outputs,)}


def norm_shapes(name: str, width: int) -> Shapes:
    """Return the shapes of a layer norm's tensors."""
    return {f"{name}.weight": (width,), f"{name}.bias": (width,)}


def count_numbered(names: Mapping[str, object], prefix: str) -> int:
    """Return how many of `prefix0.`, `prefix1.`, … begin a name: one more than the highest number."""
    numbers = {name[len(prefix) :].partition(".")[0] for name in names if name.startswith(prefix)}
    return max((int(number) + 1 for number in numbers if number.isdigit()), default=0)


def square_root(patches: int) -> int | None:
    """Return the side of a square of so many patches, None where there is none."""
    side = math.isqrt(patches)
    return side if side * side == patches else None
