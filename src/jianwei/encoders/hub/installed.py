"""The models that are there: which, whether their files are whole, and how one goes away."""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from jianwei.encoders.hub.free_space import disk_errors
from jianwei.encoders.manifest import MANIFEST_FILE, file_entry, read_manifest
from jianwei.errors import ModelError, NotFoundError

if TYPE_CHECKING:
    from pathlib import Path

    from jianwei.encoders.manifest import Manifest, ModelFile

FileStatus = Literal["there", "ok", "missing", "changed"]
"""`there` has the right size, `ok` the right content too."""

_NAME = re.compile(r"[A-Za-z0-9][\w.-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class InstalledModel:
    """One folder among the models. A damaged one has a problem instead of a manifest."""

    name: str
    folder: Path
    manifest: Manifest | None
    problem: ModelError | None
    size_bytes: int


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """One file of a model as its manifest describes it, and what was found."""

    name: str
    stated: ModelFile
    status: FileStatus


def list_models(models_folder: Path) -> list[InstalledModel]:
    """Return the models of a folder by name, damaged ones too; none where there is no such folder."""
    if not models_folder.is_dir():
        return []
    folders = sorted(path.parent for path in models_folder.glob(f"*/{MANIFEST_FILE}"))
    return [_installed(folder) for folder in folders if not folder.name.startswith(".")]


def model_folder(models_folder: Path, name: str) -> Path:
    """Return the folder of a model that is there.

    Raises:
        NotFoundError: there is none of this name; tells those that are.
    """
    folder = models_folder / name
    if _NAME.fullmatch(name) and (folder / MANIFEST_FILE).is_file():
        return folder
    there = [model.name for model in list_models(models_folder)]
    listed, listed_zh = (", ".join(there), "、".join(there)) if there else ("none", "无")
    raise NotFoundError(
        f"There is no model {name!r} in {models_folder}. There: {listed}. Get one with: jianwei models pull NAME",
        zh=f"{models_folder} 中没有模型 {name!r}。已有：{listed_zh}。获取模型：jianwei models pull 模型名",
        name=name,
    )


def installed_model(models_folder: Path, name: str) -> InstalledModel:
    """Return one model that is there, whole or damaged.

    Raises:
        NotFoundError: there is none of this name.
    """
    return _installed(model_folder(models_folder, name))


def checked_files(model: InstalledModel, *, by_content: bool) -> list[CheckedFile]:
    """Compare the files of a model with its manifest: their sizes, and with `by_content` their checksums."""
    stated = {} if model.manifest is None else model.manifest.files
    return [
        CheckedFile(name, entry, _status(model.folder / name, entry, by_content=by_content))
        for name, entry in sorted(stated.items())
    ]


def remove_model(models_folder: Path, name: str) -> int:
    """Remove a model, whole or damaged, and return how many bytes that freed.

    Raises:
        NotFoundError: there is none of this name.
        ModelError: the folder cannot be changed.
    """
    folder = model_folder(models_folder, name)
    size_bytes = _size_bytes(folder)
    with disk_errors(models_folder):
        # Renamed first: whoever looks meanwhile sees the whole model or none.
        doomed = folder.with_name(f".{name}.removed")
        shutil.rmtree(doomed, ignore_errors=True)
        folder.rename(doomed)
        shutil.rmtree(doomed)
    return size_bytes


def _installed(folder: Path) -> InstalledModel:
    manifest, problem = None, None
    try:
        manifest = read_manifest(folder)
    except ModelError as error:
        problem = error
    return InstalledModel(folder.name, folder, manifest, problem, _size_bytes(folder))


def _status(path: Path, entry: ModelFile, *, by_content: bool) -> FileStatus:
    if not path.is_file():
        return "missing"
    if path.stat().st_size != entry.size_bytes:
        return "changed"
    if not by_content:
        return "there"
    return "ok" if file_entry(path) == entry else "changed"


def _size_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
