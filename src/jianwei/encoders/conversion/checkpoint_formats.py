"""Tell from its tensor names in which format a checkpoint is, and say what was found where it is none that we know."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from jianwei.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from jianwei.encoders.conversion.stored_tensors import StoredTensor
    from jianwei.encoders.conversion.tensor_names import Format
    from jianwei.encoders.manifest import Family

FAMILY_OF: Mapping[Format, Family] = {
    "hf-clip": "clip",
    "hf-chinese-clip": "chinese-clip",
    "hf-siglip": "siglip2",
    "cn-clip": "chinese-clip",
    "openai-clip": "clip",
}
_SIGNS: tuple[tuple[Format, tuple[str, ...]], ...] = (
    ("cn-clip", ("bert.embeddings.word_embeddings.weight", "visual.conv1.weight")),
    ("hf-siglip", ("text_model.embeddings.token_embedding.weight", "vision_model.head.probe")),
    ("hf-chinese-clip", ("text_model.embeddings.word_embeddings.weight", "vision_model.pre_layrnorm.weight")),
    ("hf-clip", ("text_model.embeddings.token_embedding.weight", "vision_model.pre_layrnorm.weight")),
    ("openai-clip", ("token_embedding.weight", "visual.conv1.weight")),
)
"""Tensors that only one format has, in the order in which they are looked for."""


_CHANGING = ("lora_", ".ls_1.", ".ls_2.", "attn_pool.", "cls_emb", "patchnorm_pre_ln", "gate_proj")
"""Parts of names of tensors that change what a tower computes; leaving them out would give wrong vectors."""


def unwrapped(tensors: Mapping[str, StoredTensor]) -> dict[str, StoredTensor]:
    """Return the tensors of the model itself, without what a training program wrapped around their names.

    A fine-tuned checkpoint holds its weights under `state_dict` beside the optimiser's own tensors; those are left out.
    """
    names = dict(tensors)
    for key in ("state_dict.", "model_state_dict.", "model."):
        inner = {name[len(key) :]: tensor for name, tensor in names.items() if name.startswith(key)}
        if inner:
            names = inner
    for wrapper in ("module.", "_orig_mod.", "module."):
        if all(name.startswith(wrapper) for name in names):
            names = {name[len(wrapper) :]: tensor for name, tensor in names.items()}
    if "text.token_embedding.weight" in names:
        names = {name.removeprefix("text."): tensor for name, tensor in names.items()}
    return names


def detect_format(names: Collection[str], *, where: str) -> Format:
    """Return the format whose tensors are there; `where` names the file for the message.

    Raises:
        ModelError: none of the formats we know; says what the names look like.
    """
    for form, signs in _SIGNS:
        if all(sign in names for sign in signs):
            return form
    reason, reason_zh = _known_others(names)
    raise ModelError(
        f"{where} is no CLIP, Chinese-CLIP or SigLIP 2 checkpoint that can be imported: {reason}.",
        zh=f"{where} 不是可以导入的 CLIP、Chinese-CLIP 或 SigLIP 2 权重：{reason_zh}。",
        path=where,
    )


def check_unknown(unknown: Collection[str], *, where: str) -> None:
    """Look for tensors that the model cannot do without among those that its format does not know.

    Raises:
        ModelError: there are some: adapters that were not merged, or a variant that we cannot build.
    """
    for name in unknown:
        if any(part in name for part in _CHANGING):
            raise ModelError(
                f"{where} has {name}, which changes what the model computes and cannot be imported. "
                "Merge adapters into the weights first; other variants are not supported.",
                zh=f"{where} 含有 {name}，它会改变模型的计算，无法导入。请先将适配器合并到权重中；其他变体暂不支持。",
                path=where,
                name=name,
            )


def check_family(found: Family, asked: Family | None, *, where: str) -> None:
    """Compare the family that was found with the one asked for; None accepts any.

    Raises:
        ModelError: they differ.
    """
    if asked is not None and asked != found:
        raise ModelError(
            f"{where} is a model of the family {found}, not {asked}. Leave the family out or say {found}.",
            zh=f"{where} 属于 {found} 系列，而不是 {asked}。请去掉系列参数或改为 {found}。",
            path=where,
            found=found,
            asked=asked,
        )


def _known_others(names: Collection[str]) -> tuple[str, str]:
    if any(name.startswith("visual.trunk.") for name in names):
        return "its image tower is one of timm's", "其图像塔来自 timm"
    if any("preprocessor.mask_token" in name or name.startswith("vision_tower.") for name in names):
        return "it is a generative vision-language model", "它是生成式视觉语言模型"
    groups = Counter(".".join(name.split(".")[:2]) for name in names)
    listed = ", ".join(f"{group}.* ({count})" for group, count in groups.most_common(6))
    return f"{len(names)} tensors, among them {listed}", f"共有 {len(names)} 个张量，包括 {listed}"
