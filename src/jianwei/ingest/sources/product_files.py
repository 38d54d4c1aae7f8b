"""JSON files of products as a source: one product a file, or each file an array or JSON lines."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from jianwei.errors import SourceError
from jianwei.ingest.sources.json_rows import JsonRows
from jianwei.ingest.sources.picture_folder import LISTING_FILE, is_picture
from jianwei.ingest.sources.raw import Place, record_failure
from jianwei.ingest.sources.text_lines import TextFile
from jianwei.records import Failure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jianwei.ingest.sources.raw import RawRecord
    from jianwei.ingest.sources.trees import FileTree, Folder


class ProductFiles:
    """The products in all JSON files of a tree, except those that stand beside a picture of the same name."""

    def __init__(self, tree: FileTree, *, encoding: str = "") -> None:
        self._tree = tree
        self._encoding = encoding

    def estimated_total(self) -> int | None:
        """Return the number of files; each holds at least one product."""
        return sum(len(product_names(folder)) for folder in self._tree.folders() if not isinstance(folder, Failure))

    def rows(self) -> Iterator[RawRecord | Failure]:
        """Yield the products file by file."""
        for folder in self._tree.folders():
            if isinstance(folder, Failure):
                yield folder
                continue
            for file in product_names(folder):
                yield from self._products(folder, folder.member(file))

    def _products(self, folder: Folder, name: str) -> Iterator[RawRecord | Failure]:
        try:
            text = TextFile(partial(self._tree.open, name), encoding=self._encoding)
            yield from JsonRows(text, file=name, folder=folder.name).rows()
        except SourceError as error:  # one file of many
            yield record_failure(Place(name), "unreadable-file", english=error.message, chinese=error.message_zh)


def product_names(folder: Folder) -> list[str]:
    """Return the JSON files of a folder that are neither sidecars of pictures nor `listing.json`."""
    pictures = {file for file in folder.files if is_picture(file)}
    stems = {file.rpartition(".")[0] for file in pictures}
    return [
        file
        for file in folder.files
        if file.lower().endswith(".json") and file != LISTING_FILE and file[:-5] not in stems | pictures
    ]
