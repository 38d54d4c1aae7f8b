"""The file in which a library keeps the heads of its probe: `probe.npz`, written by `jianwei probe --keep`.

Plain arrays and one JSON text: nothing in it is executed when it is read.
"""

from __future__ import annotations

import json
import zipfile
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np

from jianwei.errors import SettingsError
from jianwei.training.probe import Probe, TypeScore

if TYPE_CHECKING:
    from pathlib import Path

_NAME = "probe.npz"
_VERSION = 1
_ARRAYS = ("mean", "deviation", "weights", "offsets", "thresholds", "slopes", "shifts")


@dataclass(frozen=True, slots=True)
class KeptProbe:
    """Heads with what was measured of each; `space` names the vectors that they need, empty for none."""

    probe: Probe
    types: tuple[TypeScore, ...]
    space: str
    has_grams: bool


def read_probe(folder: Path) -> KeptProbe | None:
    """Return the probe of a library; None where it has none.

    Raises:
        SettingsError: the file is damaged.
    """
    path = folder / _NAME
    try:
        with np.load(path, allow_pickle=False) as content:
            about = json.loads(str(content["about"]))
            arrays = {name: np.asarray(content[name], np.float64) for name in _ARRAYS}
        types = tuple(TypeScore(**score) for score in about["types"])
        kept = KeptProbe(
            Probe(tuple(score.label for score in types), **arrays), types, str(about["space"]), bool(about["has_grams"])
        )
        _check(kept, about["version"])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise SettingsError(
            f"The file {path} does not hold a probe. Remove it with: jianwei probe --remove, or make it anew with: "
            "jianwei probe --keep",
            zh=f"文件 {path} 不是有效的探针。请用 jianwei probe --remove 删除，或用 jianwei probe --keep 重新生成。",
            path=str(path),
        ) from error
    return kept


def write_probe(folder: Path, kept: KeptProbe) -> None:
    """Replace the probe of a library."""
    about = {
        "version": _VERSION,
        "space": kept.space,
        "has_grams": kept.has_grams,
        "types": [asdict(score) for score in kept.types],
    }
    path = folder / _NAME
    aside = path.with_name(f".{_NAME}.part")
    with aside.open("wb") as file:
        arrays = {name: getattr(kept.probe, name) for name in _ARRAYS}
        np.savez(file, about=np.array(json.dumps(about, ensure_ascii=False)), **arrays)
    aside.replace(path)


def remove_probe(folder: Path) -> bool:
    """Remove the probe of a library, whatever is in its file; return whether there was one."""
    path = folder / _NAME
    was_there = path.exists()
    path.unlink(missing_ok=True)
    return was_there


def _check(kept: KeptProbe, version: object) -> None:
    probe, heads = kept.probe, len(kept.types)
    shapes = {name: getattr(probe, name).shape for name in _ARRAYS}
    columns = probe.mean.shape
    expected = dict.fromkeys(_ARRAYS, (heads,)) | {"mean": columns, "deviation": columns}
    expected["weights"] = (heads, *columns)
    if version != _VERSION or not heads or len(columns) != 1 or shapes != expected:
        raise ValueError(version)
    if not all(np.isfinite(getattr(probe, name)).all() for name in _ARRAYS) or not (probe.deviation > 0).all():
        raise ValueError(version)
