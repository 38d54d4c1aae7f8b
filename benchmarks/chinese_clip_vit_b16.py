"""A full-size Chinese-CLIP ViT-B/16 with random weights, and transformers running it: the peer of `encode_speed.py`."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Executor
    from pathlib import Path

    from numpy.typing import NDArray
    from PIL import Image

_WIDTH, _LAYERS, _HEADS, _SIZE_PX, _PATCH_PX, _DIMS = 768, 12, 12, 224, 16, 512
_PICTURE = {
    "do_resize": True,
    "size": {"height": _SIZE_PX, "width": _SIZE_PX},
    "resample": 3,
    "do_center_crop": False,
    "image_mean": [0.48145466, 0.4578275, 0.40821073],
    "image_std": [0.26862954, 0.26130258, 0.27577711],
}


def operations_per_picture() -> int:
    """Return the additions and multiplications of the matrix products of one picture."""
    tokens = (_SIZE_PX // _PATCH_PX) ** 2 + 1
    # Per layer: query, key, value and output (4), the two halves of the MLP (8), and two products over all tokens.
    layer = 12 * tokens * _WIDTH**2 + 2 * tokens**2 * _WIDTH
    patches = (tokens - 1) * 3 * _PATCH_PX**2 * _WIDTH
    return 2 * (_LAYERS * layer + patches + _WIDTH * _DIMS)


def write_full_size_model(folder: Path) -> None:
    """Write the model as Hugging Face writes it: 750 MB."""
    define_missing_operators()
    import torch
    import transformers

    torch.manual_seed(0)
    sizes = {"hidden_size": _WIDTH, "num_hidden_layers": _LAYERS, "num_attention_heads": _HEADS}
    config = transformers.ChineseCLIPConfig(
        text_config={**sizes, "intermediate_size": 4 * _WIDTH, "vocab_size": 21128},
        vision_config={**sizes, "intermediate_size": 4 * _WIDTH, "image_size": _SIZE_PX, "patch_size": _PATCH_PX},
        projection_dim=_DIMS,
    )
    transformers.ChineseCLIPModel(config).save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps(_PICTURE), encoding="utf-8")


class TransformersEncoder:
    """The model run by transformers on torch in float32."""

    def __init__(self, folder: Path, vocabulary: Path, *, cores: int) -> None:
        define_missing_operators()
        import torch
        import transformers

        torch.set_num_threads(cores)
        self._torch: Any = torch
        model_class: Any = transformers.ChineseCLIPModel
        self._model = model_class.from_pretrained(folder).eval()
        self._processor = transformers.ChineseCLIPImageProcessor.from_pretrained(folder)
        self._tokenizer = transformers.BertTokenizer(vocab=str(vocabulary))
        self.picture_batch = 8
        self.text_batch = 32

    def encode_images(self, files: Sequence[bytes], threads: Executor) -> NDArray[np.float32]:
        """Decode, prepare and encode picture files: unit rows."""
        rows = []
        for start in range(0, len(files), self.picture_batch):
            pictures = list(threads.map(_decoded, files[start : start + self.picture_batch]))
            pixels = self._processor(pictures, return_tensors="pt")["pixel_values"]
            with self._torch.inference_mode():
                rows.append(_embedding(self._model.get_image_features(pixel_values=pixels)))
        return _unit(np.concatenate(rows))

    def encode_texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Cut and encode texts: unit rows."""
        rows = []
        for start in range(0, len(texts), self.text_batch):
            tokens = self._tokenizer(
                list(texts[start : start + self.text_batch]),
                padding=True,
                truncation=True,
                max_length=52,
                return_tensors="pt",
            )
            with self._torch.inference_mode():
                rows.append(_embedding(self._model.get_text_features(**tokens)))
        return _unit(np.concatenate(rows))


def _decoded(file: bytes) -> Image.Image:
    from PIL import Image, ImageOps

    return ImageOps.exif_transpose(Image.open(io.BytesIO(file))).convert("RGB")


def _embedding(output: object) -> NDArray[np.float32]:
    # Some versions of transformers return the vectors, others an object that holds them.
    vectors: Any = getattr(output, "pooler_output", output)
    return np.asarray(vectors.numpy(), np.float32)


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


_KEPT: list[Any] = []


def define_missing_operators() -> None:
    """Let torchvision be imported without its operator library; nothing here calls the two that it asks for."""
    import torch

    if hasattr(torch.ops.torchvision, "nms"):
        return
    library: Any = torch.library.Library
    definitions = library("torchvision", "DEF")
    for operator in ("nms", "qnms"):
        definitions.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    _KEPT.append(definitions)  # its operators live as long as it does
