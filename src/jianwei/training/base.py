"""The model that a training starts from: any checkpoint that can be imported, read whole."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jianwei.encoders.conversion.architecture_of import infer_architecture
from jianwei.encoders.conversion.checkpoint import open_checkpoint
from jianwei.encoders.conversion.checkpoint_formats import FAMILY_OF, check_family, check_unknown
from jianwei.encoders.conversion.model_inputs import stated_image_input, text_input
from jianwei.encoders.conversion.tensor_names import canonical_tensors

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from jianwei.encoders.conversion.architecture import Architecture
    from jianwei.encoders.manifest import Family, ImageInput, TextInput

FIRST_SCALES: Mapping[Family, float] = {
    "clip": np.log(1 / 0.07),
    "chinese-clip": np.log(1 / 0.07),
    "siglip2": np.log(10.0),
}
"""The temperatures that CLIP and SigLIP begin with, for a checkpoint that does not have its own."""
FIRST_BIAS = -10.0  # SigLIP's

_FORBIDDING = re.compile(r"\b(nc|non-?commercial|research|amlr|no-?derivatives|nd)\b", re.IGNORECASE)
"""Words of licences that forbid trade, or changed copies."""


@dataclass(frozen=True, slots=True)
class Base:
    """A model to start from: its tensors by our names in float32, and how its inputs are prepared."""

    path: Path
    family: Family
    tensors: Mapping[str, NDArray[np.float32]]
    architecture: Architecture
    image: ImageInput
    text: TextInput
    folder: Path
    """Where the files beside the weights are, such as the tokenizer's."""
    licence: str

    @property
    def licence_forbids(self) -> bool:
        """Whether the licence has words that forbid trade or changed copies. A person must read it."""
        return bool(_FORBIDDING.search(self.licence))


def read_base(path: Path, *, family: Family | None = None, licence: str = "") -> Base:
    """Read the checkpoint at `path`.

    Raises:
        ModelError: nothing that can be imported is there, it is damaged, or of another family than the one named.
    """
    checkpoint = open_checkpoint(path)
    where = str(checkpoint.path)
    found = FAMILY_OF[checkpoint.form]
    check_family(found, family, where=where)
    stored, unknown = canonical_tensors(checkpoint.tensors, checkpoint.form)
    check_unknown(unknown, where=where)
    architecture = infer_architecture(stored, checkpoint.form, checkpoint.statements, where=where)
    tensors = {name: np.ascontiguousarray(stored[name].read(), np.float32) for name in architecture.shapes()}
    scale = stored["logit_scale"].read() if "logit_scale" in stored else np.float32(FIRST_SCALES[found])
    tensors["logit_scale"] = np.asarray(scale, np.float32).reshape(())
    if found == "siglip2":
        bias = checkpoint.tensors.get("logit_bias")
        tensors["logit_bias"] = np.asarray(bias.read() if bias else FIRST_BIAS, np.float32).reshape(())
    return Base(
        path,
        found,
        tensors,
        architecture,
        stated_image_input(found, architecture.image.size_px, checkpoint.preprocessing),
        text_input(found, architecture.context_length),
        checkpoint.folder,
        licence or _stated_licence(checkpoint.folder),
    )


def _stated_licence(folder: Path) -> str:
    """Return what the model card beside the weights states; empty where it states nothing."""
    try:
        head = (folder / "README.md").read_text("utf-8", "replace").split("---")
    except OSError:
        return ""
    match = re.search(r"^license(?:_name)?:\s*(\S.*?)\s*$", head[1] if len(head) > 2 else "", re.MULTILINE)
    return match[1].strip("'\"") if match else ""
