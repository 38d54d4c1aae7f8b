"""Finds the picture that a path means where it is written otherwise than the file: `IMG/A.JPG` for `img/a.jpg`.

Sheets are written on Windows, where letter case says nothing, by browsers, which write `%20` for a blank, and on macOS,
which takes letters with accents apart. Only what one single file is like is found.
"""

from __future__ import annotations

import os
import unicodedata
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import unquote

if TYPE_CHECKING:
    from collections.abc import Iterable

_MOST_FOLDERS = 64
_MOST_NAMES = 100_000
"""In one folder, looked at and kept in memory: 20 MB. In a larger one names have to be right."""


class FolderNames:
    """Looks up names in folders; what a folder holds is listed once."""

    def __init__(self) -> None:
        self._folders: dict[str, dict[str, str | None]] = {}

    def find(self, path: str, root: str) -> str | None:
        """Return the path in `root` of the one file that `path` means, None where there is none or several."""
        if not path.startswith(root.rstrip(os.sep) + os.sep):
            return None
        found = root
        for part in path[len(root) :].strip(os.sep).split(os.sep):  # noqa: PTH206  # runs for every picture not there
            exact = os.path.join(found, part)  # noqa: PTH118  # runs for every picture that is not there
            name = part if os.path.lexists(exact) else self._names(found).get(_plain(part))
            if name is None:
                return None
            found = os.path.join(found, name)  # noqa: PTH118
        return found

    def _names(self, folder: str) -> dict[str, str | None]:
        if folder not in self._folders:
            if len(self._folders) >= _MOST_FOLDERS:
                self._folders.clear()
            try:
                listed = os.listdir(folder)  # noqa: PTH208  # names only
            except OSError:
                listed = []
            self._folders[folder] = by_plain_name(listed) if len(listed) <= _MOST_NAMES else {}
        return self._folders[folder]


def by_plain_name(names: Iterable[str]) -> dict[str, str | None]:
    """Return the names by what they are compared by; None where several are alike."""
    found: dict[str, str | None] = {}
    for name in names:
        plain = _plain(name)
        found[plain] = None if plain in found else name
    return found


def name_like(name: str, names: dict[str, str | None]) -> str | None:
    """Return the one of `names` that `name` means, None where there is none or several."""
    return names.get(_plain(name))


def _plain(name: str) -> str:
    if "%" in name:
        with suppress(UnicodeDecodeError):
            name = unquote(name, errors="strict")
    return unicodedata.normalize("NFC", name).casefold()
