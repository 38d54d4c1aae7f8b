"""What works on this machine and in this library, and the one command that turns on what does not.

Every check tries the real thing and never raises, so that the diagnosis is there when everything else is broken.
"""

from __future__ import annotations

import importlib
import os
import platform
import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from jianwei.bilingual import Both
from jianwei.errors import JianweiError

if TYPE_CHECKING:
    from collections.abc import Callable

    from jianwei.settings import Settings

CheckStatus = Literal["ok", "off", "problem"]

_LEAST_FREE_BYTES = 2 * 1024**3
_LEAST_MEMORY_BYTES = 2 * 1024**3  # OCR takes about 1 GB, the catalog and indexes of a million listings the rest


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was tried. `command` turns it on or repairs it; empty where nothing has to be done."""

    name: str
    status: CheckStatus
    summary: str
    summary_zh: str
    command: str = ""


def diagnose(path: Path | None, settings: Settings) -> list[Check]:
    """Try everything and say what works; `path` is the library to look at, None for none."""
    checks: list[tuple[str, Callable[[], Check]]] = [
        ("python", _python),
        ("ocr", lambda: _ocr(settings)),
        (
            "text",
            lambda: _package(
                "text", "tantivy", "words over titles, specifications and OCR", "标题、规格与图中文字检索"
            ),
        ),
        (
            "hash",
            lambda: _package("hash", "faiss", "the same picture again, by perceptual hash", "以感知哈希查找相同图片"),
        ),
        ("heic", lambda: _package("heic", "pi_heif", "HEIC pictures", "HEIC 图片")),
        ("vectors", lambda: _vectors(path, settings)),
        ("captions", lambda: _captions(settings)),
        ("rules", lambda: _rules(path, settings)),
        ("indexes", lambda: _indexes(settings)),
        ("memory", _memory),
    ]
    if settings.pictures_url:
        checks.append(("pictures", lambda: _pictures(settings)))
    if path is not None:
        checks += [("library", lambda: _library(path, settings)), ("disk", lambda: _disk(path))]
    return [_tried(name, check) for name, check in checks]


def _tried(name: str, check: Callable[[], Check]) -> Check:
    try:
        return check()
    except JianweiError as error:
        return Check(name, "problem", error.message, error.message_zh)
    except Exception as error:  # noqa: BLE001  # a diagnosis reports whatever is broken, whatever it raises
        return Check(name, "problem", f"{type(error).__name__}: {error}", f"{type(error).__name__}：{error}")


def _python() -> Check:
    what = f"Python {platform.python_version()}, {platform.machine()}, {os.cpu_count()} CPU"
    return Check("python", "ok", what, what)


def _ocr(settings: Settings) -> Check:
    if settings.ocr_engine == "off":
        return Check(
            "ocr",
            "off",
            "switched off by JIANWEI_OCR_ENGINE=off",
            "已被 JIANWEI_OCR_ENGINE=off 关闭",
            "unset JIANWEI_OCR_ENGINE",
        )
    from jianwei.ocr.opening import open_ocr_engine

    engine = open_ocr_engine(settings.ocr_engine)
    return Check(
        "ocr",
        "ok",
        f"{engine.model_id}, {engine.parallelism} pictures at once",
        f"{engine.model_id}，同时识别 {engine.parallelism} 张图片",
    )


def _package(name: str, module: str, purpose: str, purpose_zh: str) -> Check:
    try:
        importlib.import_module(module)
    except ImportError as error:
        return Check(
            name, "problem", f"{purpose}: {error}", f"{purpose_zh}：{error}", "pip install --force-reinstall jianwei"
        )
    return Check(name, "ok", purpose, purpose_zh)


def _vectors(path: Path | None, settings: Settings) -> Check:
    from jianwei.encoders.hub.installed import list_models
    from jianwei.encoders.remote.endpoint import endpoint_from_settings
    from jianwei.library.channels import TURN_ON_VECTORS
    from jianwei.library.remote_model import REMOTE

    models = list_models(settings.models_folder)
    damaged = next((model for model in models if model.problem is not None), None)
    if damaged is not None and damaged.problem is not None:
        command = f"jianwei models remove {damaged.name}"
        return Check("vectors", "problem", damaged.problem.message, damaged.problem.message_zh, command)
    here = [
        (model.manifest.space, f"{model.name} ({'/'.join(model.manifest.languages)}, {model.manifest.precision})")
        for model in models
        if model.manifest is not None
    ]
    endpoint = endpoint_from_settings(settings)
    if endpoint is not None:
        here.append((endpoint.space, f"{REMOTE}:{endpoint.model} ({endpoint.dialect})"))
    if not here:
        return Check(
            "vectors",
            "off",
            f"pictures by meaning: no encoder model in {settings.models_folder}",
            f"按画面含义检索：{settings.models_folder} 中没有编码模型",
            TURN_ON_VECTORS,
        )
    counts = _vector_counts(path, settings)
    described = ", ".join(text for _, text in here)
    if counts is not None and not any(counts.get(space) for space, _ in here):
        return Check(
            "vectors",
            "off",
            f"{described}: this library has no vectors of it yet",
            f"{described}：本库尚无其向量",
            f"jianwei embed --library {shlex.quote(str(path))}",
        )
    return Check("vectors", "ok", f"pictures by meaning: {described}", f"按画面含义检索：{described}")


def _vector_counts(path: Path | None, settings: Settings) -> dict[str, int] | None:
    """Return how many vectors of each space a library has; None where there is none that can be read."""
    from jianwei.library.facade import Library

    if path is None:
        return None
    try:
        with Library.open(path, settings=settings, create=False) as library:
            return dict(library.stats().catalog.vectors)
    except JianweiError:
        return None  # the check of the library tells what is wrong with it


def _captions(settings: Settings) -> Check:
    from jianwei.captions.endpoint import vision_endpoint

    endpoint = vision_endpoint(settings)
    if endpoint is None:
        return Check(
            "captions",
            "off",
            "no vision-language model is configured; nothing is sent anywhere",
            "未配置视觉语言模型；不会向任何地方发送内容",
            "JIANWEI_VISION_ENDPOINT=http://127.0.0.1:8000/v1 JIANWEI_VISION_MODEL=NAME jianwei caption",
        )
    return Check(
        "captions",
        "ok",
        f"pictures are described by {endpoint.model} when you run jianwei caption",
        f"运行 jianwei caption 时由 {endpoint.model} 描述图片",
    )


def _rules(path: Path | None, settings: Settings) -> Check:
    from jianwei.library.rulebooks import open_rulebook

    book = open_rulebook(settings, path)
    count = sum(len(category.rules) for category in book.categories.values())
    counts = f"{count} rules of {len(book.categories)} types"
    counts_zh = f"{len(book.categories)} 个类型，{count} 条规则"
    if not book.problems:
        return Check("rules", "ok", f"suspected violations: {counts}", f"筛查疑似违法：{counts_zh}")
    where = "" if path is None else f" --library {shlex.quote(str(path))}"
    mistakes = Both("{count} {count:mistake is|mistakes are} left out", "跳过了 {count} 处错误")
    left_out = {"count": len(book.problems)}
    return Check(
        "rules",
        "problem",
        f"{counts}; {mistakes.say('en', **left_out)}",
        f"{counts_zh}；{mistakes.say('zh', **left_out)}",
        f"jianwei rules check{where}",
    )


def _pictures(settings: Settings) -> Check:
    from jianwei.library.picture_check import try_store
    from jianwei.storage.opening import open_picture_files

    files = open_picture_files(Path(), settings.pictures_url, timeout_s=settings.pictures_timeout_s)
    try_store(files)
    return Check(
        "pictures",
        "ok",
        f"thumbnails and originals are in {files.place}: written, read and deleted there",
        f"缩略图和原图存放在 {files.place}：已试过写入、读取和删除",
    )


def _indexes(settings: Settings) -> Check:
    from contextlib import closing

    from jianwei.library.opening import index_server

    server = index_server(settings)
    if server is None:
        return Check("indexes", "ok", "in the library folder (Tantivy, Faiss)", "在库文件夹中（Tantivy、Faiss）")
    with closing(server):
        version = server.version()
    where = server.address.shown
    if version.is_lite:
        hint, hint_zh = "; for trying, one process at a time", "；仅供试用，同一时间只能由一个进程使用"
    else:
        hint = hint_zh = ""
    return Check(
        "indexes",
        "ok",
        f"vectors in Milvus {version.text} at {where}{hint}; words and hashes in the library folder",
        f"向量在 {where} 的 Milvus {version.text} 中{hint_zh}；文字和哈希索引在库文件夹中",
    )


def _memory() -> Check:
    import psutil

    free_bytes = psutil.virtual_memory().available
    gigabytes = f"{free_bytes / 1024**3:.1f} GB"
    if free_bytes < _LEAST_MEMORY_BYTES:
        return Check(
            "memory",
            "problem",
            f"{gigabytes} free; an ingest needs about 2 GB. Close other programs or use fewer workers.",
            f"可用内存 {gigabytes}；导入约需 2 GB。请关闭其他程序或减少 --workers。",
            "jianwei ingest SOURCE --workers 1",
        )
    return Check("memory", "ok", f"{gigabytes} free", f"可用 {gigabytes}")


def _disk(path: Path) -> Check:
    folder = next(parent for parent in (path, *path.resolve().parents) if parent.exists())
    free_bytes = shutil.disk_usage(folder).free
    gigabytes = f"{free_bytes / 1024**3:.1f} GB"
    if free_bytes < _LEAST_FREE_BYTES:
        return Check("disk", "problem", f"only {gigabytes} free in {folder}", f"{folder} 仅剩 {gigabytes} 可用空间")
    return Check("disk", "ok", f"{gigabytes} free in {folder}", f"{folder} 可用 {gigabytes}")


def _library(path: Path, settings: Settings) -> Check:
    from jianwei.library.facade import Library

    with Library.open(path, settings=settings, create=False) as library:
        stats = library.stats()
    silent = [state.name for state in stats.indexes if state.status == "unreachable"]
    behind = [state.name for state in stats.indexes if state.status not in ("ready", "unreachable")]
    listings, pictures = stats.catalog.listings, stats.catalog.pictures
    counts = f"{listings:,} {'listing' if listings == 1 else 'listings'}, "
    counts += f"{pictures:,} {'picture' if pictures == 1 else 'pictures'}"
    counts_zh = f"{stats.catalog.listings:,} 个商品，{stats.catalog.pictures:,} 张图片"
    if silent:
        names = ", ".join(silent)
        names_zh = "、".join(silent)
        return Check(
            "library",
            "problem",
            f"{counts}; the server of these indexes does not answer: {names}",
            f"{counts_zh}；以下索引的服务器没有应答：{names_zh}",
        )
    if behind:  # as after a restore: no problem, since whoever asks it brings it up to date
        names = ", ".join(behind)
        names_zh = "、".join(behind)
        return Check(
            "library",
            "ok",
            f"{counts}; made or caught up by the next search that asks them: {names}",
            f"{counts_zh}；以下索引在下次用到时自动建立或补齐：{names_zh}",
            f"jianwei reindex --library {shlex.quote(str(path))}",
        )
    return Check("library", "ok", counts, counts_zh)
