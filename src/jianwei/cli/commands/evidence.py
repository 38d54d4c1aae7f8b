"""`jianwei evidence LISTING` writes an evidence package; `jianwei evidence verify FILE` checks one."""

from __future__ import annotations

import getpass
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from jianwei.cli.exit_codes import FAILED, OK
from jianwei.cli.language import Both
from jianwei.cli.session import write_json
from jianwei.cli.specification import Command
from jianwei.errors import QueryError
from jianwei.wall_clock import as_read

if TYPE_CHECKING:
    from jianwei.cli.session import Session
    from jianwei.export.evidence.verification import PackageProblem

_VERIFY = "verify"
_WRITTEN = Both(
    "{file}: {count} files. SHA-256 of its manifest, to be noted elsewhere:",
    "{file}：共 {count} 个文件。清单的 SHA-256（请另行记录）：",
)
_GONE = Both("The original of {place} cannot be had; the package says so.", "无法取得 {place} 的原件，证据包中已注明。")
_INTACT = Both(
    "{file} is as it was written: {count} files of {listing}, made {made_at}.",
    "{file} 与写出时一致：{listing} 的 {count} 个文件，制作于 {made_at}。",
)
_MANIFEST = Both("SHA-256 of its manifest: {sha256}", "清单的 SHA-256：{sha256}")
_UNNOTED = Both(
    "Compare it with the number that was noted when it was made (--expect).", "请与制作时记录的数值比对（--expect）。"
)
_CHANGED = Both("{file} is not as it was written:", "{file} 与写出时不一致：")


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceOptions:
    """A listing to write, or a package to check."""

    what: Annotated[
        list[str],
        typer.Argument(metavar="LISTING_ID|verify FILE"),
        Both(
            "The id of a listing; or the word verify and the file of a package.", "商品编号；或 verify 加证据包文件。"
        ),
    ]
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="FILE.zip"),
        Both(
            "File to write. Left out: evidence-LISTING_ID.zip here.",
            "要写出的文件。不填则为当前目录下的 evidence-商品编号.zip。",
        ),
    ] = None
    by: Annotated[
        str | None,
        typer.Option("--by", metavar="NAME"),
        Both("Who makes the package. Left out: the user of this machine.", "制作人。不填则为本机用户名。"),
    ] = None
    expect: Annotated[
        str,
        typer.Option("--expect", metavar="SHA256"),
        Both("With verify: the hash of the manifest as it was noted.", "用于 verify：制作时记录的清单哈希。"),
    ] = ""


def _run(options: EvidenceOptions, session: Session) -> int:
    words = options.what
    if words[0] == _VERIFY and len(words) == 2:
        return _verify(Path(words[1]), options.expect, session)
    if len(words) == 1 and words[0] != _VERIFY:
        return _write(words[0], options, session)
    raise QueryError(
        f"evidence takes one listing id, or verify and one file; it got: {' '.join(words)}",
        zh=f"evidence 需要一个商品编号，或 verify 加一个文件；收到的是：{' '.join(words)}",
    )


def _write(listing_id: str, options: EvidenceOptions, session: Session) -> int:
    from jianwei.export.evidence.file_names import evidence_file_name
    from jianwei.export.evidence.package import write_evidence

    file = options.output or Path(evidence_file_name(listing_id))
    with session.open_library() as library:
        package = write_evidence(library, listing_id, file, language=session.language, made_by=options.by or _user())
    if session.json:
        write_json(
            {
                "file": str(package.file),
                "files": package.files,
                "manifest_sha256": package.manifest_sha256,
                "missing_originals": list(package.gone),
            }
        )
        return OK
    console = session.console()
    console.print(session.say(_WRITTEN, file=package.file, count=package.files), highlight=False, markup=False)
    console.print(package.manifest_sha256, highlight=False)
    for place in package.gone:
        console.print(session.say(_GONE, place=place), highlight=False, markup=False)
    return OK


def _verify(file: Path, expected: str, session: Session) -> int:
    from jianwei.export.evidence.verification import verify_evidence

    check = verify_evidence(file, expected=expected)
    if session.json:
        write_json(
            {
                "file": str(check.file),
                "intact": not check.problems,
                "manifest_sha256": check.manifest_sha256,
                "listing_id": check.listing_id,
                "made_at": check.made_at,
                "files": check.files,
                "problems": [
                    {"file": item.file, "message": item.message, "message_zh": item.message_zh}
                    for item in check.problems
                ],
            }
        )
        return FAILED if check.problems else OK
    lines = _report(check.problems, session) if check.problems else []
    head = (
        session.say(_CHANGED, file=file)
        if lines
        else session.say(
            _INTACT, file=file, count=check.files, listing=check.listing_id, made_at=as_read(check.made_at)
        )
    )
    tail = [session.say(_MANIFEST, sha256=check.manifest_sha256), *([] if expected else [session.say(_UNNOTED)])]
    for line in (head, *lines, *tail):
        session.console().print(line, highlight=False, markup=False)
    return FAILED if check.problems else OK


def _report(problems: tuple[PackageProblem, ...], session: Session) -> list[str]:
    chinese = session.language == "zh"
    return [f"  {item.file} {item.message_zh if chinese else item.message}" for item in problems]


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container may run as a number without a name
        return ""


EVIDENCE = Command(
    details=Both(
        "A package is a zip: originals, pictures with the places marked, all text, what was found under which law, "
        "decisions, a log, a report as PDF, and a manifest with the SHA-256 of everything. verify tells whether "
        "anything was changed since. What a package states is a suspicion, never a finding of illegality.",
        "证据包是一个 zip：原图、标出位置的图片、全部文字、筛查结果及法律条款、人工决定、日志、PDF 报告，"
        "以及记录全部文件 SHA-256 的清单。verify 检查其后是否被改动。证据包所述均为疑似线索，不构成违法认定。",
    ),
    options=EvidenceOptions,
    run=_run,
    examples=(
        "jianwei evidence 样例商城:1001",
        "jianwei evidence 样例商城:1001 --output 线索.zip --by 李",
        "jianwei evidence verify 线索.zip",
    ),
)
