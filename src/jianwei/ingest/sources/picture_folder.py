"""A folder (or archive) of pictures as a source: each picture is a listing, unless JSON beside it says otherwise.

`name.json` or `name.jpg.json` beside `name.jpg` gives the fields of that listing; a `listing.json` makes its folder,
with everything below, one listing. File names are kept as codes but not as titles: `IMG_2041` or a hash as a title
would be found by nobody and blur every score.
"""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from jianwei.ingest.sources.json_rows import parse_object
from jianwei.ingest.sources.picture_values import role_of
from jianwei.ingest.sources.raw import Place, RawRecord, record_failure
from jianwei.ingest.sources.trees import Folder, read_small
from jianwei.records import Failure, PictureReference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jianwei.ingest.sources.trees import FileTree
    from jianwei.records import PictureRole

PICTURE_SUFFIXES = (
    ".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif", ".heic", ".heif",
)  # fmt: skip
LISTING_FILE = "listing.json"
_LARGEST_SIDECAR_BYTES = 16 * 1024 * 1024
_NUMBERS = re.compile(r"(\d+)")
_CHINESE_WORDS = re.compile(r"[\u4e00-\u9fff]{2,}")
_LATIN_WORD = re.compile(r"(?<![A-Za-z\d])[A-Za-z]{3,}(?![A-Za-z\d])")


class PictureFolder:
    """The listings of a tree of pictures. `only` restricts it to one file of the tree."""

    def __init__(self, tree: FileTree, *, file_names_as_title: bool = False, only: str = "") -> None:
        self._tree = tree
        self._file_names_as_title = file_names_as_title
        self._only = only

    def estimated_total(self) -> int | None:
        """Return the number of listings, by counting files."""
        total = 0
        inside: Folder | None = None
        for folder in self._folders():
            if isinstance(folder, Failure) or (inside and _is_below(folder, inside)):
                continue
            inside = folder if LISTING_FILE in folder.files else None
            total += 1 if inside else len(_pictures(folder))
        return total

    def rows(self) -> Iterator[RawRecord | Failure]:
        """Yield the listings folder by folder, in the order of the tree."""
        inside: list[Folder] = []  # a folder with listing.json and the folders below it
        for folder in self._folders():
            if isinstance(folder, Failure):
                yield folder
            elif inside and _is_below(folder, inside[0]):
                inside.append(folder)
            else:
                if inside:
                    yield self._listing_of(inside)
                inside = [folder] if LISTING_FILE in folder.files else []
                if not inside:
                    yield from (self._listing(folder, file) for file in _pictures(folder))
        if inside:
            yield self._listing_of(inside)

    def _folders(self) -> Iterator[Folder | Failure]:
        if self._only:
            yield Folder("", (self._only, *_sidecars(self._only)))
        else:
            yield from self._tree.folders()

    def _listing(self, folder: Folder, file: str) -> RawRecord | Failure:
        name = folder.member(file)
        if not _is_text(name):
            return _unreadable_name(name)
        sidecar = self._sidecar(folder, file)
        values = self._values(sidecar) if sidecar else self._from_name(name)
        if isinstance(values, Failure):
            return values
        return RawRecord(
            values,
            Place(name),
            pictures=(PictureReference(self._tree.location(name)),),
            code=name,
            own_id=f"{self._tree.label}/{name}",
            folder=folder.name,
        )

    def _from_name(self, name: str) -> dict[str, object]:
        return {"file": name, "title": words_of(name)} if self._file_names_as_title else {"file": name}

    def _sidecar(self, folder: Folder, file: str) -> str:
        present = (name for name in _sidecars(file) if name in folder.files)
        named = next(present, "")
        # Of a single file (`only`) the names of possible sidecars are given, whether they are there or not.
        return folder.member(named) if named and self._tree.size_bytes(folder.member(named)) is not None else ""

    def _listing_of(self, folders: list[Folder]) -> RawRecord | Failure:
        top = folders[0]
        values = self._values(top.member(LISTING_FILE))
        if isinstance(values, Failure):
            return values
        names = [folder.member(file) for folder in folders for file in _pictures(folder)]
        strange = next((name for name in names if not _is_text(name)), None)
        if strange is not None:
            return _unreadable_name(strange)
        return RawRecord(
            values,
            Place(top.member(LISTING_FILE)),
            pictures=tuple(
                PictureReference(self._tree.location(name), _role(name.removeprefix(top.name)))
                for name in sorted(names, key=_natural_order)
            ),
            code=top.name or self._tree.label,
            own_id=f"{self._tree.label}/{top.name}" if top.name else self._tree.label,
            folder=top.name,
        )

    def _values(self, name: str) -> dict[str, object] | Failure:
        content = read_small(self._tree, name, limit_bytes=_LARGEST_SIDECAR_BYTES)
        if content is None:
            return record_failure(
                Place(name),
                "too-long",
                english="the file is larger than 16 MiB, too large for the fields of one listing.",
                chinese="文件超过 16 MiB，不像是一个商品的信息。",
            )
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = content.decode("gb18030", "replace")
        return parse_object(text, Place(name, 0))


def is_picture(name: str) -> bool:
    """Return whether a file of this name is taken for a picture."""
    return name.lower().endswith(PICTURE_SUFFIXES)


def words_of(file: str) -> str:
    """Return the words in a file name, empty where it is a number, a hash or a camera's name."""
    stem = PurePosixPath(file).stem
    words = re.sub(r"[_\s+-]+", " ", stem).strip()
    is_spoken = _CHINESE_WORDS.search(words) or len(_LATIN_WORD.findall(words)) >= 2
    return words if is_spoken else ""


def _pictures(folder: Folder) -> list[str]:
    return [file for file in folder.files if is_picture(file)]


def _sidecars(file: str) -> tuple[str, str]:
    return f"{PurePosixPath(file).stem}.json", f"{file}.json"


def _is_below(folder: Folder, outer: Folder) -> bool:
    return not outer.name or folder.name.startswith(f"{outer.name}/")


def _role(path: str) -> PictureRole:
    """Return the role that a folder or the beginning of the file name states (`detail/1.jpg`, `详情图1.jpg`)."""
    *folders, file = path.strip("/").split("/")
    stem = PurePosixPath(file).stem.rstrip("0123456789_- .()")
    return next((role for word in (*folders, stem) if (role := role_of(word)) is not None), "main")


def _natural_order(name: str) -> list[tuple[int, str]]:
    """Order `2.jpg` before `10.jpg`, as the page does."""
    parts = _NUMBERS.split(name)
    return [(int(part), "") if number % 2 else (0, part) for number, part in enumerate(parts)]


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _unreadable_name(name: str) -> Failure:
    shown = name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return record_failure(
        Place(shown),
        "undecodable-name",
        english="the file name is not UTF-8. Rename the file.",
        chinese="文件名不是 UTF-8 编码。请重命名。",
    )
