"""`jianwei accounts add | list | link`: the accounts of a desk without its pages."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from jianwei.cli.exit_codes import OK
from jianwei.cli.language import Both
from jianwei.cli.session import write_json
from jianwei.cli.specification import Command

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jianwei.cli.session import Session
    from jianwei.desk.database import DeskDatabase


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountsAddOptions:
    """Whose account it is and what it may."""

    name: Annotated[
        str,
        typer.Argument(metavar="NAME"),
        Both("2 to 40 letters, digits and _ . - @.", "2 到 40 个文字、数字以及 _ . - @。"),
    ]
    role: Annotated[
        Literal["viewer", "analyst", "administrator"],
        typer.Option("--role", metavar="viewer|analyst|administrator"),
        Both("What the account may do.", "账号的角色。"),
    ] = "viewer"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountsLinkOptions:
    """Whose password is to be set."""

    name: Annotated[str, typer.Argument(metavar="NAME"), Both("Name of the account.", "账号名。")]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountsListOptions:
    """Nothing beyond the common options."""


_LINK = Both(
    "{name} ({role}): its owner sets a password at this path of the desk, once, within a day:\n/welcome?link={link}",
    "{name}（{role}）：请账号本人在一天内打开工作台的此路径设置密码（仅可使用一次）：\n/welcome?link={link}",
)
_ACTIVE, _INVITED, _DISABLED = Both("active", "正常"), Both("no password yet", "待设密码"), Both("disabled", "已停用")


@contextmanager
def _database(session: Session) -> Iterator[DeskDatabase]:
    from jianwei.desk.database import DeskDatabase

    with session.open_library():
        database = DeskDatabase(session.library_path)
    try:
        yield database
    finally:
        database.close()


def _add(options: AccountsAddOptions, session: Session) -> int:
    from jianwei.desk.accounts import Accounts

    session.make_library()
    with _database(session) as database:
        Accounts(database).add(options.name, options.role)
        _give_link(options.name, database, session)
    return OK


def _link(options: AccountsLinkOptions, session: Session) -> int:
    with _database(session) as database:
        _give_link(options.name, database, session)
    return OK


def _give_link(name: str, database: DeskDatabase, session: Session) -> None:
    from jianwei.desk.accounts import Accounts
    from jianwei.desk.audit import AuditLog
    from jianwei.desk.links import Links

    account = Accounts(database).named(name)
    link = Links(database).make(account.user_no)
    AuditLog(database).note("(command line)", "account", account.name, did="link")
    if session.json:
        write_json({"name": account.name, "role": account.role, "link": f"/welcome?link={link}"})
    else:
        session.console().print(session.say(_LINK, name=account.name, role=account.role, link=link), soft_wrap=True)


def _list(_: AccountsListOptions, session: Session) -> int:
    from jianwei.desk.accounts import Accounts

    with _database(session) as database:
        accounts = Accounts(database).all()
    if session.json:
        write_json(
            {
                "accounts": [
                    {"name": item.name, "role": item.role, "disabled": item.disabled, "has_password": item.has_password}
                    for item in accounts
                ]
            }
        )
        return OK
    for item in accounts:
        state = session.say(_DISABLED if item.disabled else _ACTIVE if item.has_password else _INVITED)
        session.console().print(f"{item.name}  {item.role}  {state}", soft_wrap=True)
    return OK


ACCOUNTS_ADD = Command(
    details=Both("Prints a one-time link by which the owner sets a password.", "打印一次性链接，由账号本人设置密码。"),
    options=AccountsAddOptions,
    run=_add,
    examples=("jianwei accounts add li.lei --role administrator",),
)
ACCOUNTS_LINK = Command(
    details=Both("Older links of the account become void.", "该账号的旧链接随即失效。"),
    options=AccountsLinkOptions,
    run=_link,
    examples=("jianwei accounts link li.lei",),
)
ACCOUNTS_LIST = Command(
    details=Both("One line each: name, role, state.", "每行一个：账号、角色、状态。"),
    options=AccountsListOptions,
    run=_list,
    examples=("jianwei accounts list",),
)
