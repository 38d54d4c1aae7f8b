"""A folder and an archive as the same thing: files by relative name, so that every layout works in both.

Names use forward slashes and are relative to the source. Hidden files, the leavings of macOS and the lock files of
office programs are left out. Leaves out what the files mean.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, BinaryIO, Protocol

from jianwei.errors import PictureFetchError, SourceError
from jianwei.ingest.fetching.archives import open_archive
from jianwei.ingest.fetching.locations import join_member
from jianwei.ingest.sources.raw import Place, record_failure
from jianwei.system_words import why

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jianwei.records import Failure

_HIDDEN_STARTS = (".", "~$", "__MACOSX")


@dataclass(frozen=True, slots=True)
class Folder:
    """One folder of a tree: its name relative to the tree (empty for the tree itself) and the names of its files."""

    name: str
    files: tuple[str, ...]

    def member(self, file: str) -> str:
        """Return the name of one of the files relative to the tree."""
        return f"{self.name}/{file}" if self.name else file


class FileTree(Protocol):
    """Files under one folder or in one archive."""

    root: Path
    """The folder, or the archive file: what pictures must lie inside of."""

    label: str
    """The last part of its path, for people and for naming listings."""

    def folders(self) -> Iterator[Folder | Failure]:
        """Yield every folder with files, in a stable order; a failure for one that cannot be read.

        A folder comes before those inside it, and all of those before any other.
        """
        ...

    def open(self, name: str) -> BinaryIO:
        """Open a file for streaming.

        Raises:
            SourceError: it is missing or cannot be read.
        """
        ...

    def size_bytes(self, name: str) -> int | None:
        """Return the size of a file, None where there is none."""
        ...

    def location(self, name: str) -> str:
        """Return the picture location of a file."""
        ...


class FolderTree:
    """A folder on disk. Links to folders are failures and not followed: they can run in circles."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.label = root.name

    def folders(self) -> Iterator[Folder | Failure]:
        """Yield folders depth first, by name."""
        yield from self._below("")

    def open(self, name: str) -> BinaryIO:
        """Open a file for streaming."""
        with _translated(str(self.root / name)):
            return (self.root / name).open("rb")

    def size_bytes(self, name: str) -> int | None:
        """Return the size of a file."""
        path = self.root / name
        return path.stat().st_size if path.is_file() else None

    def location(self, name: str) -> str:
        """Return the absolute path of a file."""
        return str(self.root / name)

    def _below(self, name: str) -> Iterator[Folder | Failure]:
        try:
            with os.scandir(self.root / name) as entries:
                seen = sorted((entry for entry in entries if not _is_hidden(entry.name)), key=lambda entry: entry.name)
        except OSError as error:
            yield record_failure(
                Place(name or self.label),
                "unreadable-folder",
                english=f"the folder cannot be read ({why(error).en}). Change its permissions.",
                chinese=f"文件夹无法读取（{why(error).zh}）。请修改其权限。",
            )
            return
        here = Folder(name, tuple(entry.name for entry in seen if not entry.is_dir()))
        if here.files:
            yield here
        for entry in seen:
            if entry.is_dir(follow_symlinks=False):
                yield from self._below(here.member(entry.name))
            elif entry.is_dir():
                target = os.path.realpath(entry.path)
                yield record_failure(
                    Place(here.member(entry.name)),
                    "linked-folder",
                    english=f"this link to the folder {target} is not followed: links can run in circles. Ingest that "
                    "folder by itself.",
                    chinese=f"这是指向文件夹 {target} 的链接，未进入：链接可能形成循环。请单独导入该文件夹。",
                )


class ArchiveTree:
    """A zip or tar archive. One folder that wraps everything is looked through.

    Raises:
        SourceError: it cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self.root = path
        self.label = path.name
        with _translated(str(path)):
            self._archive = open_archive(path)
        visible = [name for name in self._archive.names() if not any(map(_is_hidden, name.split("/")))]
        self._prefix = _wrapper(visible)
        self._folders = _grouped(name.removeprefix(self._prefix) for name in visible)

    def folders(self) -> Iterator[Folder | Failure]:
        """Yield folders and their files in archive order, as far as folders inside folders allow."""
        yield from self._folders

    def open(self, name: str) -> BinaryIO:
        """Open a member for streaming."""
        with _translated(self.location(name)):
            return self._archive.open(self._prefix + name)

    def size_bytes(self, name: str) -> int | None:
        """Return the unpacked size of a member."""
        return self._archive.size_bytes(self._prefix + name)

    def location(self, name: str) -> str:
        """Return `archive!/member`."""
        return join_member(str(self.root), self._prefix + name)


def read_small(tree: FileTree, name: str, *, limit_bytes: int) -> bytes | None:
    """Return a file whole, None where it is larger than the limit.

    Raises:
        SourceError: it is missing or cannot be read.
    """
    with tree.open(name) as file, _translated(tree.location(name)):
        data = file.read(limit_bytes + 1)
    return data if len(data) <= limit_bytes else None


def _is_hidden(name: str) -> bool:
    return name.startswith(_HIDDEN_STARTS)


def _wrapper(names: list[str]) -> str:
    """Return the folders that all names share, with a slash at the end, or nothing."""
    shared = os.path.commonpath([str(PurePosixPath(name).parent) for name in names]) if names else ""
    return f"{shared}/" if shared not in ("", ".") else ""


def _grouped(names: Iterator[str]) -> list[Folder]:
    files: dict[str, list[str]] = {}
    rank: dict[str, int] = {}
    for name in names:
        parent, _, file = name.rpartition("/")
        files.setdefault(parent, []).append(file)
        for outer in _paths_to(parent):
            rank.setdefault(outer, len(rank))
    ordered = sorted(files, key=lambda folder: [rank[outer] for outer in _paths_to(folder)])
    return [Folder(folder, tuple(files[folder])) for folder in ordered]


def _paths_to(folder: str) -> list[str]:
    """Return the folders on the way to a folder, outermost first, itself last."""
    parts = folder.split("/") if folder else []
    return ["/".join(parts[:depth]) for depth in range(len(parts) + 1)]


@contextmanager
def _translated(location: str) -> Iterator[None]:
    try:
        yield
    except PictureFetchError as error:
        raise SourceError(error.message, zh=error.message_zh, location=location) from error
    except OSError as error:
        raise SourceError(
            f"{location} cannot be read ({why(error).en}). Check the path and its permissions.",
            zh=f"无法读取 {location}（{why(error).zh}）。请检查路径和权限。",
            location=location,
        ) from error
