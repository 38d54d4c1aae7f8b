"""Writes the figures of `benchmarks/results/` into the READMEs and the pages of the documentation.

`python benchmarks/suite.py` does it after it has measured, `python benchmarks/suite.py --only` without measuring.
`published_figures.py` lists what stands where. A row of a table is named by its page, its heading and its first cell
in English; the Chinese page has the same row at the same place. Of a sentence the beginning is named in each language.
What is written are the numbers behind that, one after the other: None leaves one as it is, because nothing that was
kept tells it. Numbers that belong to a word (p50, AVX2, recall@10) are none of them. Figures of a result that is not
there are left alone.

`tests/unit/test_published_figures.py` holds all pages to it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_NUMBER = re.compile(r"(?<![A-Za-z@\d.,-])[+−]?\d+(?:,\d{3})*(?:\.\d+)?")
_HEADING = re.compile(r"^#+ +(.+)$")


class FiguresError(Exception):
    """A figure stands where it is not expected, or is not where it is expected."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of a result: where its output tells it, and how it is written.

    `digits` behind the point (below 0: rounded to tens, hundreds); the number is multiplied by `times` first.
    """

    result: str
    pattern: str
    digits: int = 0
    times: str = "1"
    signed: bool = False

    def told(self, outputs: Mapping[str, str]) -> str | None:
        """Return it as it is written, None where there is no such result.

        Raises:
            FiguresError: The output of the result does not tell it.
        """
        if self.result not in outputs:
            return None
        found = re.search(self.pattern, outputs[self.result], re.DOTALL | re.MULTILINE)
        if found is None:
            raise FiguresError(f"{self.result}.json does not tell {self.pattern!r}")
        value = Decimal(found[1].replace(",", "").replace("−", "-")) * Decimal(self.times)
        value = value.quantize(Decimal(1).scaleb(-self.digits), ROUND_HALF_UP)
        text = f"{abs(value):,.{max(0, self.digits)}f}"
        sign = "−" if value < 0 else "+" if self.signed else ""
        return sign + text


Figures = tuple[Figure | None, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table of an English page, and of its Chinese twin where there is one."""

    page: str
    heading: str
    label: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence by its beginning, in English and in Chinese (empty: the page has no Chinese twin)."""

    page: str
    english: str
    chinese: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class Correction:
    """A line of a page that says something else than the results do."""

    page: str
    line_no: int
    is_now: str
    should_be: str

    def __str__(self) -> str:
        return (
            f"{self.page}:{self.line_no} says\n    {self.is_now.strip()}\nand should say\n    {self.should_be.strip()}"
        )


def twin(page: str) -> str:
    """Return the Chinese page of an English one."""
    return "README.md" if page == "README.en.md" else page.replace(".md", ".zh.md")


def corrections(entry: Row | Sentence, outputs: Mapping[str, str], root: Path) -> list[Correction]:
    """Return what an entry finds wrong, in both languages.

    Raises:
        FiguresError: The row or the sentence is not there, or holds more or fewer numbers than there are figures.
    """
    told = [None if figure is None else figure.told(outputs) for figure in entry.figures]
    return [
        Correction(page, line_no, line, written)
        for page, line_no, start in _places(entry, root)
        for line in [_lines(root / page)[line_no - 1]]
        for written in [line[:start] + _written(line[start:], told, f"{page}:{line_no}", whole=isinstance(entry, Row))]
        if written != line
    ]


def publish(results: Path, root: Path) -> list[str]:
    """Correct all pages; return a line for each that was changed, and for each result that is missing."""
    from published_figures import ENTRIES

    outputs = kept_outputs(results)
    changed = []
    for entry in ENTRIES:
        for wrong in corrections(entry, outputs, root):
            lines = _lines(root / wrong.page)
            lines[wrong.line_no - 1] = wrong.should_be
            (root / wrong.page).write_text("".join(lines), "utf-8")
            changed.append(f"{wrong.page}:{wrong.line_no} is written")
    named = {figure.result for entry in ENTRIES for figure in entry.figures if figure}
    return [*changed, *(f"{name}: no result, its figures are left alone" for name in sorted(named - set(outputs)))]


def kept_outputs(results: Path) -> dict[str, str]:
    """Return what the programs printed by the names of their results; of what did not come to an end nothing."""
    kept = {path.stem: json.loads(path.read_text("utf-8")) for path in results.glob("*.json")}
    return {name: one["output"] for name, one in kept.items() if "output" in one and one["exit_code"] == 0}


def _lines(page: Path) -> list[str]:
    return page.read_text("utf-8").splitlines(keepends=True)


def _places(entry: Row | Sentence, root: Path) -> Iterator[tuple[str, int, int]]:
    """Yield page, number of the line, and where in it the figures begin."""
    if isinstance(entry, Sentence):
        for page, beginning in ((entry.page, entry.english), (twin(entry.page), entry.chinese)):
            if beginning:
                number, start = _sentence(root, page, beginning)
                yield page, number, start
        return
    number, row_no = _row(root, entry)
    yield entry.page, number, _behind_label(root, entry.page, number)
    if (root / twin(entry.page)).exists():
        rows = [at for at, line in enumerate(_lines(root / twin(entry.page)), 1) if line.startswith("|")]
        yield twin(entry.page), rows[row_no], _behind_label(root, twin(entry.page), rows[row_no])


def _row(root: Path, entry: Row) -> tuple[int, int]:
    """Return the number of the line of a row, and which of all rows of its page it is."""
    heading, row_no = "", -1
    for number, line in enumerate(_lines(root / entry.page), 1):
        if found := _HEADING.match(line):
            heading = found[1].strip()
        if line.startswith("|"):
            row_no += 1
            if heading == entry.heading and line.split(" | ")[0] == f"| {entry.label}":
                return number, row_no
    raise FiguresError(f"{entry.page}: no row '{entry.label}' under '{entry.heading}'")


def _behind_label(root: Path, page: str, number: int) -> int:
    return _lines(root / page)[number - 1].index(" | ") + 3


def _sentence(root: Path, page: str, beginning: str) -> tuple[int, int]:
    found = [(number, line) for number, line in enumerate(_lines(root / page), 1) if beginning in line]
    if len(found) != 1:
        raise FiguresError(f"{page}: {len(found)} lines have '{beginning}'; one was expected")
    ((number, line),) = found
    return number, line.index(beginning)


def _written(text: str, told: list[str | None], place: str, *, whole: bool) -> str:
    """Return the text with its first numbers replaced, `whole` where there must be no others."""
    found = list(_NUMBER.finditer(text))
    if len(found) < len(told) or (whole and len(found) > len(told)):
        raise FiguresError(f"{place} has {len(found)} numbers for {len(told)} figures: {text.strip()}")
    parts, end = [], 0
    for number, figure in zip(found, told, strict=False):
        parts += [text[end : number.start()], number[0] if figure is None else figure]
        end = number.end()
    return "".join((*parts, text[end:]))
