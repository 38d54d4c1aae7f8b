"""The revision of a model: a hash of its weights as they were trained, whatever file they came in.

Two files with the same weights give vectors that may be compared, and must have the same revision; two trainings of one
architecture must not. The order of tensors, the way up of a matrix and float16 storage change nothing.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from jianwei.encoders.conversion.stored_tensors import StoredTensor

_LENGTH = 12


def revision_of(tensors: Mapping[str, StoredTensor], names: Iterable[str], *, masks_padding: bool) -> str:
    """Return the first 12 hexadecimal digits of a SHA-256 over the named tensors as float32, under our names.

    Where a model `masks_padding`, the vector of the padding token, id 0, changes nothing and is left out: transformers
    sets it to zero when it loads and saves a Chinese-CLIP, cn_clip keeps it.
    """
    digest = hashlib.sha256()
    for name in sorted(names):
        tensor = tensors[name]
        if masks_padding and name == "text.token":
            tensor = tensor.rows(1, tensor.shape[0])
        digest.update(f"{name} {list(tensor.shape)}\n".encode())
        digest.update(np.ascontiguousarray(tensor.read(), "<f4").data)
    return digest.hexdigest()[:_LENGTH]
