"""Finds the pictures that a sheet of an XLSX workbook shows in its rows, in all three ways of putting them there.

*Anchored*: a drawing floats over the sheet and is tied to a cell; it belongs to the row where it begins. *WPS*: the
cell holds `DISPIMG("ID_…")` and the workbook a table of these ids. *Excel*: the cell holds a rich value, an index into
four tables. openpyxl reads the first way only, and not row by row, so the parts are read here. Left out: cropping,
pictures behind text, charts, and links to pictures elsewhere.

Source: ECMA-376 part 1, chapters 18 and 20.5 (drawings); [MS-XLSX] 2.2.4 and 2.6 (rich values). The table of WPS is not
documented; its form was taken from workbooks.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections import defaultdict
from typing import TYPE_CHECKING, Any, BinaryIO

from jianwei.ingest.sources.xlsx_formulas import formulas_without_result
from jianwei.ingest.sources.xlsx_merges import merges_over_rows
from jianwei.ingest.sources.xlsx_xml import column_number

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from jianwei.ingest.sources.xlsx_formulas import FormulasWithoutResult
    from jianwei.ingest.sources.xlsx_merges import Merges

_LARGEST_PART_BYTES = 256 * 1024 * 1024
"""Of a table of pictures or a picture; a hostile workbook may claim any size."""

_WPS_CELL = re.compile(r'DISPIMG\("([^"]+)"', re.IGNORECASE)
_COLUMN_LETTERS = re.compile(r"[A-Z]+")
_RICH_VALUES = "XLRICHVALUE"
_LOCAL_PICTURE = "_localImage"
_LOCAL_PICTURE_KEY = "_rvRel:LocalImageIdentifier"


class SheetPictures:
    """The pictures of one sheet of an open workbook.

    Raises:
        zipfile.BadZipFile, SyntaxError, KeyError, ValueError: the workbook is damaged.
    """

    def __init__(self, file: BinaryIO, sheet: str) -> None:
        self._archive = zipfile.ZipFile(file)
        self._names = frozenset(self._archive.namelist())
        book = next(iter(self._targets("", "officeDocument").values()), "xl/workbook.xml")
        part = self._sheet_part(book, sheet)
        self._part = part
        self._anchored = self._anchored_pictures(part)
        self._by_wps_id = self._wps_pictures(posixpath.join(posixpath.dirname(book), "cellimages.xml"))
        self._in_cells = self._rich_pictures(book, part)

    def take(self, row: int, cells: Sequence[object]) -> tuple[list[object], list[str]]:
        """Return the cells of a row (from 1) without those that only stand for a picture, and the row's pictures.

        Pictures are members of the workbook, each once: those in cells from left to right, then those anchored.
        """
        kept, found = list(cells), []
        rich = self._in_cells.get(row, {})
        for column, cell in enumerate(cells):
            called = _WPS_CELL.search(cell) if isinstance(cell, str) else None
            member = rich.get(column) or (self._by_wps_id.get(called[1]) if called else None)
            if called or member:
                kept[column] = None
            if member:
                found.append(member)
        return kept, list(dict.fromkeys([*found, *self._anchored.get(row, ())]))

    def read(self, member: str) -> bytes:
        """Return the bytes of a picture.

        Raises:
            KeyError, ValueError, zipfile.BadZipFile, OSError: it is not there, too large, or damaged.
        """
        if self._archive.getinfo(member).file_size > _LARGEST_PART_BYTES:
            raise ValueError(f"larger than {_LARGEST_PART_BYTES // 1024**2} MiB")
        return self._archive.read(member)

    def merges(self) -> Merges:
        """Return the cells of the sheet that are merged over several rows."""
        if self._part not in self._names:
            return {}
        with self._archive.open(self._part) as sheet:
            return merges_over_rows(sheet)

    def formulas_without_result(self, *, below: int) -> FormulasWithoutResult | None:
        """Return the formulas of the sheet below a row that no program has computed, None where there are none."""
        if self._part not in self._names:
            return None
        with self._archive.open(self._part) as sheet:
            return formulas_without_result(sheet, below=below)

    def close(self) -> None:
        """Close the workbook's archive, not the file it was opened on."""
        self._archive.close()

    def _sheet_part(self, book: str, sheet: str) -> str:
        parts = self._targets(book)
        for element in self._elements(book, "sheet"):
            if element.get("name") == sheet:
                return parts.get(_attribute(element, "id"), "")
        return ""

    def _anchored_pictures(self, sheet_part: str) -> Mapping[int, list[str]]:
        placed: list[tuple[int, int, str]] = []
        for drawing in self._targets(sheet_part, "drawing").values():
            members = self._targets(drawing)
            for anchor in self._elements(drawing, "twoCellAnchor", "oneCellAnchor"):
                row, column = (int(_text_of(anchor, name)) for name in ("row", "col"))
                embedded = [members.get(_attribute(blip, "embed")) for blip in _within(anchor, "blip")]
                placed += [(row + 1, column, member) for member in embedded if member]
        by_row: dict[int, list[str]] = defaultdict(list)
        for row, _, member in sorted(placed, key=lambda item: item[:2]):
            by_row[row].append(member)
        return by_row

    def _wps_pictures(self, part: str) -> Mapping[str, str]:
        members = self._targets(part)
        found = {}
        for picture in self._elements(part, "cellImage"):
            name = next((element.get("name", "") for element in _within(picture, "cNvPr")), "")
            blip = next(_within(picture, "blip"), None)
            if blip is not None and (member := members.get(_attribute(blip, "embed"))):
                found[name] = member
        return found

    def _rich_pictures(self, book: str, sheet_part: str) -> Mapping[int, dict[int, str]]:
        """Return the pictures in cells by row (from 1) and column (from 0)."""
        by_value = self._pictures_of_rich_values(posixpath.dirname(book))
        by_row: dict[int, dict[int, str]] = defaultdict(dict)
        if not by_value:
            return by_row
        for cell in self._elements(sheet_part, "c"):
            member = by_value.get(int(cell.get("vm", "0")))
            letters = _COLUMN_LETTERS.match(cell.get("r", ""))
            if member and letters:
                by_row[int(cell.get("r")[letters.end() :])][column_number(letters[0])] = member
        return by_row

    def _pictures_of_rich_values(self, folder: str) -> dict[int, str]:
        """Return the picture of each number (from 1) that a cell's `vm` may have."""
        relations = f"{folder}/richData/richValueRel.xml"
        members = self._targets(relations)
        if not members:
            return {}
        pictures = [members.get(_attribute(element, "id")) for element in self._elements(relations, "rel")]
        places = [
            [key.get("n") for key in _within(structure, "k")].index(_LOCAL_PICTURE_KEY)
            if structure.get("t") == _LOCAL_PICTURE
            else None
            for structure in self._elements(f"{folder}/richData/rdrichvaluestructure.xml", "s")
        ]
        values: list[str | None] = []
        for value in self._elements(f"{folder}/richData/rdrichvalue.xml", "rv"):
            place = places[int(value.get("s", "0"))]
            fields = [field.text or "" for field in _within(value, "v")]
            values.append(None if place is None else pictures[int(fields[place])])
        numbered = enumerate(self._rich_value_numbers(f"{folder}/metadata.xml"), start=1)
        return {cell: member for cell, number in numbered if number is not None and (member := values[number])}

    def _rich_value_numbers(self, part: str) -> list[int | None]:
        """Return for each entry that a cell may name the number of its rich value, None for other metadata."""
        kinds = [kind.get("name") for kind in self._elements(part, "metadataType")]
        rich = [
            int(element.get("i", "0"))
            for future in self._elements(part, "futureMetadata")
            if future.get("name") == _RICH_VALUES
            for element in _within(future, "rvb")
        ]
        records = [record for table in self._elements(part, "valueMetadata") for record in _within(table, "rc")]
        return [
            rich[int(record.get("v", "0"))] if kinds[int(record.get("t", "1")) - 1] == _RICH_VALUES else None
            for record in records
        ]

    def _targets(self, part: str, kind: str = "") -> dict[str, str]:
        """Return the parts that a part names by id, of one kind or of all; those outside the workbook are left out."""
        folder, name = posixpath.split(part)
        found = {}
        for relation in self._elements(posixpath.join(folder, "_rels", f"{name}.rels"), "Relationship"):
            is_kind = not kind or relation.get("Type", "").endswith(f"/{kind}")
            target = posixpath.normpath(posixpath.join("/", folder, relation.get("Target", ""))).lstrip("/")
            if is_kind and relation.get("TargetMode") != "External" and target in self._names:
                found[relation.get("Id", "")] = target
        return found

    def _elements(self, part: str, *names: str) -> Iterator[Any]:
        """Yield the elements with one of the local names; nothing where the part is missing or too large."""
        from openpyxl.xml.functions import iterparse

        if part not in self._names or self._archive.getinfo(part).file_size > _LARGEST_PART_BYTES:
            return
        with self._archive.open(part) as stream:
            for _, element in iterparse(stream):
                if _local_name(element) in names:
                    yield element
                    element.clear()


def _local_name(element: Any) -> str:  # noqa: ANN401  # elements of whichever XML library openpyxl uses
    return str(element.tag).rpartition("}")[2]


def _within(element: Any, name: str) -> Iterator[Any]:  # noqa: ANN401
    return (inner for inner in element.iter() if _local_name(inner) == name)


def _text_of(element: Any, name: str) -> str:  # noqa: ANN401
    return next((inner.text or "" for inner in _within(element, name)), "")


def _attribute(element: Any, name: str) -> str:  # noqa: ANN401
    """Return an attribute by its local name: relation ids stand in a namespace that has two spellings."""
    return next((value for key, value in element.attrib.items() if key.rpartition("}")[2] == name), "")
