"""The file in which a library keeps its own curves of relevance: `calibration.json`, written by `jianwei tune`."""

from __future__ import annotations

import json
import math
import os
from typing import TYPE_CHECKING

from jianwei.errors import SettingsError
from jianwei.fusion.calibrated import Curve
from jianwei.search.calibration import Calibration

if TYPE_CHECKING:
    from pathlib import Path

_NAME = "calibration.json"
_SHIPPED = Calibration()


def read_calibration(folder: Path) -> Calibration:
    """Return the curves of a library; the shipped ones where it has none of its own.

    Raises:
        SettingsError: the file is damaged.
    """
    if not os.access(f"{folder}/{_NAME}", os.F_OK):  # as in most libraries, and every search asks
        return _SHIPPED
    path = folder / _NAME
    try:
        found = json.loads(path.read_text("utf-8"))
        curves = {str(name): _curve(values) for name, values in found["curves"].items()}
        least = _share(found["min_relevance"])
    except FileNotFoundError:
        return Calibration()
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SettingsError(
            f"The file {path} does not hold curves of relevance. Remove it, or make it anew with: jianwei tune",
            zh=f"文件 {path} 不是有效的相关度曲线。请删除它，或用 jianwei tune 重新生成。",
            path=str(path),
        ) from error
    return Calibration(curves, least)


def write_calibration(folder: Path, calibration: Calibration) -> None:
    """Replace the curves of a library."""
    curves = {
        name: {"slope": curve.slope, "middle": curve.middle, "top": curve.top}
        for name, curve in sorted(calibration.curves.items())
    }
    path = folder / _NAME
    aside = path.with_suffix(".new")
    aside.write_text(json.dumps({"min_relevance": calibration.min_relevance, "curves": curves}, indent=2), "utf-8")
    aside.replace(path)


def _share(value: float) -> float:
    if not 0.0 <= float(value) <= 1.0:
        raise ValueError(value)
    return float(value)


def _curve(values: dict[str, float]) -> Curve:
    curve = Curve(float(values["slope"]), float(values["middle"]), _share(values["top"]))
    if not math.isfinite(curve.middle) or not 0.0 <= curve.slope < math.inf:
        raise ValueError(values)
    return curve
