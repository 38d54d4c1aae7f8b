"""Tiny models of the real architectures, random weights, in the real file layout: what the unit tests import and run.

Each function writes a folder as Hugging Face lays it out: config.json, preprocessor_config.json, model.safetensors and
the tokenizer's own files. Tensor names, ranks and roles are those of the full models; only the sizes are small, so that
importing and running one takes milliseconds and needs neither torch nor transformers. Left out: anything meaningful in
the vectors; random weights only tell whether the same input gives the same numbers.
"""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    Tensors = dict[str, NDArray[np.float32]]
    Shapes = dict[str, tuple[int, ...]]

DIMS = 24
"""Length of the vectors of every tiny model."""
SIZE_PX = 32
PATCH_PX = 8
VISION_WIDTH = 32
TEXT_WIDTH = 48
HEADS = 2
LAYERS = 2
CONTEXT_LENGTHS = {"chinese-clip": 52, "clip": 77, "siglip2": 64}

_MLP = 4
"""The hidden layer of each transformer block is this many times its width, as in the full models."""
_PATCHES = (SIZE_PX // PATCH_PX) ** 2
_CHARACTERS = (
    "的一是在不了有和人这中大为上个国我以要他时来用们生到作地于出就分对成会可主发年动同工也能下过子说产种面而方后多定行学法所民得经减肥茶芦荟胶囊红色连衣裙保健食品祛"
    "斑美白面膜"
)


def write_safetensors(path: Path, tensors: Mapping[str, NDArray[np.float32] | NDArray[np.float16]]) -> None:
    """Write tensors as a safetensors file."""
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    offset = 0
    for name, tensor in tensors.items():
        kind = {"float32": "F32", "float16": "F16"}[tensor.dtype.name]
        header[name] = {
            "dtype": kind,
            "shape": list(tensor.shape),
            "data_offsets": [offset, offset + tensor.nbytes],
        }
        offset += tensor.nbytes
    encoded = json.dumps(header).encode()
    encoded += b" " * (-len(encoded) % 8)
    body = b"".join(np.ascontiguousarray(tensor).tobytes() for tensor in tensors.values())
    path.write_bytes(struct.pack("<Q", len(encoded)) + encoded + body)


def chinese_clip_tensors(seed: int = 0, *, vocabulary: int) -> Tensors:
    """Return random weights of a tiny ChineseCLIPModel, by their Hugging Face names."""
    shapes: Shapes = {
        "logit_scale": (),
        "text_projection.weight": (DIMS, TEXT_WIDTH),
        "visual_projection.weight": (DIMS, VISION_WIDTH),
        **_clip_vision(),
        "text_model.embeddings.word_embeddings.weight": (vocabulary, TEXT_WIDTH),
        "text_model.embeddings.position_embeddings.weight": (64, TEXT_WIDTH),
        "text_model.embeddings.token_type_embeddings.weight": (2, TEXT_WIDTH),
        **_norm("text_model.embeddings.LayerNorm", TEXT_WIDTH),
    }
    for index in range(LAYERS):
        layer = f"text_model.encoder.layer.{index}"
        for name in ("query", "key", "value"):
            shapes |= _linear(f"{layer}.attention.self.{name}", TEXT_WIDTH, TEXT_WIDTH)
        shapes |= _linear(f"{layer}.attention.output.dense", TEXT_WIDTH, TEXT_WIDTH)
        shapes |= _norm(f"{layer}.attention.output.LayerNorm", TEXT_WIDTH)
        shapes |= _linear(f"{layer}.intermediate.dense", TEXT_WIDTH * _MLP, TEXT_WIDTH)
        shapes |= _linear(f"{layer}.output.dense", TEXT_WIDTH, TEXT_WIDTH * _MLP)
        shapes |= _norm(f"{layer}.output.LayerNorm", TEXT_WIDTH)
    return _random(shapes, seed)


def clip_tensors(seed: int = 0, *, vocabulary: int) -> Tensors:
    """Return random weights of a tiny CLIPModel, by their Hugging Face names."""
    shapes: Shapes = {
        "logit_scale": (),
        "text_projection.weight": (DIMS, TEXT_WIDTH),
        "visual_projection.weight": (DIMS, VISION_WIDTH),
        **_clip_vision(),
        "text_model.embeddings.token_embedding.weight": (vocabulary, TEXT_WIDTH),
        "text_model.embeddings.position_embedding.weight": (CONTEXT_LENGTHS["clip"], TEXT_WIDTH),
        **_layers("text_model.encoder", TEXT_WIDTH),
        **_norm("text_model.final_layer_norm", TEXT_WIDTH),
    }
    return _random(shapes, seed)


def siglip2_tensors(seed: int = 0, *, vocabulary: int) -> Tensors:
    """Return random weights of a tiny SiglipModel, by their Hugging Face names; both towers have the vectors' width."""
    shapes: Shapes = {
        "logit_scale": (1,),
        "logit_bias": (1,),
        "vision_model.embeddings.patch_embedding.weight": (DIMS, 3, PATCH_PX, PATCH_PX),
        "vision_model.embeddings.patch_embedding.bias": (DIMS,),
        "vision_model.embeddings.position_embedding.weight": (_PATCHES, DIMS),
        **_layers("vision_model.encoder", DIMS),
        **_norm("vision_model.post_layernorm", DIMS),
        "vision_model.head.probe": (1, 1, DIMS),
        "vision_model.head.attention.in_proj_weight": (3 * DIMS, DIMS),
        "vision_model.head.attention.in_proj_bias": (3 * DIMS,),
        **_linear("vision_model.head.attention.out_proj", DIMS, DIMS),
        **_norm("vision_model.head.layernorm", DIMS),
        **_linear("vision_model.head.mlp.fc1", DIMS * _MLP, DIMS),
        **_linear("vision_model.head.mlp.fc2", DIMS, DIMS * _MLP),
        "text_model.embeddings.token_embedding.weight": (vocabulary, DIMS),
        "text_model.embeddings.position_embedding.weight": (CONTEXT_LENGTHS["siglip2"], DIMS),
        **_layers("text_model.encoder", DIMS),
        **_norm("text_model.final_layer_norm", DIMS),
        **_linear("text_model.head", DIMS, DIMS),
    }
    return _random(shapes, seed)


def write_tiny_chinese_clip(folder: Path, *, seed: int = 0) -> Path:
    """Write a tiny ChineseCLIPModel folder and return it."""
    vocabulary = chinese_vocabulary()
    config = {
        "architectures": ["ChineseCLIPModel"],
        "model_type": "chinese_clip",
        "projection_dim": DIMS,
        "logit_scale_init_value": 2.6592,
        "text_config": {
            "model_type": "chinese_clip_text_model",
            **_sizes(TEXT_WIDTH, "gelu", 1e-12),
            "vocab_size": len(vocabulary),
            "max_position_embeddings": 64,
            "type_vocab_size": 2,
            "pad_token_id": 0,
        },
        "vision_config": {"model_type": "chinese_clip_vision_model", **_vision_sizes(VISION_WIDTH, "quick_gelu", 1e-5)},
    }
    picture = {**_CLIP_PICTURE, "do_center_crop": False, "size": {"height": SIZE_PX, "width": SIZE_PX}}
    _write(folder, config, picture, chinese_clip_tensors(seed, vocabulary=len(vocabulary)))
    (folder / "vocab.txt").write_text("\n".join(vocabulary) + "\n", encoding="utf-8")
    return folder


def write_tiny_clip(folder: Path, *, seed: int = 0) -> Path:
    """Write a tiny CLIPModel folder and return it."""
    vocabulary, merges = clip_vocabulary()
    config = {
        "architectures": ["CLIPModel"],
        "model_type": "clip",
        "projection_dim": DIMS,
        "logit_scale_init_value": 2.6592,
        "text_config": {
            "model_type": "clip_text_model",
            **_sizes(TEXT_WIDTH, "quick_gelu", 1e-5),
            "vocab_size": len(vocabulary),
            "max_position_embeddings": CONTEXT_LENGTHS["clip"],
            "bos_token_id": len(vocabulary) - 2,
            "eos_token_id": len(vocabulary) - 1,
            "pad_token_id": len(vocabulary) - 1,
        },
        "vision_config": {"model_type": "clip_vision_model", **_vision_sizes(VISION_WIDTH, "quick_gelu", 1e-5)},
    }
    picture = {
        **_CLIP_PICTURE,
        "do_center_crop": True,
        "crop_size": {"height": SIZE_PX, "width": SIZE_PX},
        "size": {"shortest_edge": SIZE_PX},
    }
    _write(folder, config, picture, clip_tensors(seed, vocabulary=len(vocabulary)))
    (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False), encoding="utf-8")
    (folder / "merges.txt").write_text("\n".join(["#version: 0.2", *merges]) + "\n", encoding="utf-8")
    return folder


def write_tiny_siglip2(folder: Path, *, seed: int = 0) -> Path:
    """Write a tiny SiglipModel folder with a Gemma-like tokenizer (SigLIP 2, fixed resolution) and return it."""
    vocabulary = gemma_vocabulary()
    config = {
        "architectures": ["SiglipModel"],
        "model_type": "siglip",
        "text_config": {
            "model_type": "siglip_text_model",
            **_sizes(DIMS, "gelu_pytorch_tanh", 1e-6),
            "vocab_size": len(vocabulary),
            "max_position_embeddings": CONTEXT_LENGTHS["siglip2"],
            "projection_size": DIMS,
            "pad_token_id": 0,
            "eos_token_id": 1,
            "bos_token_id": 2,
        },
        "vision_config": {"model_type": "siglip_vision_model", **_vision_sizes(DIMS, "gelu_pytorch_tanh", 1e-6)},
    }
    picture = {
        "do_resize": True,
        "do_rescale": True,
        "do_normalize": True,
        "image_mean": [0.5, 0.5, 0.5],
        "image_std": [0.5, 0.5, 0.5],
        "resample": 2,
        "rescale_factor": 1 / 255,
        "size": {"height": SIZE_PX, "width": SIZE_PX},
    }
    _write(folder, config, picture, siglip2_tensors(seed, vocabulary=len(vocabulary)))
    (folder / "tokenizer.json").write_text(json.dumps(_gemma_tokenizer(vocabulary), ensure_ascii=False), "utf-8")
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"tokenizer_class": "GemmaTokenizer", "model_max_length": CONTEXT_LENGTHS["siglip2"]}), "utf-8"
    )
    return folder


def chinese_vocabulary() -> list[str]:
    """Return a WordPiece vocabulary whose special tokens have the ids of the full one: 0, 100, 101 and 102."""
    unused = [f"[unused{number}]" for number in range(1, 100)]
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    words = ["[PAD]", *unused, "[UNK]", "[CLS]", "[SEP]", "[MASK]", *"!\"#$%&'()*+,-./:;<=>?@[]_", *letters]
    words += [f"##{letter}" for letter in letters]
    return list(dict.fromkeys([*words, *"，。！？、：；（）《》", *_CHARACTERS, "tea", "dress", "red", "##ing"]))


def clip_vocabulary() -> tuple[dict[str, int], list[str]]:
    """Return the vocabulary and merges of a byte-level BPE; its last two ids start and end a text."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    letters = [chr(byte) for byte in printable] + [chr(256 + number) for number in range(len(others))]
    merges = ["t h", "th e</w>", "r e", "re d</w>", "t e", "te a</w>", "i n", "in g</w>"]
    tokens = [*letters, *(f"{letter}</w>" for letter in letters), *(merge.replace(" ", "") for merge in merges)]
    return {token: number for number, token in enumerate([*tokens, "<|startoftext|>", "<|endoftext|>"])}, merges


def gemma_vocabulary() -> dict[str, int]:
    """Return a BPE vocabulary with byte fallback: padding 0, end of text 1, start 2, unknown 3, as Gemma has them."""
    tokens = ["<pad>", "<eos>", "<bos>", "<unk>", *(f"<0x{byte:02X}>" for byte in range(256)), "▁"]
    tokens += [*"abcdefghijklmnopqrstuvwxyz0123456789.,!?", *_CHARACTERS, "te", "tea", "▁tea", "芦荟", "胶囊"]
    return {token: number for number, token in enumerate(dict.fromkeys(tokens))}


def _gemma_tokenizer(vocabulary: dict[str, int]) -> dict[str, object]:
    special = [
        {
            "id": number,
            "content": token,
            "single_word": False,
            "lstrip": False,
            "rstrip": False,
            "normalized": False,
            "special": True,
        }
        for number, token in enumerate(("<pad>", "<eos>", "<bos>", "<unk>"))
    ]
    lower = {"type": "Lowercase"}
    spaces = {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": special,
        "normalizer": {"type": "Sequence", "normalizers": [lower, spaces]},
        "pre_tokenizer": {
            "type": "Split",
            "pattern": {"String": " "},
            "behavior": "MergedWithPrevious",
            "invert": False,
        },
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [{"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": "<eos>", "type_id": 0}}],
            "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
            "special_tokens": {"<eos>": {"id": "<eos>", "ids": [1], "tokens": ["<eos>"]}},
        },
        "decoder": None,
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": "<unk>",
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": True,
            "byte_fallback": True,
            "ignore_merges": False,
            "vocab": vocabulary,
            "merges": [["t", "e"], ["te", "a"], ["▁", "tea"], ["芦", "荟"], ["胶", "囊"]],
        },
    }


_CLIP_PICTURE: Mapping[str, object] = {
    "do_convert_rgb": True,
    "do_resize": True,
    "do_rescale": True,
    "do_normalize": True,
    "image_mean": [0.48145466, 0.4578275, 0.40821073],
    "image_std": [0.26862954, 0.26130258, 0.27577711],
    "resample": 3,
    "rescale_factor": 1 / 255,
}


def _sizes(width: int, activation: str, epsilon: float) -> dict[str, object]:
    return {
        "hidden_size": width,
        "intermediate_size": width * _MLP,
        "num_hidden_layers": LAYERS,
        "num_attention_heads": HEADS,
        "hidden_act": activation,
        "layer_norm_eps": epsilon,
    }


def _vision_sizes(width: int, activation: str, epsilon: float) -> dict[str, object]:
    return {**_sizes(width, activation, epsilon), "image_size": SIZE_PX, "patch_size": PATCH_PX, "num_channels": 3}


def _clip_vision() -> Shapes:
    return {
        "vision_model.embeddings.class_embedding": (VISION_WIDTH,),
        "vision_model.embeddings.patch_embedding.weight": (VISION_WIDTH, 3, PATCH_PX, PATCH_PX),
        "vision_model.embeddings.position_embedding.weight": (_PATCHES + 1, VISION_WIDTH),
        **_norm("vision_model.pre_layrnorm", VISION_WIDTH),  # spelt so in every published checkpoint
        **_layers("vision_model.encoder", VISION_WIDTH),
        **_norm("vision_model.post_layernorm", VISION_WIDTH),
    }


def _layers(prefix: str, width: int) -> Shapes:
    shapes: Shapes = {}
    for index in range(LAYERS):
        layer = f"{prefix}.layers.{index}"
        for name in ("q_proj", "k_proj", "v_proj", "out_proj"):
            shapes |= _linear(f"{layer}.self_attn.{name}", width, width)
        shapes |= _norm(f"{layer}.layer_norm1", width) | _norm(f"{layer}.layer_norm2", width)
        shapes |= _linear(f"{layer}.mlp.fc1", width * _MLP, width) | _linear(f"{layer}.mlp.fc2", width, width * _MLP)
    return shapes


def _linear(name: str, outputs: int, inputs: int) -> Shapes:
    return {f"{name}.weight": (outputs, inputs), f"{name}.bias": (outputs,)}


def _norm(name: str, width: int) -> Shapes:
    return {f"{name}.weight": (width,), f"{name}.bias": (width,)}


def _random(shapes: Shapes, seed: int) -> Tensors:
    generator = np.random.default_rng(seed)
    return {name: _one(name, shape, generator) for name, shape in sorted(shapes.items())}


def _one(name: str, shape: tuple[int, ...], generator: np.random.Generator) -> NDArray[np.float32]:
    if name == "logit_scale":
        return np.full(shape, np.log(100.0), np.float32)  # the trained temperature of the published models
    values = generator.standard_normal(shape)
    is_norm = "norm" in name.lower() or "layrnorm" in name
    if is_norm and name.endswith("weight"):
        return np.asarray(1 + 0.1 * values, np.float32)
    # A matrix scaled by its inputs keeps the signal's size, so that different pictures get clearly different vectors.
    inputs = int(np.prod(shape[1:])) if len(shape) > 1 and "embedding" not in name else 4
    return np.asarray(values / np.sqrt(inputs), np.float32)


def _write(folder: Path, config: Mapping[str, object], picture: Mapping[str, object], tensors: Tensors) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config, indent=2), "utf-8")
    (folder / "preprocessor_config.json").write_text(json.dumps(picture, indent=2), "utf-8")
    write_safetensors(folder / "model.safetensors", tensors)
