"""Look for a model's files on this machine: in folders that the user names, and in the caches of other tools.

Hugging Face's cache names each file after its checksum, so what is found there is compared with it. In the other places
nobody states a checksum; damage shows when the weights are read. Nothing here is ever changed.

Source: the layout `models--OWNER--NAME/{refs,snapshots,blobs}` as Hugging Face documents it for other tools; that of
ModelScope's cache, `hub/models/OWNER/NAME`, as its client writes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jianwei.encoders.hub.checksums import difference
from jianwei.encoders.hub.repositories import TOKENIZER_FILES, RepositoryFile, weights_name
from jianwei.errors import HubError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from jianwei.encoders.hub.known_models import KnownModel


@dataclass(frozen=True, slots=True)
class LocalModel:
    """Where a model was found: the folder or the weights file to import, and what to say of its origin."""

    path: Path
    origin: str


def in_folders(model: KnownModel, folders: Sequence[Path]) -> LocalModel | None:
    """Return the model in the first of the folders that has it, under any of the names that people give it."""
    for folder in folders:
        for candidate in _candidates(model, folder):
            path = _weights(model, candidate)
            if path is not None:
                return LocalModel(path, str(path))
    return None


def in_huggingface_cache(model: KnownModel, cache: Path) -> LocalModel | None:
    """Return the model in Hugging Face's cache, its content compared with the checksums that name it there.

    Raises:
        HubError: it is there and damaged.
    """
    if not model.huggingface:
        return None
    place = cache / f"models--{model.huggingface.replace('/', '--')}"
    for snapshot in _snapshots(place):
        path = _weights(model, snapshot)
        if path is not None and (_has_tokenizer(snapshot) or not model.tokenizer_of):
            _check_blobs(snapshot if path.is_dir() else path)
            return LocalModel(path, f"{model.huggingface}@{snapshot.name[:12]}")
    return None


def in_modelscope_cache(model: KnownModel, cache: Path) -> LocalModel | None:
    """Return the model in ModelScope's cache."""
    if not model.modelscope:
        return None
    for root in (cache / "hub" / "models", cache / "models", cache / "hub"):
        path = _weights(model, root / model.modelscope)
        if path is not None:
            return LocalModel(path, f"ModelScope {model.modelscope}")
    return None


def _candidates(model: KnownModel, folder: Path) -> Iterator[Path]:
    ids = [name for name in (model.huggingface, model.modelscope) if name]
    names = dict.fromkeys([model.name, *ids, *(name.rpartition("/")[2] for name in ids)])
    yield from (folder / name for name in names)
    yield from (folder / name for name in model.file_names)
    for name in ids:
        yield from _snapshots(folder / f"models--{name.replace('/', '--')}")
    if folder.name.lower() in {name.lower() for name in names}:
        yield folder


def _weights(model: KnownModel, candidate: Path) -> Path | None:
    """Return what to import: the folder where its names tell, else the file itself; None where there is nothing."""
    if candidate.is_file():
        return candidate
    if not candidate.is_dir():
        return None
    names = [entry.name for entry in candidate.iterdir() if entry.is_file()]
    for named in (model.weights, *model.file_names, ""):
        if name := weights_name(names, named=named):
            return candidate / name if named else candidate
    return None


def _snapshots(place: Path) -> Iterable[Path]:
    """Return the snapshots of a cached repository: that of its main branch first, then the newest."""
    folder = place / "snapshots"
    if not folder.is_dir():
        return []
    found = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
    main = place / "refs" / "main"
    current = main.read_text(encoding="ascii", errors="replace").strip() if main.is_file() else ""
    return sorted(found, key=lambda path: path.name != current)


def _has_tokenizer(folder: Path) -> bool:
    return any((folder / name).is_file() for name in TOKENIZER_FILES)


def _check_blobs(path: Path) -> None:
    for entry in path.iterdir() if path.is_dir() else [path]:
        if not entry.is_symlink() or not weights_name([entry.name]):
            continue
        blob = entry.resolve()
        sha256, git_sha1 = (blob.name if len(blob.name) == length else "" for length in (64, 40))
        if difference(blob, RepositoryFile(entry.name, sha256=sha256, git_sha1=git_sha1)) is not None:
            raise HubError(
                f"{entry} is damaged: its content is not what its cache states. Remove {blob} and pull again.",
                zh=f"{entry} 已损坏：内容与缓存记录不符。请删除 {blob} 后重新下载。",
                reason="checksum",
                path=str(entry),
            )
