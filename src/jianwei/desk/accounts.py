"""Accounts: who works at a desk, with which role."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

from jianwei.desk.moments import now_us, to_moment
from jianwei.desk.passwords import check_password, hash_password
from jianwei.errors import AccountError, ConflictError, NotFoundError

if TYPE_CHECKING:
    from datetime import datetime

    from jianwei.desk.database import DeskDatabase
    from jianwei.desk.roles import Role
    from jianwei.errors import Language

Theme = Literal["light", "dark", ""]
_NAME = re.compile(r"[\w.\-@]{2,40}")  # letters of any script, so that Chinese names work
_SELECT = "SELECT * FROM users"


@dataclass(frozen=True, slots=True)
class Account:
    """One account. `has_password` is False until its owner has used the link that sets one."""

    user_no: int
    name: str
    role: Role
    has_password: bool
    disabled: bool
    language: Language | Literal[""]
    theme: Theme
    created_at: datetime
    signed_in_at: datetime | None


class Accounts:
    """The accounts of one desk."""

    def __init__(self, database: DeskDatabase) -> None:
        self._database = database

    def all(self) -> list[Account]:
        """Return all accounts, oldest first."""
        with self._database.reading() as connection:
            return [_account(row) for row in connection.execute(f"{_SELECT} ORDER BY user_no")]

    def named(self, name: str) -> Account:
        """Return the account of a name; case does not matter.

        Raises:
            NotFoundError: there is none.
        """
        with self._database.reading() as connection:
            row = connection.execute(f"{_SELECT} WHERE name = ?", (name,)).fetchone()
        if row is None:
            raise _no_account(name)
        return _account(row)

    def has_administrator(self) -> bool:
        """True when somebody can administer the desk: an administrator with a password who is not disabled."""
        with self._database.reading() as connection:
            return _administrators(connection) > 0

    def add(self, name: str, role: Role, *, password: str | None = None) -> Account:
        """Make an account; without a password its owner sets one by a link.

        Raises:
            AccountError: the name or the password cannot be used.
            ConflictError: the name is taken.
        """
        if not _NAME.fullmatch(name):
            raise AccountError(
                f"{name!r} cannot be the name of an account. Allowed are 2 to 40 letters, digits and _ . - @.",
                zh=f"{name!r} 不能用作账号名。可用 2 到 40 个文字、数字以及 _ . - @。",
                name=name,
            )
        hashed = "" if password is None else hash_password(check_password(password, name=name))
        with self._database.writing() as connection:
            insert_account(connection, name, role, hashed)
        return self.named(name)

    def change(self, name: str, *, role: Role | None = None, disabled: bool | None = None) -> Account:
        """Change the role of an account, or lock it out and in again; its sessions and tokens follow at once.

        Raises:
            NotFoundError: there is no such account.
            ConflictError: nobody could administer the desk any more.
        """
        account = self.named(name)
        with self._database.writing() as connection:
            before = _administrators(connection)
            if role is not None:
                connection.execute("UPDATE users SET role = ? WHERE user_no = ?", (role, account.user_no))
            if disabled is not None:
                connection.execute("UPDATE users SET disabled = ? WHERE user_no = ?", (disabled, account.user_no))
                if disabled:
                    connection.execute("DELETE FROM sessions WHERE user_no = ?", (account.user_no,))
            if before and not _administrators(connection):
                raise ConflictError(
                    f"{account.name} is the only administrator. Make another account administrator first.",
                    zh=f"{account.name} 是唯一的管理员。请先把另一个账号设为管理员。",
                    name=account.name,
                )
        return self.named(name)

    def prefer(
        self, user_no: int, *, language: Language | Literal[""] | None = None, theme: Theme | None = None
    ) -> None:
        """Remember the language and the theme that somebody chose; None leaves one as it is."""
        with self._database.writing() as connection:
            if language is not None:
                connection.execute("UPDATE users SET language = ? WHERE user_no = ?", (language, user_no))
            if theme is not None:
                connection.execute("UPDATE users SET theme = ? WHERE user_no = ?", (theme, user_no))


def put_password(connection: sqlite3.Connection, user_no: int, name: str, password_hash: str) -> None:
    """Give an account a new password in a transaction that is open. Its sessions end, failed sign-ins are forgotten."""
    connection.execute("UPDATE users SET password_hash = ? WHERE user_no = ?", (password_hash, user_no))
    connection.execute("DELETE FROM sessions WHERE user_no = ?", (user_no,))
    connection.execute("DELETE FROM failed_sign_ins WHERE name = ?", (name,))


def insert_account(connection: sqlite3.Connection, name: str, role: Role, password_hash: str) -> int:
    """Insert an account in a transaction that is open; return its number.

    Raises:
        ConflictError: the name is taken.
    """
    try:
        cursor = connection.execute(
            "INSERT INTO users (name, role, password_hash, created_at_us) VALUES (?, ?, ?, ?)",
            (name, role, password_hash, now_us()),
        )
    except sqlite3.IntegrityError as error:
        raise ConflictError(
            f"There is an account {name!r} already. Choose another name.",
            zh=f"账号 {name!r} 已存在。请换一个名字。",
            name=name,
        ) from error
    return int(cursor.lastrowid or 0)


def _administrators(connection: sqlite3.Connection) -> int:
    statement = "SELECT count(*) FROM users WHERE role = 'administrator' AND NOT disabled AND password_hash <> ''"
    return int(connection.execute(statement).fetchone()[0])


def _account(row: sqlite3.Row) -> Account:
    created_at = to_moment(row["created_at_us"])
    assert created_at is not None
    return Account(
        user_no=row["user_no"],
        name=row["name"],
        role=cast("Role", row["role"]),
        has_password=bool(row["password_hash"]),
        disabled=bool(row["disabled"]),
        language=cast("Language", row["language"]),
        theme=cast("Theme", row["theme"]),
        created_at=created_at,
        signed_in_at=to_moment(row["signed_in_at_us"]),
    )


def _no_account(name: str) -> NotFoundError:
    return NotFoundError(f"There is no account {name!r}.", zh=f"没有账号 {name!r}。", name=name)
