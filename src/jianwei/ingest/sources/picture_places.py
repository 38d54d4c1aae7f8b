"""Turns a picture value of a record into a location, and refuses places outside the source.

A sheet is foreign input: a path in it must not make the library read other files of this machine. Leaves out whether
anything is there.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import url2pathname

from jianwei.ingest.fetching.local_files import check_inside
from jianwei.ingest.fetching.locations import kind_of, normal_member, split_member
from jianwei.ingest.fetching.refusals import refusal
from jianwei.ingest.sources.names_alike import FolderNames, by_plain_name, name_like
from jianwei.ingest.sources.trees import ArchiveTree, Folder

if TYPE_CHECKING:
    from jianwei.ingest.sources.trees import FileTree

_DRIVE = re.compile(r"[A-Za-z]:[\\/]")
_MOST_FOLDERS = 10_000  # remembered as inside; a bound on memory


class PicturePlaces:
    """Knows where relative picture paths of a source start, and what they may reach.

    `base` is the mapping's `pictures: base`: relative to the folder of the record, or absolute; an absolute one takes
    the place of the source folder as the border too.
    """

    def __init__(self, tree: FileTree, *, base: str = "", allow_outside: bool = False) -> None:
        self._tree = tree
        self._base = base
        self._inside: set[str] = set()
        self._folder_names = FolderNames()
        self._member_names: dict[str, str | None] | None = None
        own_border = Path(base).is_absolute() and not isinstance(tree, ArchiveTree)
        self.border: Path | None = None if allow_outside else (Path(base) if own_border else tree.root)

    def location(self, value: str, *, folder: str) -> str:
        """Return the location that `value` names in a record of `folder` (relative to the source).

        Raises:
            PictureFetchError: reason `outside-source`, `bad-location`, or `not-found` for a path of Windows elsewhere.
        """
        if value.startswith("//"):
            return f"https:{value}"  # as page sources write it
        if value[:7].lower() == "file://":
            value = url2pathname(urlsplit(value).path)
        if kind_of(value) in ("url", "data"):
            return value
        if os.sep == "/" and _DRIVE.match(value):
            raise refusal("not-found", value)  # on another machine; below our folder it would look like a path of ours
        path = value.replace("\\", "/") if os.sep == "/" else value
        return self._in_archive(path, folder) if isinstance(self._tree, ArchiveTree) else self._on_disk(path, folder)

    def name(self, file: str) -> str:
        """Return the location of a file of the source."""
        return self._tree.location(file)

    def _in_archive(self, path: str, folder: str) -> str:
        # Relative to the tree; normpath keeps a leading `..`, which normal_member then refuses.
        name = normal_member(os.path.normpath("/".join(part for part in (folder, self._base, path) if part)))
        if name is None or path.startswith("/"):
            raise refusal("outside-source", path, self._tree.root)
        if self._tree.size_bytes(name) is None:
            name = name_like(name, self._members()) or name
        return self._tree.location(name)

    def _members(self) -> dict[str, str | None]:
        if self._member_names is None:
            folders = [folder for folder in self._tree.folders() if isinstance(folder, Folder)]
            self._member_names = by_plain_name(folder.member(file) for folder in folders for file in folder.files)
        return self._member_names

    def _on_disk(self, path: str, folder: str) -> str:
        full = os.path.normpath(os.path.join(self._tree.root, folder, self._base, path))  # noqa: PTH118  # runs once per picture
        if not os.path.exists(full):  # noqa: PTH110  # runs once per picture
            full = self._folder_names.find(full, str(self._tree.root)) or full
        if self.border is not None:
            self._check(split_member(full)[0] if kind_of(full) == "member" else full, self.border)
        return full

    def _check(self, file: str, border: Path) -> None:
        """Accept a file inside the border; a folder once accepted is not followed link by link for each picture."""
        folder = os.path.dirname(file)  # noqa: PTH120  # runs once per picture
        if folder not in self._inside:
            check_inside(Path(folder), border, named=file)
            if len(self._inside) >= _MOST_FOLDERS:
                self._inside.clear()
            self._inside.add(folder)
        if os.path.islink(file):  # noqa: PTH114  # runs once per picture
            check_inside(Path(file), border)
