"""`jianwei show`: all that is known of one listing."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path  # noqa: TC003  # the annotations are read at run time
from typing import TYPE_CHECKING, Annotated

import typer

from jianwei.cli.exit_codes import OK
from jianwei.cli.language import Both
from jianwei.cli.session import write_json
from jianwei.cli.specification import Command

if TYPE_CHECKING:
    from jianwei.cli.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowOptions:
    """Which listing to show, and how."""

    listing_id: Annotated[
        str,
        typer.Argument(metavar="LISTING_ID"),
        Both("Id of the listing, as search gives it.", "商品编号，即检索结果中给出的编号。"),
    ]
    marked: Annotated[
        Path | None,
        typer.Option("--marked", metavar="DIR"),
        Both(
            "Write its pictures into this folder, with a frame around each line that was read.",
            "把商品图片写入此文件夹，并框出识别到的每行文字。",
        ),
    ] = None


def _run(options: ShowOptions, session: Session) -> int:
    with session.open_library() as library:
        view = library.show(options.listing_id)
        marked = None
        if options.marked is not None:
            from jianwei.export.marked_pictures import write_marked_pictures

            folder, most = options.marked.expanduser(), session.settings().max_picture_pixels
            marked = write_marked_pictures(folder, view, library.picture_bytes, max_pixels=most)
        opinion = library.opinions.of([view.listing.listing_no]).get(view.listing.listing_no)
        book = None if opinion is None else library.risk.rulebook
    if session.json:
        from jianwei.export.json_opinions import opinion_json
        from jianwei.export.json_values import listing_json

        value: dict[str, object] = {**listing_json(view), "second_opinion": opinion_json(opinion)}
        if marked is not None:
            value["marked"] = [str(file) for file in marked.files]
        write_json(value)
    else:
        from jianwei.cli.pages.findings_page import opinion_block
        from jianwei.cli.pages.listing_page import listing_page, marked_page

        console = session.console()
        block = None if opinion is None or book is None else opinion_block(opinion, book, session)
        console.print(listing_page(view, session, opinion=block))
        if marked is not None:
            console.print(marked_page(marked, session))
    return OK


SHOW = Command(
    details=Both(
        "Prints its fields, its pictures with the text read in them, and why it is a known case if it is one. "
        "With --json every "
        "line comes with its box.",
        "输出各字段、各图片及识别出的文字；若为已知案例，还给出违法信息。加 --json 时每行文字附带位置框。",
    ),
    options=ShowOptions,
    run=_run,
    examples=("jianwei show jd:100012043978", "jianwei show jd:100012043978 --marked marked/"),
)
