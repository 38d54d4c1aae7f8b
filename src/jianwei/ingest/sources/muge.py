"""The layout of MUGE and Chinese-CLIP: `<split>_imgs.tsv` with pictures in base64, `<split>_texts.jsonl` beside it.

Each picture is a listing. The texts are search queries that people were matched to pictures with, not titles of
sellers: as titles they would let words find what only the picture should be found by. So they are kept in the raw
record under `texts`, and become titles only where the mapping says so. The texts of a split are held in memory (about
100 bytes each); the pictures are streamed.

Source: the data format described by the Chinese-CLIP project.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from jianwei.errors import SourceError
from jianwei.ingest.fetching.data_uris import decode_base64
from jianwei.ingest.sources.json_rows import JsonRows
from jianwei.ingest.sources.line_problems import line_failure
from jianwei.ingest.sources.raw import Place, RawRecord, record_failure
from jianwei.ingest.sources.text_lines import TextFile
from jianwei.records import Failure, PictureReference

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jianwei.ingest.sources.text_lines import TextLine
    from jianwei.ingest.sources.trees import FileTree

PICTURES_FILE = re.compile(r"(?:(?P<folder>.*)/)?(?P<split>[^/]*)_imgs\.tsv", re.IGNORECASE)


class MugeSplits:
    """The pictures of one or more splits. `names` are the files with pictures, relative to the tree."""

    def __init__(self, tree: FileTree, names: Sequence[str], *, texts_as_title: bool = False) -> None:
        self._tree = tree
        self._names = names
        self._texts_as_title = texts_as_title

    def estimated_total(self) -> int | None:
        """Return the number of lines of the files with pictures."""
        return sum(self._text_file(name).count_lines() for name in self._names)

    def rows(self) -> Iterator[RawRecord | Failure]:
        """Yield the failures of a split's texts, then its pictures in file order."""
        for name in self._names:
            texts: dict[str, list[str]] = {}
            yield from self._read_texts(name, texts)
            for line in self._text_file(name).lines():
                if line.text.strip() or line.problem:
                    yield self._picture(name, line, texts)

    def _picture(self, name: str, line: TextLine, texts: dict[str, list[str]]) -> RawRecord | Failure:
        place = Place(name, line.number)
        if line.problem:
            return line_failure(place, line.problem)
        image_id, tab, encoded = line.text.partition("\t")
        if not tab or not image_id.strip():
            return _broken(place, "expected an id, a tab and base64", "应为：图片编号、制表符、base64")
        try:
            data = decode_base64(encoded)
        except ValueError as error:
            return _broken(place, f"the picture is {error}", f"图片不是有效的 base64（{error}）")
        image_id = image_id.strip()
        values: dict[str, object] = {"image_id": image_id, "texts": texts.get(image_id, [])}
        if self._texts_as_title:
            values["title"] = " / ".join(texts.get(image_id, []))
        reference = PictureReference(f"{self._tree.location(name)}#{image_id}", data=data)
        return RawRecord(values, place, (reference,), code=image_id, own_id=image_id, namespace="muge")

    def _read_texts(self, name: str, texts: dict[str, list[str]]) -> Iterator[Failure]:
        """Fill `texts` (image id → texts) from the file beside `name`, if there is one; yield broken lines."""
        texts_name = name[: -len("_imgs.tsv")] + "_texts.jsonl"
        if self._tree.size_bytes(texts_name) is None:
            return
        for record in JsonRows(self._text_file(texts_name), file=texts_name).rows():
            if isinstance(record, Failure):
                yield record
                continue
            image_ids = record.values.get("image_ids")
            for image_id in image_ids if isinstance(image_ids, list) else []:
                texts.setdefault(str(image_id), []).append(str(record.values.get("text", "")))

    def _text_file(self, name: str) -> TextFile:
        return TextFile(partial(self._tree.open, name), encoding="utf-8")


def split_names(tree: FileTree) -> list[str]:
    """Return the files with pictures at the top of a tree.

    Raises:
        SourceError: there is none.
    """
    first = next((folder for folder in tree.folders() if not isinstance(folder, Failure) and not folder.name), None)
    names = [file for file in first.files if PICTURES_FILE.fullmatch(file)] if first else []
    if not names:
        raise SourceError(
            f"{tree.root} has no file *_imgs.tsv. Point at the folder that holds it.",
            zh=f"{tree.root} 中没有 *_imgs.tsv 文件。请指向它所在的文件夹。",
            path=str(tree.root),
        )
    return names


def _broken(place: Place, english: str, chinese: str) -> Failure:
    return record_failure(
        place,
        "broken-row",
        english=f"{english}. Correct or remove the line.",
        chinese=f"{chinese}。请更正或删除该行。",
    )
