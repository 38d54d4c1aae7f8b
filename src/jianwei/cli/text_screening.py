"""`jianwei screen --texts`: screens the texts of a file, many together, and tells each in the order of its line."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from jianwei.cli.exit_codes import OK, USAGE
from jianwei.cli.query_lines import open_query_lines
from jianwei.cli.rule_notices import tell_left_out, tell_slow
from jianwei.cli.session import write_error_line, write_json
from jianwei.cli.text_lines import GivenText, RefusedText, read_text_line
from jianwei.export.json_risk import screening_json
from jianwei.library.rulebooks import open_screener

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from jianwei.cli.session import Session
    from jianwei.ports.findings import Screening
    from jianwei.risk.rules import Rulebook

_TOGETHER = 512  # as many as the screener takes a step with
_Read = tuple[int, GivenText | RefusedText]


def screen_texts(file: Path, session: Session) -> int:
    """Screen the texts of a file, or of standard input for `-`, and return the exit code."""
    screener = open_screener(session.settings(), session.library_path)
    tell_left_out(screener.book, session)
    code = OK
    with open_query_lines(file) as (lines, _):
        # Whoever writes one line into a pipe waits for its answer before the next.
        for batch in _batches(lines, 1 if str(file) == "-" else _TOGETHER):
            found = iter(screener.screen_many([each.source for _, each in batch if isinstance(each, GivenText)]))
            for line_no, each in batch:
                if isinstance(each, RefusedText):
                    code = USAGE
                    _tell_refused(line_no, each, session)
                else:
                    _tell(line_no, each, next(found), screener.book, session)
    tell_slow(screener.slow.counts, session)
    return code


def _batches(lines: Iterable[bytes], size: int) -> Iterator[list[_Read]]:
    read = ((line_no, read_text_line(line, line_no)) for line_no, line in enumerate(lines, start=1) if line.strip())
    while batch := list(islice(read, size)):
        yield batch


def _tell_refused(line_no: int, refused: RefusedText, session: Session) -> None:
    error = refused.error
    if session.json:
        shape = {"code": error.code, "message": error.message, "message_zh": error.message_zh}
        write_json({"id": refused.text_id, "line": line_no, "error": shape}, indent=None)
    else:
        write_error_line(error.text(session.language))


def _tell(line_no: int, given: GivenText, screening: Screening, book: Rulebook, session: Session) -> None:
    if session.json:
        write_json({"id": given.text_id, "line": line_no, **screening_json(screening)}, indent=None)
        return
    from jianwei.cli.pages.findings_page import screening_page

    title = given.source.segments[0].text
    console = session.console()
    console.print(f"{given.text_id if given.text_id is not None else line_no}  {title[:60]}", style="bold")
    console.print(screening_page(screening, book, session))
