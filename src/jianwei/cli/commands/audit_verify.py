"""`jianwei audit verify`: check that the audit log of a desk is what was written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from jianwei.cli.exit_codes import OK
from jianwei.cli.language import Both
from jianwei.cli.session import write_json
from jianwei.cli.specification import Command

if TYPE_CHECKING:
    from jianwei.cli.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditVerifyOptions:
    """What the log is compared with."""

    head: Annotated[
        str,
        typer.Option("--head", metavar="HASH"),
        Both("Hash that an earlier check gave: it must still be in the log.", "此前校验得到的哈希：日志中必须仍有它。"),
    ] = ""


_HOLDS = Both(
    "The chain of {entries} entries holds. Note its newest hash elsewhere:\n{head}",
    "{entries} 条记录的链完整。请将最新哈希记录在别处：\n{head}",
)


def _run(options: AuditVerifyOptions, session: Session) -> int:
    from jianwei.desk.audit import AuditLog
    from jianwei.desk.database import DeskDatabase

    with session.open_library():
        database = DeskDatabase(session.library_path)
    try:
        verified = AuditLog(database).verify(head=options.head.strip())
    finally:
        database.close()
    if session.json:
        write_json({"entries": verified.entries, "head": verified.head})
    else:
        session.console().print(session.say(_HOLDS, entries=verified.entries, head=verified.head), soft_wrap=True)
    return OK


AUDIT_VERIFY = Command(
    details=Both(
        "Each entry is bound to the one before by its hash; a changed, removed or inserted entry breaks the chain. An "
        "end that was cut off is found with a hash noted earlier.",
        "每条记录都以哈希与上一条相连，修改、删除或插入都会使链断裂；结尾被截断可用此前记下的哈希发现。",
    ),
    options=AuditVerifyOptions,
    run=_run,
    examples=("jianwei audit verify", "jianwei audit verify --head 3f2a…"),
)
