"""All settings in one frozen class, read once by a face and passed down; nothing below reads the environment."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Literal, get_args

from jianwei.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

OcrEngineName = Literal["auto", "openvino", "onnxruntime", "off"]
KeepOriginals = Literal["remote", "all", "none"]

_PREFIX = "JIANWEI_"


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of one library, each overridable by the environment variable `JIANWEI_<NAME>`."""

    ocr_engine: OcrEngineName = "auto"
    """Which runtime reads text: `auto` takes OpenVINO on x86 and ONNX Runtime elsewhere; `off` ingests without OCR."""

    workers: int = 0
    """Pictures worked on at once; 0 means as many as the OCR engine asks for."""

    keep_originals: KeepOriginals = "remote"
    """Which original files are copied into the library: those that are not local files, all, or none."""

    max_picture_bytes: int = 64 * 1024 * 1024
    """A larger file is refused before it is read whole."""

    max_picture_pixels: int = 200_000_000
    """A picture with more pixels is refused before it is decoded (a 750 × 100,000 detail page has 75 million)."""

    url_timeout_s: float = 15.0
    """How long one picture URL may take in all."""

    allow_private_urls: bool = False
    """Whether picture URLs may point to loopback and private addresses."""


def settings_from_environment(environment: Mapping[str, str]) -> Settings:
    """Return the default settings changed by the `JIANWEI_*` variables of `environment`.

    Raises:
        SettingsError: a variable has a value that its setting cannot take.
    """
    defaults = Settings()
    changes: dict[str, object] = {}
    for item in fields(Settings):
        name = _PREFIX + item.name.upper()
        if name in environment:
            default = getattr(defaults, item.name)
            changes[item.name] = _parse(name, environment[name], default)
    return replace(defaults, **changes)  # type: ignore[arg-type]  # types were checked value by value above


_CHOICES: dict[str, tuple[str, ...]] = {
    "JIANWEI_OCR_ENGINE": get_args(OcrEngineName),
    "JIANWEI_KEEP_ORIGINALS": get_args(KeepOriginals),
}
_BOOLEANS = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


def _parse(name: str, value: str, default: object) -> object:
    choices = _CHOICES.get(name)
    if choices is not None:
        if value not in choices:
            raise _refused(name, value, ", ".join(choices))
        return value
    if isinstance(default, bool):
        if value.lower() not in _BOOLEANS:
            raise _refused(name, value, "true, false")
        return _BOOLEANS[value.lower()]
    try:
        number = int(value) if isinstance(default, int) else float(value)
    except ValueError:
        number = -1
    if not number >= 0:
        raise _refused(name, value, "a number, 0 or more")
    return number


def _refused(name: str, value: str, allowed: str) -> SettingsError:
    return SettingsError(
        f"The environment variable {name} is {value!r}. Allowed: {allowed}.",
        zh=f"环境变量 {name} 的值是 {value!r}。可用的值：{allowed}。",
        name=name,
        value=value,
    )
