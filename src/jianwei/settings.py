"""All settings in one frozen class, read once by a face and passed down; nothing below reads the environment."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from jianwei.bilingual import Both
from jianwei.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

OcrEngineName = Literal["auto", "openvino", "onnxruntime", "off"]
KeepOriginals = Literal["remote", "all", "none"]
BrokenRules = Literal["refuse", "skip"]
HubName = Literal["local", "cache", "modelscope", "huggingface"]

TextLanguage = Literal["zh", "en", "multi"]
"""A language that a model was trained on; `multi` is any."""

RemoteDialect = Literal["vllm", "jina", "infinity"]
"""How a remote encoder is spoken to: `vllm` gets one chat message per text or picture, the others lists."""

_PREFIX = "JIANWEI_"
_OTHER_NAMES = {"JIANWEI_MODELS_FOLDER": "JIANWEI_MODELS", "JIANWEI_HUGGINGFACE_ENDPOINT": "HF_ENDPOINT"}
"""Variables that go by a shorter or a better known name."""


def _models_folder() -> Path:
    from platformdirs import user_data_path

    return user_data_path("jianwei", appauthor=False) / "models"


def _cache_folder() -> Path:
    return Path.home() / ".cache"


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of one library, each overridable by the environment variable `JIANWEI_<NAME>`."""

    catalog_url: str = field(default="", repr=False)
    """A database that holds the catalog instead of a file in the library, such as
    postgresql://user:password@host:5432/database?schema=jianwei; see `docs/scale.md`."""

    pictures_url: str = field(default="", repr=False)
    """Where thumbnails and kept originals are instead of the library folder, such as s3://bucket/prefix; see
    `docs/scale.md`."""

    pictures_timeout_s: float = 30.0
    """How long one request to that place may take, with everything that is tried again."""

    index_url: str = field(default="", repr=False)
    """A Milvus that holds the vectors instead of files in the library, such as http://host:19530 or
    https://user:password@host:19530/database, or a Milvus Lite file that ends in .db; see `docs/scale.md`."""

    ocr_engine: OcrEngineName = "auto"
    """Which runtime reads text: `auto` takes OpenVINO on x86 and ONNX Runtime elsewhere; `off` ingests without OCR."""

    workers: int = 0
    """Pictures worked on at once; 0 means as many as the OCR engine asks for."""

    ray_address: str = ""
    """A Ray cluster that works on the pictures of an ingest: `auto`, `host:port` or `ray://host:port`; `local` starts
    one on this machine. Empty: threads of this process, and Ray is not loaded. See `docs/scale.md`."""

    ray_readers: int = 0
    """Reading processes on the cluster; 0 means as many as its processors allow."""

    ray_reader_cpus: float = 1.0
    """Processors that one of them gets."""

    ray_encoders: int = 1
    """Encoding processes on the cluster for each active model."""

    ray_encoder_cpus: float = 1.0
    """Processors that one of them gets."""

    ray_encoder_gpus: float = 0.0
    """GPUs that one of them gets; 0.5 lets two share one."""

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

    url_proxy: str = field(default="", repr=False)
    """An HTTP proxy that picture URLs are read through, such as http://user:password@proxy:3128; empty for none."""

    models_folder: Path = field(default_factory=_models_folder)
    """Where pulled and imported models stand, one folder each; the variable is `JIANWEI_MODELS`."""

    model_sources: tuple[Path, ...] = ()
    """Folders with downloaded checkpoints that a pull looks into, parted like those of PATH."""

    hub_order: tuple[HubName, ...] = get_args(HubName)
    """Where a pull looks, in this order: `local` is `model_sources`, `cache` what other tools have downloaded."""

    huggingface_endpoint: str = "https://huggingface.co"
    """Hugging Face, or a mirror of it; the variable `HF_ENDPOINT` works too."""

    modelscope_endpoint: str = "https://www.modelscope.cn"
    """ModelScope."""

    huggingface_cache: Path = field(default_factory=lambda: _cache_folder() / "huggingface" / "hub")
    """Hugging Face's own cache; the variables `HF_HUB_CACHE` and `HF_HOME` work too."""

    modelscope_cache: Path = field(default_factory=lambda: _cache_folder() / "modelscope")
    """ModelScope's own cache; the variable `MODELSCOPE_CACHE` works too."""

    hub_timeout_s: float = 15.0
    """How long a hub may stay silent during a download; connecting may take a fifth of that."""

    rules_folder: Path | None = None
    """A folder with rules of your own, laid over those that come with Jianwei; see `docs/rules.md`."""

    broken_rules: BrokenRules = "refuse"
    """What a mistake in a rule file does: `refuse` to screen, or `skip` what is broken and go on with the rest."""

    text_model: bool = True
    """Whether the text model that comes with Jianwei speaks beside the rules when listings are screened; see
    `docs/text-model.md`."""

    remote_encoder_endpoint: str = ""
    """A server that gives vectors for texts and pictures, such as http://10.0.0.5:8000/v1; empty for none."""

    remote_encoder_model: str = ""
    """The name that this server knows its model by."""

    remote_encoder_dialect: RemoteDialect = "vllm"
    """Which server it is: `vllm`, `jina` (its API and what speaks like it) or `infinity`."""

    remote_encoder_key: str = field(default="", repr=False)
    """Sent to this server as a bearer token; shown nowhere."""

    remote_encoder_revision: str = "remote"
    """Part of the space's name: change it when the server gets other weights, so that old vectors are not compared."""

    remote_encoder_languages: tuple[TextLanguage, ...] = ("multi",)
    """Languages that its texts may be in, best first."""

    remote_encoder_timeout_s: float = 60.0
    """How long one request to this server may take; a query waits 10 seconds at most."""

    remote_encoder_attempts: int = 5
    """How often a request is sent while this server is silent or busy."""

    max_upload_bytes: int = 2 * 1024 * 1024 * 1024
    """The largest upload of listings that the web page and the HTTP API take."""

    requests_per_minute: int = 600
    """How many requests one account or address may make to the HTTP API and the web page; 0 for any number."""

    searches_waiting: int = 100
    """How many searches may wait for their turn in one process of the desk; further ones are asked to come again."""

    vision_endpoint: str = ""
    """A vision-language model behind an OpenAI-compatible server, such as http://127.0.0.1:8000/v1; empty for none.
    Pictures are sent there by `jianwei caption` and by second opinions only."""

    vision_model: str = ""
    """The name that this server knows its model by."""

    vision_key: str = field(default="", repr=False)
    """Sent to this server as a bearer token; shown nowhere."""

    vision_concurrency: int = 4
    """Requests to this server at once."""

    vision_requests_per_minute: int = 0
    """How many requests this server allows a minute; 0 for any number."""

    vision_timeout_s: float = 120.0
    """How long one request to this server may take."""

    vision_attempts: int = 4
    """How often a request is sent while this server is silent or busy."""

    vision_price_in: float = 0.0
    """What a million tokens sent cost, in any currency, for `--budget`."""

    vision_price_out: float = 0.0
    """What a million tokens of answers cost, likewise."""


def settings_from_environment(environment: Mapping[str, str]) -> Settings:
    """Return the default settings changed by the `JIANWEI_*` variables of `environment`.

    Raises:
        SettingsError: a variable has a value that its setting cannot take.
    """
    defaults = Settings()
    given = _with_names_of_hubs(environment)
    changes: dict[str, object] = {}
    for item in fields(Settings):
        name = _PREFIX + item.name.upper()
        if name in given:
            default = getattr(defaults, item.name)
            changes[item.name] = _parse(name, given[name], default)
    return replace(defaults, **changes)  # type: ignore[arg-type]  # types were checked value by value above


_CHOICES: dict[str, tuple[str, ...]] = {
    "JIANWEI_OCR_ENGINE": get_args(OcrEngineName),
    "JIANWEI_KEEP_ORIGINALS": get_args(KeepOriginals),
    "JIANWEI_HUB_ORDER": get_args(HubName),
    "JIANWEI_BROKEN_RULES": get_args(BrokenRules),
    "JIANWEI_REMOTE_ENCODER_DIALECT": get_args(RemoteDialect),
    "JIANWEI_REMOTE_ENCODER_LANGUAGES": get_args(TextLanguage),
}
_BOOLEANS = {"1": True, "true": True, "yes": True, "0": False, "false": False, "no": False}


def _with_names_of_hubs(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment with what the hubs' own variables say put under our names, where ours say nothing."""
    found = {name: environment[other] for name, other in _OTHER_NAMES.items() if environment.get(other)}
    if root := environment.get("XDG_CACHE_HOME"):
        found["JIANWEI_HUGGINGFACE_CACHE"] = str(Path(root) / "huggingface" / "hub")
    if home := environment.get("HF_HOME"):
        found["JIANWEI_HUGGINGFACE_CACHE"] = str(Path(home) / "hub")
    if cache := environment.get("HF_HUB_CACHE"):
        found["JIANWEI_HUGGINGFACE_CACHE"] = cache
    if cache := environment.get("MODELSCOPE_CACHE"):
        found["JIANWEI_MODELSCOPE_CACHE"] = cache
    return {**found, **environment}


def _parse(name: str, value: str, default: object) -> object:
    if name == "JIANWEI_MODEL_SOURCES":
        return tuple(Path(part).expanduser() for part in value.split(os.pathsep) if part)
    if name.endswith("_ENDPOINT") or (name == "JIANWEI_URL_PROXY" and value):
        return _endpoint(name, value)
    choices = _CHOICES.get(name)
    if choices is not None:
        return _chosen(name, value, choices, several=isinstance(default, tuple))
    if isinstance(default, str):
        return value
    if default is None or isinstance(default, Path):
        return Path(value).expanduser() if value else default
    return _flag(name, value) if isinstance(default, bool) else _number(name, value, whole=isinstance(default, int))


def _flag(name: str, value: str) -> bool:
    if value.lower() not in _BOOLEANS:
        raise _refused(name, value, Both("true, false", "true、false"))
    return _BOOLEANS[value.lower()]


def _chosen(name: str, value: str, choices: tuple[str, ...], *, several: bool) -> str | tuple[str, ...]:
    parts = [part.strip() for part in value.split(",")] if several else [value]
    if any(part not in choices for part in parts):
        many = Both(" (several, parted by commas)", "（可多个，以英文逗号分隔）") if several else Both("", "")
        raise _refused(name, value, Both(", ".join(choices) + many.en, "、".join(choices) + many.zh))
    return tuple(parts) if several else value


def _endpoint(name: str, value: str) -> str:
    if not value.startswith(("https://", "http://")):
        address = Both("an address that begins with https:// or http://", "以 https:// 或 http:// 开头的地址")
        raise _refused(_OTHER_NAMES.get(name, name), value, address)
    return value.rstrip("/")


def _number(name: str, value: str, *, whole: bool) -> float:
    try:
        number = int(value) if whole else float(value)
    except ValueError:
        number = -1
    if not number >= 0:
        raise _refused(name, value, Both("a number, 0 or more", "不小于 0 的数"))
    return number


def _refused(name: str, value: str, allowed: Both) -> SettingsError:
    return SettingsError(
        f"The environment variable {name} is {value!r}. Allowed: {allowed.en}.",
        zh=f"环境变量 {name} 的值是 {value!r}。可用的值：{allowed.zh}。",
        name=name,
        value=value,
    )
