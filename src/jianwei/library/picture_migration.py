"""Moving thumbnails and kept originals between the library folder and an object store, checked byte for byte."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Literal

from jianwei.errors import ConflictError, NotFoundError, PictureStoreError
from jianwei.images.fingerprint import picture_sha256
from jianwei.runtime.interruption import InterruptionNotice, in_threads
from jianwei.storage.object_place import parse_place
from jianwei.storage.opening import open_picture_files

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from jianwei.ports import PictureFiles
    from jianwei.ports.files import FileKind
    from jianwei.settings import Settings

TO_FOLDER = "file"
"""As a target: the folder of the library."""

_KINDS: tuple[FileKind, ...] = ("original", "thumbnail")  # evidence first
_AT_ONCE = 8  # requests to an object store are spent waiting
_BATCH = 256

_Fate = Literal["copied", "there", "damaged"]


@dataclass(frozen=True, slots=True)
class PictureMigration:
    """What was copied from where to where.

    `copied` files were brought over now, `already_there` were there and alike. `damaged` are originals whose bytes
    have another hash than their name; they stay where they are.
    """

    source: str
    target: str
    copied: int
    already_there: int
    damaged: tuple[str, ...]


def migrate_pictures(
    folder: Path, to: str, settings: Settings, *, progress: Callable[[FileKind, int], None] | None = None
) -> PictureMigration:
    """Copy the picture files of the library in a folder to a URL or to `TO_FOLDER`, and read each copy back.

    They are copied from where the settings say; where they name the target already, from the folder. The source stays
    as it is. A copy that broke off is continued by the same call.

    Args:
        folder: the folder of the library.
        to: where they go.
        settings: `pictures_url` names where they are.
        progress: gets the kind and how many of it are done, now and then.

    Raises:
        NotFoundError: there is no library.
        SettingsError: a URL cannot be used.
        ConflictError: source and target are one.
        PictureStoreError: a store cannot be reached, or refuses; what was copied stays.
        KeyboardInterrupt: Ctrl-C was pressed; files under way are copied to their end.
    """
    if not folder.is_dir():
        raise NotFoundError(f"There is no library in {folder}.", zh=f"{folder} 中没有库。", path=str(folder))
    source, target = _ends(folder, to, settings)
    counts: dict[_Fate, int] = {"copied": 0, "there": 0}
    damaged: list[str] = []
    with InterruptionNotice() as interruption, ThreadPoolExecutor(_AT_ONCE) as threads:
        for kind in _KINDS:
            done = 0
            for batch in _batches(source.hashes(kind)):
                move = _Move(source, target, kind)
                for sha256, fate in zip(batch, in_threads(threads, move.copy, batch, interruption), strict=True):
                    if fate == "damaged":
                        damaged.append(sha256)
                    else:
                        counts[fate] += 1
                done += len(batch)
                if progress is not None:
                    progress(kind, done)
    return PictureMigration(source.place, target.place, counts["copied"], counts["there"], tuple(damaged))


_TARGET = "TARGET"  # as the command calls it


def _ends(folder: Path, to: str, settings: Settings) -> tuple[PictureFiles, PictureFiles]:
    target_url = "" if to == TO_FOLDER else to
    source_url = settings.pictures_url
    if target_url and source_url and parse_place(source_url).shown == parse_place(target_url, called=_TARGET).shown:
        source_url = ""
    timeout_s = settings.pictures_timeout_s
    source = open_picture_files(folder, source_url, timeout_s=timeout_s)
    target = open_picture_files(folder, target_url, timeout_s=timeout_s, called=_TARGET)
    if source.place == target.place:
        raise ConflictError(
            f"The pictures are in {target.place} already. Name another place: a URL, or the word {TO_FOLDER} with "
            "JIANWEI_PICTURES_URL set to where they are.",
            zh=f"图片已经位于 {target.place}。请指定其他位置：一个地址；"
            f"或将 JIANWEI_PICTURES_URL 设为图片所在位置，并使用 {TO_FOLDER}。",
            place=target.place,
        )
    return source, target


def _batches(hashes: Iterator[str]) -> Iterator[list[str]]:
    while batch := list(islice(hashes, _BATCH)):
        yield batch


@dataclass(frozen=True, slots=True)
class _Move:
    source: PictureFiles
    target: PictureFiles
    kind: FileKind

    def copy(self, sha256: str) -> _Fate:
        """Bring one file over unless it is there, and read it back."""
        data = self.source.get(self.kind, sha256)
        if data is None or (self.kind == "original" and picture_sha256(data) != sha256):
            return "damaged"
        there = self.target.get(self.kind, sha256)
        if there == data:
            return "there"
        if there is not None:
            # Half a file of some other tool, or a thumbnail of another version: an original was checked above.
            self.target.remove(self.kind, sha256)
        self.target.put(self.kind, sha256, data)
        if self.target.get(self.kind, sha256) != data:
            raise PictureStoreError(
                f"{self.target.place} gave back other bytes than it was given for {sha256}. Nothing was removed at the "
                "source; check that store.",
                zh=f"{self.target.place} 返回的 {sha256} 与写入的内容不一致。来源未作任何删除；请检查该存储。",
                place=self.target.place,
                reason="failed",
            )
        return "copied"
