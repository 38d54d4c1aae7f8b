"""CLIP's ResNet as a torch function over named tensors; counterpart of `encoders.conversion.image_towers`.

Batch norms keep the means and variances they came with, as is usual where a detector or a retrieval model is tuned
further: statistics of a small part of a batch would be those of a few pictures, and differ between a batch in one piece
and the same batch in parts. Their factors and offsets learn.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import torch
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from jianwei.training.learning.network import attention

if TYPE_CHECKING:
    from torch import Tensor

    from jianwei.encoders.conversion.architecture import ResNet
    from jianwei.training.learning.network import NamedTensors


def residual_vectors(tensors: NamedTensors, tower: ResNet, pixels: Tensor, *, checkpointing: bool = False) -> Tensor:
    """Return the (n, dims) unit rows of (n, 3, size, size) pixels."""
    norms = {name: norm for name, (norm, _) in tower.convolutions().items()}
    convolution = partial(_convolution, tensors, norms)
    value = convolution("conv1", pixels, stride=2, padding=1)
    value = convolution("conv2", value, padding=1)
    value = functional.avg_pool2d(convolution("conv3", value, padding=1), 2)
    for stage, count in enumerate(tower.blocks):
        for block in range(count):
            run = partial(_bottleneck, tensors, norms, f"layer{stage + 1}.{block}", halves=stage > 0 and block == 0)
            value = checkpoint(run, value, use_reentrant=False) if checkpointing else run(value)
    tokens = value.flatten(2).transpose(1, 2)
    tokens = torch.cat([tokens.mean(dim=1, keepdim=True), tokens], dim=1) + tensors["image.pool.position"]
    pooled = attention(tensors, "image.pool.", tower.heads, tokens, asking=tokens[:, :1])
    return functional.normalize(pooled[:, 0])


def _bottleneck(tensors: NamedTensors, norms: dict[str, str], name: str, value: Tensor, *, halves: bool) -> Tensor:
    convolution = partial(_convolution, tensors, norms)
    kept = value
    value = convolution(f"{name}.conv2", convolution(f"{name}.conv1", value), padding=1)
    if halves:
        value = functional.avg_pool2d(value, 2)
    value = convolution(f"{name}.conv3", value, activated=False)
    if f"{name}.downsample.0" in norms:
        kept = functional.avg_pool2d(kept, 2) if halves else kept
        kept = convolution(f"{name}.downsample.0", kept, activated=False)
    return functional.relu(value + kept)


def _convolution(
    tensors: NamedTensors,
    norms: dict[str, str],
    name: str,
    value: Tensor,
    *,
    stride: int = 1,
    padding: int = 0,
    activated: bool = True,
) -> Tensor:
    value = functional.conv2d(value, tensors[f"image.{name}.weight"], stride=stride, padding=padding)
    parts = (tensors[f"image.{norms[name]}.{part}"] for part in ("running_mean", "running_var", "weight", "bias"))
    value = functional.batch_norm(value, *parts)
    return functional.relu(value) if activated else value
