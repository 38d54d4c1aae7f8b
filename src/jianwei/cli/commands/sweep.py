"""`jianwei sweep`: look for every clue of a sheet or folder and write what was found as a workbook."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path  # noqa: TC003  # the annotations are read at run time
from typing import TYPE_CHECKING, Annotated

import typer

from jianwei.cli.exit_codes import INTERRUPTED, OK
from jianwei.cli.filter_options import FilterOptions, LeastRelevance
from jianwei.cli.language import Both
from jianwei.cli.session import write_error_line, write_json
from jianwei.cli.specification import Command
from jianwei.errors import JianweiError, SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jianwei.cli.session import Session
    from jianwei.library import Library
    from jianwei.library.clues import BrokenClue, Clue
    from jianwei.library.sweep import SweptClue

_STOPPED = Both(
    "Interrupted. {done} of {total} clues are done and written.", "已中断。{total} 条线索中已完成并写出 {done} 条。"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepCommandOptions(FilterOptions):
    """Which clues, and where to write what they found."""

    clues: Annotated[
        Path,
        typer.Argument(metavar="CLUES"),
        Both(
            "Sheet (.xlsx, .csv, .tsv), text file (a clue a line), or folder of pictures, sheets and text files. A "
            "sheet has a column words, picture or both.",
            "线索表（.xlsx、.csv、.tsv）、文本文件（每行一条）或存放图片、线索表与文本的文件夹。"
            "表中应有“关键词”列、“图片”列，或两者都有。",
        ),
    ]
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", metavar="FILE"),
        Both(
            "Workbook to write (.xlsx). Left out: the name of the clues with -hits.xlsx, in this folder.",
            "要写出的工作簿（.xlsx）。不填则在当前文件夹中以线索名加 -hits.xlsx 命名。",
        ),
    ] = None
    limit: Annotated[
        int,
        typer.Option("--limit", "-n", metavar="N"),
        Both("Hits of each clue, 1 to 1000.", "每条线索的命中数，1 到 1000。"),
    ] = 20
    min_relevance: LeastRelevance = None


def _run(options: SweepCommandOptions, session: Session) -> int:
    from jianwei.export.aside_file import written_aside
    from jianwei.export.sweep_xlsx import SweepWorkbook
    from jianwei.library.clues import read_clues
    from jianwei.runtime.interruption import InterruptionNotice

    file = _checked(options)
    clues = read_clues(options.clues.expanduser())
    swept: list[SweptClue] = []
    with (
        session.open_library() as library,
        closing(SweepWorkbook(session.language, lambda sha256: _thumbnail(library, sha256))) as book,
    ):
        with InterruptionNotice() as interruption:
            for clue in _progressing(library, clues, options, session):
                book.add(clue)
                swept.append(clue)
                if interruption.is_set:
                    break
        interrupted = len(swept) < len(clues)
        if interrupted:
            book.note_interruption()
        with written_aside(file) as aside:
            book.save(aside)
    _tell(file, swept, len(clues), session, interrupted=interrupted)
    return INTERRUPTED if interrupted else OK


def _checked(options: SweepCommandOptions) -> Path:
    file = (options.out or type(options.clues)(f"{options.clues.expanduser().resolve().stem}-hits.xlsx")).expanduser()
    if file.suffix.lower() != ".xlsx":
        raise SettingsError(
            f"A sweep is written as .xlsx; --out is {file}.",
            zh=f"检索结果只能写成 .xlsx；--out 的值是 {file}。",
            path=str(file),
        )
    return file


def _progressing(
    library: Library, clues: Sequence[Clue | BrokenClue], options: SweepCommandOptions, session: Session
) -> Iterator[SweptClue]:
    from jianwei.cli.progress import sweep_progress
    from jianwei.library.sweep import SweepOptions, sweep

    chosen = SweepOptions(options.filters(), options.limit, options.min_relevance)
    with sweep_progress(session, len(clues)) as counted:
        yield from counted(sweep(library, clues, chosen))


def _tell(file: Path, swept: Sequence[SweptClue], total: int, session: Session, *, interrupted: bool) -> None:
    if session.json:
        from jianwei.export.json_sweep import sweep_json

        write_json(sweep_json(str(file), swept, total, interrupted=interrupted))
    else:
        from jianwei.cli.pages.sweep_page import sweep_page

        session.console().print(sweep_page(file, swept, session), soft_wrap=True)
    if interrupted:
        write_error_line(session.say(_STOPPED, done=len(swept), total=total))


def _thumbnail(library: Library, sha256: str) -> bytes | None:
    try:
        return library.thumbnail(sha256)
    except JianweiError:
        return None  # its file is gone; the row still tells what was in it


SWEEP = Command(
    details=Both(
        "Writes a workbook with a sheet of hits (thumbnail, link, score, reasons) and a sheet with a line for each "
        "clue. Ctrl-C stops it; what is done is written.",
        "写出一个工作簿：一张命中表（缩略图、链接、得分、理由）和一张线索汇总表。"
        "按 Ctrl-C 停下时，已完成的部分照样写出。",
    ),
    options=SweepCommandOptions,
    run=_run,
    examples=(
        "jianwei sweep clues.xlsx",
        "jianwei sweep pictures/ --out hits.xlsx --platform jd --limit 10 --min-relevance 0.7",
    ),
)
