"""`jianwei doctor`: what works on this machine, what is off, and the one command that turns it on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jianwei.cli.exit_codes import FAILED, OK
from jianwei.cli.language import Both
from jianwei.cli.session import write_json
from jianwei.cli.specification import Command

if TYPE_CHECKING:
    from jianwei.cli.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class DoctorOptions:
    """Nothing beyond the common options."""


def _run(_: DoctorOptions, session: Session) -> int:
    from jianwei.library.diagnosis import diagnose

    path = session.library_path
    checks = diagnose(path if path.exists() else None, session.settings())
    if session.json:
        from jianwei.export.json_values import check_json

        write_json({"checks": [check_json(check) for check in checks]})
    else:
        from jianwei.cli.pages.doctor_page import doctor_page

        session.console().print(doctor_page(checks, session))
    return FAILED if any(check.status == "problem" for check in checks) else OK


DOCTOR = Command(
    details=Both(
        "Tries every engine and the library. A channel that is off is no error: searching goes on without it. "
        "Ends with exit "
        "code 1 when something is broken.",
        "逐项试用各引擎和库。处于关闭状态的通道不算错误，检索会在没有它的情况下进行。有故障时以退出码 1 结束。",
    ),
    options=DoctorOptions,
    run=_run,
    examples=("jianwei doctor", "jianwei doctor --json"),
)
