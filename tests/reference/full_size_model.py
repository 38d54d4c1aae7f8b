"""A full-size Chinese-CLIP ViT-B/16 with random weights, as a Hugging Face folder: speed does not depend on them.

Needs torch, transformers and, for the vocabulary, cn_clip (`make test-reference` installs them).
"""

from __future__ import annotations

import importlib.util
import json
import shutil
from pathlib import Path

from tests.reference.reference_packages import reference_package

_PICTURES = {
    "do_resize": True,
    "do_center_crop": False,
    "resample": 3,
    "size": {"height": 224, "width": 224},
    "image_mean": [0.48145466, 0.4578275, 0.40821073],
    "image_std": [0.26862954, 0.26130258, 0.27577711],
}


def write_full_size_chinese_clip(folder: Path, *, seed: int = 0) -> Path:
    """Write the folder and return it: 188 million parameters, 750 MB."""
    torch, transformers = reference_package("torch"), reference_package("transformers")
    torch.manual_seed(seed)
    config = transformers.ChineseCLIPConfig(
        text_config={"vocab_size": 21128}, vision_config={"patch_size": 16}, projection_dim=512
    )
    transformers.ChineseCLIPModel(config).eval().save_pretrained(folder)
    (folder / "preprocessor_config.json").write_text(json.dumps(_PICTURES), "utf-8")
    package = importlib.util.find_spec("cn_clip")
    assert package is not None, "cn_clip has the vocabulary; install it with: make test-reference"
    for place in package.submodule_search_locations or ():
        shutil.copyfile(Path(place) / "clip" / "vocab.txt", folder / "vocab.txt")
    return folder
