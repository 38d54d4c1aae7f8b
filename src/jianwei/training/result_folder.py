"""What a training leaves: a folder as Hugging Face lays it out, with a record of how it came to be.

model.safetensors, config.json, preprocessor_config.json, the tokenizer's files
                  of a ResNet: as OpenCLIP or cn_clip name them, since Hugging Face has no class for it
training.json     base, licence, options, hash of the pairs, what was measured before and after
README.md         the same for people
"""

from __future__ import annotations

import hashlib
import shutil
import struct
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from jianwei.encoders.conversion.architecture import ResNet
from jianwei.encoders.conversion.original_names import openclip_configuration, original_tensors
from jianwei.encoders.conversion.published_names import (
    published_configuration,
    published_preprocessing,
    published_tensors,
)
from jianwei.training.measuring import compared

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from jianwei.training.base import Base
    from jianwei.training.measuring import Measured
    from jianwei.training.options import TrainingOptions
    from jianwei.training.pairs import Division

RECORD_FILE = "training.json"
_WITHOUT_EFFECT = frozenset({"part", "device", "checkpointing", "state_every_s"})


def data_hash(division: Division) -> str:
    """Return a hash of all pairs and of the side each is on."""
    digest = hashlib.sha256()
    for side in (division.training, division.validation):
        for pair in side:
            digest.update(orjson.dumps([pair.picture, pair.texts, pair.product, pair.category, pair.dismissed]))
        digest.update(b"|")
    return digest.hexdigest()


def run_fingerprint(base: Base, division: Division, options: TrainingOptions) -> str:
    """Return what a run is known by: its pairs, its base, and every option but those that may change on the way."""
    digest = hashlib.sha256(data_hash(division).encode())
    for name in sorted(base.tensors):
        digest.update(name.encode())
        digest.update(base.tensors[name].tobytes())
    kept = {name: value for name, value in asdict(options).items() if name not in _WITHOUT_EFFECT}
    digest.update(orjson.dumps(kept))
    return digest.hexdigest()


def training_record(
    base: Base, division: Division, options: TrainingOptions, *, measured: tuple[Measured, Measured] | None, epoch: int
) -> dict[str, Any]:
    """Return what is written into training.json."""
    rows = [] if measured is None else compared(*measured)
    return {
        "base": base.path.name,
        "family": base.family,
        "licence_of_base": base.licence,
        "licence_forbids": base.licence_forbids,
        "data_sha256": data_hash(division),
        "pairs": len(division.training),
        "pairs_measured": len(division.validation),
        "best_epoch": epoch,
        "options": asdict(options),
        "measured": [asdict(row) for row in rows],
    }


def write_result(
    folder: Path,
    tensors: Mapping[str, NDArray[np.float32]],
    base: Base,
    record: Mapping[str, Any],
    tokenizer_folder: Path,
) -> None:
    """Write the folder, with all files of `tokenizer_folder`; one that is there stays until the new one is whole.

    Raises:
        OSError: the disk is full or cannot be written.
    """
    aside = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    for name, content in (*_write_model(aside, tensors, base), (RECORD_FILE, record)):
        (aside / name).write_bytes(orjson.dumps(content, option=orjson.OPT_INDENT_2))
    for file in tokenizer_folder.iterdir():
        shutil.copyfile(file, aside / file.name)
    (aside / "README.md").write_text(_card(record), encoding="utf-8")
    former = folder.with_name(f".{folder.name}.former")
    shutil.rmtree(former, ignore_errors=True)
    if folder.exists():
        folder.rename(former)  # moved and not removed yet: Ctrl-C while it is removed must not leave a part of it
    aside.rename(folder)
    shutil.rmtree(former, ignore_errors=True)


def _write_model(
    folder: Path, tensors: Mapping[str, NDArray[np.float32]], base: Base
) -> tuple[tuple[str, Mapping[str, Any]], ...]:
    """Write the weights; return the names and contents of the files that describe them."""
    tower = base.architecture.image
    if not isinstance(tower, ResNet):
        write_safetensors(folder / "model.safetensors", published_tensors(tensors, base.family))
        return (
            ("config.json", published_configuration(base.architecture)),
            ("preprocessor_config.json", published_preprocessing(base.image)),
        )
    named = original_tensors(tensors, base.family)
    if base.family == "chinese-clip":  # cn_clip has no file for this: its rules follow from the tensors
        write_safetensors(folder / "model.safetensors", named)
        return ()
    write_safetensors(folder / "open_clip_model.safetensors", named)
    return (("open_clip_config.json", openclip_configuration(base.architecture, tower, base.image)),)


def write_safetensors(path: Path, tensors: Mapping[str, NDArray[np.float32]]) -> None:
    """Write float32 tensors as a safetensors file. Source: "Safetensors: Format", in the project's repository."""
    header: dict[str, object] = {"__metadata__": {"format": "pt"}}
    offset = 0
    for name, tensor in tensors.items():
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [offset, offset + tensor.nbytes]}
        offset += tensor.nbytes
    encoded = orjson.dumps(header)
    encoded += b" " * (-len(encoded) % 8)
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(encoded)) + encoded)
        for tensor in tensors.values():
            file.write(np.ascontiguousarray(tensor, "<f4").tobytes())


def _card(record: Mapping[str, Any]) -> str:
    licence = record["licence_of_base"] or "not stated; ask the authors of the base"
    lines = [
        "# Fine-tuned with Jianwei",
        "",
        f"Base: {record['base']} ({record['family']}), licence of the base: {licence}.",
        f"Learnt from {record['pairs']} pairs (SHA-256 {record['data_sha256'][:12]}).",
        f"Measured on {record['pairs_measured']} others.",
    ]
    measured: Sequence[Mapping[str, Any]] = record["measured"]
    if measured:
        lines += ["", "| query | measure | before | after | difference (95 %) | p |", "| --- " * 6 + "|"]
        lines += [
            f"| {row['query']} | {row['measure']} | {row['before']:.3f} | {row['after']:.3f} "
            f"| {row['low']:+.3f} to {row['high']:+.3f} | {row['p_value']:.3f} |"
            for row in measured
        ]
    return "\n".join(lines) + "\n"
