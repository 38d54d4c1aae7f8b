"""Tiny models as OpenAI, OpenCLIP and cn_clip spell them, and those of ResNets, which only they have."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import numpy as np
from tests.unit.encoders.tiny_models import (
    DIMS,
    chinese_clip_tensors,
    chinese_vocabulary,
    clip_tensors,
    clip_vocabulary,
    write_safetensors,
    write_tiny_chinese_clip,
    write_tiny_clip,
)

from jianwei.encoders.conversion.architecture import ResNet

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.encoders.tiny_models import Tensors

RESNET = ResNet(width=16, blocks=(1, 2, 1, 1), size_px=64)

PLAIN = (
    ("vision_model.embeddings.class_embedding", "visual.class_embedding"),
    ("vision_model.embeddings.position_embedding.weight", "visual.positional_embedding"),
    ("vision_model.embeddings.patch_embedding", "visual.conv1"),
    ("vision_model.pre_layrnorm", "visual.ln_pre"),
    ("vision_model.post_layernorm", "visual.ln_post"),
    ("vision_model.encoder.layers", "visual.transformer.resblocks"),
    ("text_model.encoder.layers", "transformer.resblocks"),
    ("text_model.encoder.layer", "bert.encoder.layer"),
    ("text_model.embeddings.token_embedding.weight", "token_embedding.weight"),
    ("text_model.embeddings.position_embedding.weight", "positional_embedding"),
    ("text_model.embeddings", "bert.embeddings"),
    ("text_model.final_layer_norm", "ln_final"),
    ("layer_norm1", "ln_1"),
    ("layer_norm2", "ln_2"),
    ("mlp.fc1", "mlp.c_fc"),
    ("mlp.fc2", "mlp.c_proj"),
    ("self_attn.out_proj", "attn.out_proj"),
)
TURNED = {"visual_projection.weight": "visual.proj", "text_projection.weight": "text_projection"}


def openai_names(tensors: Tensors, *, joined: str = "attn.in_proj_") -> Tensors:
    """Spell Hugging Face's tensors as OpenAI and cn_clip do: query, key and value joined, projections turned."""
    renamed: Tensors = {}
    for name, tensor in tensors.items():
        if name in TURNED:
            renamed[TURNED[name]] = np.ascontiguousarray(tensor.T)
        elif ".self_attn.q_proj." in name:
            parts = [tensors[name.replace("q_proj", f"{letter}_proj")] for letter in "qkv"]
            target = _plain(name.replace("self_attn.q_proj.", joined))
            renamed[target] = np.concatenate(parts)
        elif ".self_attn.k_proj." not in name and ".self_attn.v_proj." not in name:
            renamed[_plain(name)] = tensor
    return renamed


def _plain(name: str) -> str:
    for theirs, openai in PLAIN:
        name = name.replace(theirs, openai)
    return name


def write_tiny_chinese_resnet(folder: Path) -> Path:
    """Write a ResNet of Chinese-CLIP as cn_clip keeps it; return the folder."""
    texts = openai_names(chinese_clip_tensors(vocabulary=len(chinese_vocabulary())))
    return _write(folder, write_tiny_chinese_clip(folder.with_name("source")), texts, "clip_cn_rn50.safetensors")


def write_tiny_clip_resnet(folder: Path) -> Path:
    """Write a ResNet of CLIP as OpenCLIP keeps it; return the folder."""
    texts = openai_names(clip_tensors(vocabulary=len(clip_vocabulary()[0])))
    _write(folder, write_tiny_clip(folder.with_name("source")), texts, "open_clip_model.safetensors")
    configuration = {"model_cfg": {"quick_gelu": True, "text_cfg": {"heads": 2}}, "preprocess_cfg": {}}
    (folder / "open_clip_config.json").write_text(json.dumps(configuration), "utf-8")
    return folder


def _write(folder: Path, tokenizer_of: Path, tensors: Tensors, name: str) -> Path:
    folder.mkdir(parents=True)
    for file in ("vocab.txt", "vocab.json", "merges.txt"):
        if (tokenizer_of / file).is_file():
            shutil.copy(tokenizer_of / file, folder / file)
    texts = {name: tensor for name, tensor in tensors.items() if not name.startswith("visual.")}
    write_safetensors(folder / name, {**texts, **_resnet_tensors()})
    return folder


def _resnet_tensors() -> Tensors:
    generator = np.random.default_rng(0)
    tensors: Tensors = {}
    for name, shape in RESNET.shapes(DIMS).items():
        theirs = name.replace("image.pool.position", "visual.attnpool.positional_embedding")
        theirs = theirs.replace("image.pool.output", "visual.attnpool.c_proj")
        for part in ("query", "key", "value"):
            theirs = theirs.replace(f"image.pool.{part}", f"visual.attnpool.{part[0]}_proj")
        if "running_var" in name:
            values = generator.uniform(0.5, 2.0, shape)
        elif ".bn" in name and name.endswith("weight"):
            values = generator.uniform(0.5, 1.5, shape)
        elif len(shape) > 1:  # as strong after a rectifier as before it
            values = generator.normal(0.0, np.sqrt(2.0 / np.prod(shape[1:])), shape)
        else:
            values = generator.normal(0.0, 0.02, shape)
        tensors[theirs.replace("image.", "visual.")] = np.asarray(values, np.float32)
    return tensors
