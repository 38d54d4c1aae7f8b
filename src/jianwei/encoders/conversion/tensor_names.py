"""One naming for the tensors of every format, so that the same weights are the same model wherever they come from.

Each format spells a transformer in its own way: Hugging Face splits query, key and value, OpenAI and OpenCLIP keep them
in one matrix, flash attention names that matrix differently, and projections are stored either way up. Here each
spelling is mapped to ours, in which every matrix is (outputs, inputs):

    image.class | image.patch | image.position | image.pre_norm | image.post_norm | image.projection
    image.layers.N.{norm1,query,key,value,output,norm2,mlp_in,mlp_out}
    image.pool.{probe,query,key,value,output,norm,mlp_in,mlp_out}      an attention pool: SigLIP and ResNet
    image.{conv1,bn1,…,layer1.0.conv1,…}                               a ResNet, as published
    text.token | text.position | text.type | text.embedding_norm | text.layers.N.… | text.post_norm | text.projection
    logit_scale

Source: the tensor names of transformers' `CLIPModel`, `ChineseCLIPModel` and `SiglipModel`, of OpenAI's CLIP, OpenCLIP
and cn_clip, as their published checkpoints carry them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jianwei.encoders.conversion.stored_tensors import StoredTensor
    from jianwei.encoders.manifest import Family

Format = Literal["hf-clip", "hf-chinese-clip", "hf-siglip", "cn-clip", "openai-clip"]
"""`openai-clip` is OpenCLIP's as well: the names are the same."""

_HF_LAYER = {
    "self_attn.q_proj": "query",
    "self_attn.k_proj": "key",
    "self_attn.v_proj": "value",
    "self_attn.out_proj": "output",
    "layer_norm1": "norm1",
    "layer_norm2": "norm2",
    "mlp.fc1": "mlp_in",
    "mlp.fc2": "mlp_out",
}
_BERT_LAYER = {
    "attention.self.query": "query",
    "attention.self.key": "key",
    "attention.self.value": "value",
    "attention.self.Wqkv": "qkv",
    "attention.self.out_proj": "output",
    "attention.output.dense": "output",
    "attention.output.LayerNorm": "norm1",
    "intermediate.dense": "mlp_in",
    "output.dense": "mlp_out",
    "output.LayerNorm": "norm2",
}
_OPENAI_LAYER = {
    "attn.in_proj": "qkv",
    "attn.Wqkv": "qkv",
    "attn.out_proj": "output",
    "ln_1": "norm1",
    "ln_2": "norm2",
    "mlp.c_fc": "mlp_in",
    "mlp.c_proj": "mlp_out",
}
_HF_VISION = {
    "vision_model.embeddings.class_embedding": "image.class",
    "vision_model.embeddings.patch_embedding": "image.patch",
    "vision_model.embeddings.position_embedding": "image.position",
    "vision_model.pre_layrnorm": "image.pre_norm",
    "vision_model.post_layernorm": "image.post_norm",
    "visual_projection": "image.projection",
}
_HF_TEXT = {
    "text_model.embeddings.token_embedding": "text.token",
    "text_model.embeddings.position_embedding": "text.position",
    "text_model.final_layer_norm": "text.post_norm",
    "text_projection": "text.projection",
}
_BERT = {
    "embeddings.word_embeddings": "text.token",
    "embeddings.position_embeddings": "text.position",
    "embeddings.token_type_embeddings": "text.type",
    "embeddings.LayerNorm": "text.embedding_norm",
}
_OPENAI_VISION = {
    "visual.class_embedding": "image.class",
    "visual.positional_embedding": "image.position",
    "visual.ln_pre": "image.pre_norm",
    "visual.ln_post": "image.post_norm",
    "visual.proj": "image.projection^",
    "visual.attnpool.positional_embedding": "image.pool.position",
    "visual.attnpool.q_proj": "image.pool.query",
    "visual.attnpool.k_proj": "image.pool.key",
    "visual.attnpool.v_proj": "image.pool.value",
    "visual.attnpool.c_proj": "image.pool.output",
    "text_projection": "text.projection^",
}
"""The mark ^ tells a matrix that is stored as (inputs, outputs)."""

_NAMES: Mapping[Format, Mapping[str, str]] = {
    "hf-clip": {**_HF_VISION, **_HF_TEXT},
    "hf-chinese-clip": {
        **_HF_VISION,
        **{f"text_model.{theirs}": ours for theirs, ours in _BERT.items()},
        "text_projection": "text.projection",
    },
    "hf-siglip": {
        **_HF_VISION,
        **_HF_TEXT,
        "text_model.head": "text.projection",
        "vision_model.head.probe": "image.pool.probe",
        "vision_model.head.attention.in_proj": "image.pool.qkv",
        "vision_model.head.attention.out_proj": "image.pool.output",
        "vision_model.head.layernorm": "image.pool.norm",
        "vision_model.head.mlp.fc1": "image.pool.mlp_in",
        "vision_model.head.mlp.fc2": "image.pool.mlp_out",
    },
    "cn-clip": {**_OPENAI_VISION, **{f"bert.{theirs}": ours for theirs, ours in _BERT.items()}},
    "openai-clip": {
        **_OPENAI_VISION,
        "token_embedding": "text.token",
        "positional_embedding": "text.position",
        "ln_final": "text.post_norm",
    },
}
_HF_IMAGE_LAYERS = ("vision_model.encoder.layers", "image", _HF_LAYER)
_OPENAI_IMAGE_LAYERS = ("visual.transformer.resblocks", "image", _OPENAI_LAYER)
_LAYERS: Mapping[Format, tuple[tuple[str, str, Mapping[str, str]], ...]] = {
    "hf-clip": (_HF_IMAGE_LAYERS, ("text_model.encoder.layers", "text", _HF_LAYER)),
    "hf-chinese-clip": (_HF_IMAGE_LAYERS, ("text_model.encoder.layer", "text", _BERT_LAYER)),
    "hf-siglip": (_HF_IMAGE_LAYERS, ("text_model.encoder.layers", "text", _HF_LAYER)),
    "cn-clip": (_OPENAI_IMAGE_LAYERS, ("bert.encoder.layer", "text", _BERT_LAYER)),
    "openai-clip": (_OPENAI_IMAGE_LAYERS, ("transformer.resblocks", "text", _OPENAI_LAYER)),
}
_SILENT = re.compile(
    r".*(position_ids|num_batches_tracked|attn_mask)|logit_bias|input_resolution|context_length|vocab_size"
)
"""Buffers that every copy of a format carries and no tower computes with: not worth telling anybody about."""
_RESNET_SIGN = "visual.layer1.0.conv1.weight"
_RESNET = re.compile(r"visual\.((?:conv|bn)\d|layer\d\.\d+\.(?:conv\d|bn\d|downsample\.[01]))\.(\w+)")


def canonical_tensors(
    tensors: Mapping[str, StoredTensor], form: Format
) -> tuple[dict[str, StoredTensor], tuple[str, ...]]:
    """Return the tensors under our names, and the names of those that this format does not know, in order."""
    # A ViT's patches and the first layer of a ResNet's stem have one name, visual.conv1.
    names = {**_NAMES[form], **({} if _RESNET_SIGN in tensors else {"visual.conv1": "image.patch"})}
    renamed: dict[str, StoredTensor] = {}
    unknown: list[str] = []
    for name, tensor in tensors.items():
        if _SILENT.fullmatch(name):
            continue
        found = dict(_canonical(name, tensor, form, names))
        if not found:
            unknown.append(name)
        renamed |= found
    return renamed, tuple(sorted(unknown))


HF_FORMATS: Mapping[Family, Format] = {"clip": "hf-clip", "chinese-clip": "hf-chinese-clip", "siglip2": "hf-siglip"}


def published_stem(name: str, form: Format) -> str | None:
    """Return the name in a Hugging Face format of one of ours, both without `.weight` and `.bias`; None for no such."""
    named = {ours: theirs for theirs, ours in _NAMES[form].items()}
    if name in named:
        return named[name]
    for prefix, tower, parts in _LAYERS[form]:
        number, _, part = name.removeprefix(f"{tower}.layers.").partition(".")
        # Where a part has two spellings, the last one of the table is that of Hugging Face.
        spelt = {ours: theirs for theirs, ours in parts.items()}
        if name.startswith(f"{tower}.layers.") and part in spelt:
            return f"{prefix}.{number}.{spelt[part]}"
    return None


def spelt_in(name: str, form: Format) -> str:
    """Return one of our names as a checkpoint of a format spells it, for people; ours where it has no such tensor."""
    stem, _, kind = name.rpartition(".")
    if kind not in {"weight", "bias"}:
        stem, kind = name, ""
    if bare := published_stem(f"{stem}^", form):
        return bare
    if theirs := published_stem(stem, form):
        return f"{theirs}.{kind}" if kind else theirs
    layer, _, part = stem.rpartition(".")
    if part in {"query", "key", "value"} and published_stem(f"{layer}.qkv", form):
        # The last spelling of the table is that of flash attention, which is the rarer one.
        return f"{published_stem(f'{layer}.qkv', form)}.{kind}".replace("Wqkv.", "in_proj_")
    if stem.startswith("image.") and form in {"cn-clip", "openai-clip"}:
        part = "conv1.weight" if name == "image.patch.weight" else name.removeprefix("image.")
        return f"visual.{part}"
    return name


def _canonical(
    name: str, tensor: StoredTensor, form: Format, names: Mapping[str, str]
) -> Iterator[tuple[str, StoredTensor]]:
    # OpenAI writes in_proj_weight where all other modules write .weight.
    stem, dot, kind = name.replace("in_proj_", "in_proj.").rpartition(".")
    if kind not in {"weight", "bias"}:
        stem, dot, kind = name, "", ""
    ours = names.get(stem) or _layer_name(stem, form)
    if name == "logit_scale":
        yield name, tensor.reshaped(())
    elif ours is None:
        match = _RESNET.fullmatch(name)
        if match:
            yield f"image.{match[1]}.{match[2]}", tensor
    elif ours.endswith("qkv"):
        part = tensor.shape[0] // 3
        for number, target in enumerate(("query", "key", "value")):
            yield f"{ours[:-3]}{target}.{kind}", tensor.rows(number * part, (number + 1) * part)
    elif ours.endswith("^"):
        # OpenCLIP can store this one as a linear layer, the right way up and with a bias.
        yield f"{ours[:-1]}.{kind or 'weight'}", tensor if kind else tensor.transposed()
    else:
        # An embedding is a table in some formats and a bare tensor in others.
        bare = ours.partition(".")[2] in {"class", "position", "token", "type", "pool.probe", "pool.position"}
        yield (ours if bare else f"{ours}{dot}{kind}"), tensor


def _layer_name(stem: str, form: Format) -> str | None:
    for prefix, tower, parts in _LAYERS[form]:
        if stem.startswith(f"{prefix}."):
            number, _, part = stem[len(prefix) + 1 :].partition(".")
            if number.isdigit() and part in parts:
                return f"{tower}.layers.{number}.{parts[part]}"
    return None
