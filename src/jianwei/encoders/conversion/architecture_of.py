"""Infer the architecture of a checkpoint and compare every tensor with it, before anything is built.

Source: head widths and activations of checkpoints without a configuration are those of the published model definitions:
64 numbers per head except OpenCLIP's and cn_clip's largest towers; cn_clip and OpenAI use quick GELU in their ViTs,
BERT the exact one; layer-norm epsilons are 1e-5 (CLIP), 1e-12 (BERT) and 1e-6 (SigLIP).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from jianwei.encoders.conversion.architecture import (
    Activation,
    Architecture,
    ResNet,
    TextTransformer,
    Transformer,
    VisionTransformer,
    count_numbered,
    square_root,
)
from jianwei.encoders.conversion.checkpoint_formats import FAMILY_OF
from jianwei.encoders.conversion.tensor_names import spelt_in
from jianwei.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jianwei.encoders.conversion.stored_tensors import StoredTensor
    from jianwei.encoders.conversion.tensor_names import Format

_HEAD_WIDTHS = {1280: 80, 1408: 88, 1664: 104, 1792: 112}
"""Widths of image towers whose heads are not 64 wide: ViT-H, g, bigG and e."""

_ACTIVATIONS: Mapping[str, Activation] = {
    "quick_gelu": "quick_gelu",
    "gelu": "gelu",
    "gelu_pytorch_tanh": "gelu_tanh",
}
_CONTEXT_OF_CHINESE_CLIP = 52
"""Its position table has 512 rows; it was trained and evaluated with texts of at most 52 tokens."""


@dataclass(frozen=True, slots=True)
class Statements:
    """What is said about a model beside its tensors. Empty mappings and None say nothing.

    `image` and `text` are the tower's parts of a Hugging Face configuration, or have the same keys.
    """

    image: Mapping[str, Any] = field(default_factory=dict)
    text: Mapping[str, Any] = field(default_factory=dict)
    activation: Activation | None = None


@dataclass(frozen=True, slots=True)
class _Source:
    """The file that is read, for messages: they name its tensors as it does."""

    where: str
    form: Format

    def lacks(self, names: list[str]) -> ModelError:
        spelt = [spelt_in(name, self.form) for name in names]
        listed = ", ".join(spelt[:5]) + (f" and {len(spelt) - 5} more" if len(spelt) > 5 else "")
        listed_zh = "、".join(spelt[:5]) + (f" 等 {len(spelt)} 个" if len(spelt) > 5 else "")
        return ModelError(
            f"{self.where} lacks tensors that its model needs: {listed}. "
            "The file may be only a part of the checkpoint.",
            zh=f"{self.where} 缺少模型所需的张量：{listed_zh}。该文件可能只是权重的一部分。",
            path=self.where,
            missing=spelt[0],
        )

    def wrong_shape(self, name: str, found: tuple[int, ...], expected: str) -> ModelError:
        spelt = spelt_in(name, self.form)
        return ModelError(
            f"In {self.where}, {spelt} has the shape {list(found)}; the other tensors ask for {expected}.",
            zh=f"{self.where} 中 {spelt} 的形状为 {list(found)}，而其余张量要求 {expected}。",
            path=self.where,
            name=spelt,
        )


def infer_architecture(
    tensors: Mapping[str, StoredTensor], form: Format, statements: Statements, *, where: str
) -> Architecture:
    """Return the architecture that `tensors`, under our names, belong to; checks that each is there and has its shape.

    Raises:
        ModelError: tensors are missing or have other shapes than the rest implies; names them.
    """
    source = _Source(where, form)
    text = _text_tower(tensors, statements, source)
    image = _resnet(tensors) if "image.conv1.weight" in tensors else _vision_transformer(tensors, statements, source)
    architecture = Architecture(
        family=FAMILY_OF[form],
        dims=_shape(tensors, "text.projection.weight", source)[0],
        context_length=_CONTEXT_OF_CHINESE_CLIP if text.pooling == "first" else text.positions,
        image=image,
        text=text,
    )
    _check(tensors, architecture, source)
    return architecture


def _vision_transformer(
    tensors: Mapping[str, StoredTensor], statements: Statements, source: _Source
) -> VisionTransformer:
    patch = _shape(tensors, "image.patch.weight", source)
    if len(patch) != 4:
        raise ModelError(
            f"{source.where} is a SigLIP 2 model of variable resolution (NaFlex); "
            "only fixed resolution can be imported.",
            zh=f"{source.where} 是可变分辨率（NaFlex）的 SigLIP 2 模型；目前只支持固定分辨率的版本。",
            path=source.where,
        )
    pool_probe = "image.pool.probe" in tensors
    rows = _shape(tensors, "image.position", source)[0]
    side = square_root(rows if pool_probe else rows - 1)
    if side is None:
        raise source.wrong_shape("image.position", (rows,), "a square number of patches")
    width = patch[0]
    activation: Activation = "gelu_tanh" if pool_probe else "quick_gelu"
    heads = max(1, width // _HEAD_WIDTHS.get(width, 64))
    blocks = _blocks(
        tensors, "image", width, statements.image, _Defaults(heads, activation, 1e-6 if pool_probe else 1e-5)
    )
    if statements.activation is not None:
        blocks = _with_activation(blocks, statements.activation)
    return VisionTransformer(blocks, size_px=side * patch[2], patch_px=patch[2], pool_probe=pool_probe)


def _resnet(tensors: Mapping[str, StoredTensor]) -> ResNet:
    names = {name.removeprefix("image."): tensor for name, tensor in tensors.items()}
    blocks = tuple(count_numbered(names, f"layer{stage}.") for stage in (1, 2, 3, 4))
    position = names.get("pool.position")
    side = square_root(position.shape[0] - 1) if position is not None else None
    return ResNet(width=names["conv1.weight"].shape[0] * 2, blocks=blocks, size_px=(side or 7) * 32)


def _text_tower(tensors: Mapping[str, StoredTensor], statements: Statements, source: _Source) -> TextTransformer:
    vocabulary, width = _shape(tensors, "text.token", source)
    is_bert = FAMILY_OF[source.form] == "chinese-clip"
    is_siglip = FAMILY_OF[source.form] == "siglip2"
    activation: Activation = "gelu" if is_bert else "gelu_tanh" if is_siglip else "quick_gelu"
    epsilon = 1e-12 if is_bert else 1e-6 if is_siglip else 1e-5
    blocks = _blocks(tensors, "text", width, statements.text, _Defaults(max(1, width // 64), activation, epsilon))
    if statements.activation is not None and not is_bert:
        blocks = _with_activation(blocks, statements.activation)
    return TextTransformer(
        blocks=blocks,
        pooling="first" if is_bert else "last" if is_siglip else "end",
        vocabulary=vocabulary,
        positions=_shape(tensors, "text.position", source)[0],
        types=_shape(tensors, "text.type", source)[0] if is_bert else 0,
        has_projection_bias="text.projection.bias" in tensors,
    )


@dataclass(frozen=True, slots=True)
class _Defaults:
    heads: int
    activation: Activation
    epsilon: float


def _blocks(
    tensors: Mapping[str, StoredTensor], tower: str, width: int, stated: Mapping[str, Any], defaults: _Defaults
) -> Transformer:
    first = tensors.get(f"{tower}.layers.0.mlp_in.weight")
    activation = stated.get("hidden_act")
    if activation is not None and activation not in _ACTIVATIONS:
        allowed = ", ".join(_ACTIVATIONS)
        raise ModelError(
            f"The configuration of the {tower} tower names the activation {activation!r}. Known are: {allowed}.",
            zh=f"{tower} 塔的配置使用激活函数 {activation!r}；目前支持：{allowed}。",
            activation=str(activation),
        )
    return Transformer(
        width=width,
        layers=count_numbered(tensors, f"{tower}.layers."),
        heads=int(stated.get("num_attention_heads") or defaults.heads),
        mlp_width=first.shape[0] if first is not None else width * 4,
        activation=_ACTIVATIONS[cast("str", activation)] if activation else defaults.activation,
        epsilon=float(stated.get("layer_norm_eps") or defaults.epsilon),
    )


def _with_activation(blocks: Transformer, activation: Activation) -> Transformer:
    return Transformer(blocks.width, blocks.layers, blocks.heads, blocks.mlp_width, activation, blocks.epsilon)


def _shape(tensors: Mapping[str, StoredTensor], name: str, source: _Source) -> tuple[int, ...]:
    tensor = tensors.get(name)
    if tensor is None:
        raise source.lacks([name])
    return tensor.shape


def _check(tensors: Mapping[str, StoredTensor], architecture: Architecture, source: _Source) -> None:
    expected = architecture.shapes()
    missing = [name for name in expected if name not in tensors]
    if missing:
        raise source.lacks(missing)
    for name, shape in expected.items():
        if tensors[name].shape != shape:
            raise source.wrong_shape(name, tensors[name].shape, str(list(shape)))
    for tower, blocks in (("image", architecture.image), ("text", architecture.text)):
        if isinstance(blocks, ResNet) or blocks.blocks.width % blocks.blocks.heads == 0:
            continue
        raise source.wrong_shape(
            f"{tower}.layers", (blocks.blocks.width,), f"a width divisible by {blocks.blocks.heads} heads"
        )
