"""The towers of every family as torch functions over named tensors, the same ones that become ONNX graphs.

The names are ours (`encoders.conversion.tensor_names`), so a checkpoint of any format is trained as it was read.
Counterparts: `encoders.conversion.image_towers` and `text_towers`; their parity is tested. Left out: CLIP's
ResNet (`residual_network`).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Protocol

import torch
from torch import Tensor
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

if TYPE_CHECKING:
    from collections.abc import Callable

    from jianwei.encoders.conversion.architecture import (
        Activation,
        Architecture,
        TextTransformer,
        Transformer,
        VisionTransformer,
    )


class NamedTensors(Protocol):
    """Tensors by our names."""

    def __getitem__(self, name: str, /) -> Tensor: ...

    def __contains__(self, name: object, /) -> bool: ...


_ACTIVATIONS: dict[Activation, Callable[[Tensor], Tensor]] = {
    "quick_gelu": lambda value: value * torch.sigmoid(1.702 * value),
    "gelu": functional.gelu,
    "gelu_tanh": partial(functional.gelu, approximate="tanh"),
}


def image_vectors(
    tensors: NamedTensors,
    tower: VisionTransformer,
    pixels: Tensor,
    *,
    shown: Tensor | None = None,
    checkpointing: bool = False,
) -> Tensor:
    """Return the (n, dims) unit rows of (n, 3, size, size) pixels.

    `shown` (n, m) are the patches that are looked at, row by row of the picture; None for all (Li et al., "Scaling
    Language-Image Pre-training via Masking", 2023).
    """
    bias = _maybe(tensors, "image.patch.bias")
    grid = functional.conv2d(pixels, tensors["image.patch.weight"], bias, stride=tower.patch_px)
    position = tensors["image.position"]
    tokens = grid.flatten(2).transpose(1, 2) + (position if tower.pool_probe else position[1:])
    if shown is not None:
        tokens = tokens.gather(1, shown[:, :, None].expand(-1, -1, tokens.shape[2]))
    run = partial(_blocks, tensors, "image", tower.blocks, checkpointing=checkpointing)
    if tower.pool_probe:
        return functional.normalize(
            _probed(tensors, tower, _norm(tensors, "image.post_norm", tower.blocks, run(tokens)))
        )
    first = (tensors["image.class"] + position[0]).expand(len(tokens), 1, -1)
    value = run(_norm(tensors, "image.pre_norm", tower.blocks, torch.cat([first, tokens], dim=1)))
    pooled = _norm(tensors, "image.post_norm", tower.blocks, value[:, 0])
    return functional.normalize(_linear(tensors, "image.projection", pooled))


def text_vectors(
    tensors: NamedTensors, architecture: Architecture, token_ids: Tensor, *, checkpointing: bool = False
) -> Tensor:
    """Return the (n, dims) unit rows of (n, length) token ids; SigLIP's must be padded to the whole context."""
    tower = architecture.text
    value = functional.embedding(token_ids, tensors["text.token"]) + tensors["text.position"][: token_ids.shape[1]]
    pools = {"end": _causal, "first": _bidirectional, "last": _unmasked}
    pooled = pools[tower.pooling](tensors, tower, token_ids, value, checkpointing=checkpointing)
    return functional.normalize(_linear(tensors, "text.projection", pooled))


def _causal(
    tensors: NamedTensors, tower: TextTransformer, ids: Tensor, value: Tensor, *, checkpointing: bool
) -> Tensor:
    length = ids.shape[1]
    mask = torch.ones(length, length, dtype=torch.bool, device=ids.device).tril()
    value = _blocks(tensors, "text", tower.blocks, value, mask=mask, checkpointing=checkpointing)
    # The end token has the highest id; where padding has it too, the first one counts.
    ends = (ids * length - torch.arange(length, device=ids.device)).argmax(dim=1)
    return _norm(tensors, "text.post_norm", tower.blocks, value[torch.arange(len(ids), device=ids.device), ends])


def _bidirectional(
    tensors: NamedTensors, tower: TextTransformer, ids: Tensor, value: Tensor, *, checkpointing: bool
) -> Tensor:
    value = _norm(tensors, "text.embedding_norm", tower.blocks, value + tensors["text.type"][0])
    mask = (ids != 0)[:, None, None, :]
    value = _blocks(tensors, "text", tower.blocks, value, mask=mask, checkpointing=checkpointing, after=True)
    return value[:, 0]


def _unmasked(
    tensors: NamedTensors, tower: TextTransformer, ids: Tensor, value: Tensor, *, checkpointing: bool
) -> Tensor:
    del ids
    value = _blocks(tensors, "text", tower.blocks, value, checkpointing=checkpointing)
    return _norm(tensors, "text.post_norm", tower.blocks, value[:, -1])


def _probed(tensors: NamedTensors, tower: VisionTransformer, value: Tensor) -> Tensor:
    probe = tensors["image.pool.probe"].expand(len(value), 1, -1)
    pooled = attention(tensors, "image.pool.", tower.blocks.heads, value, asking=probe)
    mixed = _perceptron(tensors, "image.pool.", tower.blocks, _norm(tensors, "image.pool.norm", tower.blocks, pooled))
    return (pooled + mixed)[:, 0]


def _blocks(
    tensors: NamedTensors,
    tower: str,
    shape: Transformer,
    value: Tensor,
    *,
    mask: Tensor | None = None,
    checkpointing: bool = False,
    after: bool = False,
) -> Tensor:
    block = _block_normed_after if after else _block
    for number in range(shape.layers):
        run = partial(block, tensors, f"{tower}.layers.{number}.", shape, mask=mask)
        value = checkpoint(run, value, use_reentrant=False) if checkpointing else run(value)
    return value


def _block(tensors: NamedTensors, name: str, shape: Transformer, value: Tensor, *, mask: Tensor | None) -> Tensor:
    value = value + attention(tensors, name, shape.heads, _norm(tensors, f"{name}norm1", shape, value), mask=mask)
    return value + _perceptron(tensors, name, shape, _norm(tensors, f"{name}norm2", shape, value))


def _block_normed_after(
    tensors: NamedTensors, name: str, shape: Transformer, value: Tensor, *, mask: Tensor | None
) -> Tensor:
    attended = attention(tensors, name, shape.heads, value, mask=mask)
    value = _norm(tensors, f"{name}norm1", shape, value + attended)
    return _norm(tensors, f"{name}norm2", shape, value + _perceptron(tensors, name, shape, value))


def attention(
    tensors: NamedTensors,
    name: str,
    heads: int,
    value: Tensor,
    *,
    asking: Tensor | None = None,
    mask: Tensor | None = None,
) -> Tensor:
    """Return (n, asked, width): what `asking`, by default every row of `value` (n, length, width), gathers from it."""

    def by_head(part: Tensor) -> Tensor:
        return part.unflatten(-1, (heads, -1)).transpose(1, 2)

    query = by_head(_linear(tensors, f"{name}query", value if asking is None else asking))
    key = by_head(_linear(tensors, f"{name}key", value))
    values = by_head(_linear(tensors, f"{name}value", value))
    mixed = functional.scaled_dot_product_attention(query, key, values, attn_mask=mask)
    return _linear(tensors, f"{name}output", mixed.transpose(1, 2).flatten(2))


def _perceptron(tensors: NamedTensors, name: str, shape: Transformer, value: Tensor) -> Tensor:
    wide = _ACTIVATIONS[shape.activation](_linear(tensors, f"{name}mlp_in", value))
    return _linear(tensors, f"{name}mlp_out", wide)


def _linear(tensors: NamedTensors, name: str, value: Tensor) -> Tensor:
    return functional.linear(value, tensors[f"{name}.weight"], _maybe(tensors, f"{name}.bias"))


def _maybe(tensors: NamedTensors, name: str) -> Tensor | None:
    return tensors[name] if name in tensors else None  # noqa: SIM401  # these have no `get`


def _norm(tensors: NamedTensors, name: str, shape: Transformer, value: Tensor) -> Tensor:
    weight, bias = tensors[f"{name}.weight"], tensors[f"{name}.bias"]
    return functional.layer_norm(value, (value.shape[-1],), weight, bias, shape.epsilon)
