"""The name a model gets when nobody gives one: that of its repository on a hub, or of its file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_CN_CLIP_FILES: Mapping[str, str] = {
    "clip_cn_rn50": "chinese-clip-rn50",
    "clip_cn_vit-b-16": "chinese-clip-vit-base-patch16",
    "clip_cn_vit-l-14": "chinese-clip-vit-large-patch14",
    "clip_cn_vit-l-14-336": "chinese-clip-vit-large-patch14-336px",
    "clip_cn_vit-h-14": "chinese-clip-vit-huge-patch14",
}
"""cn_clip's files and the repositories with the same weights: one model, so one name.

Source: the table of models in cn_clip's README and its organisation's repositories on the hubs.
"""

_WEIGHTS = frozenset(
    {"model", "pytorch_model", "open_clip_model", "open_clip_pytorch_model", "model.safetensors.index"}
)
_ENDINGS = frozenset({".pt", ".pth", ".bin", ".safetensors", ".onnx", ".json"})


def default_name(path: Path) -> str:
    """Return a name for the model at `path`; `model` where the path gives no usable letters."""
    path = path.resolve()
    stem = path.stem if path.suffix in _ENDINGS else path.name
    if stem in _WEIGHTS:
        path = path.parent
        stem = path.name
    # A hub cache keeps models--OWNER--NAME/snapshots/REVISION.
    if path.parent.name == "snapshots" and path.parent.parent.name.startswith("models--"):
        stem = path.parent.parent.name.rpartition("--")[2]
    stem = _CN_CLIP_FILES.get(stem.lower(), stem.lower())
    return re.sub(r"[^a-z0-9._-]+", "-", stem).strip("._-")[:100] or "model"
