"""One-time links: the first makes the administrator, later ones let people set their password.

A link is valid once and for a limited time; a new one for the same account makes older ones void.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jianwei.desk.accounts import insert_account, put_password
from jianwei.desk.moments import SECOND_US, now_us
from jianwei.desk.passwords import check_password, hash_password
from jianwei.desk.secrets import kept_form, new_secret
from jianwei.errors import NotFoundError

if TYPE_CHECKING:
    import sqlite3

    from jianwei.desk.database import DeskDatabase

_VALID_US = 24 * 3600 * SECOND_US


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a link is good for: setting the password of `name`, or making the first administrator where it is empty."""

    name: str
    user_no: int | None


class Links:
    """The links of one desk."""

    def __init__(self, database: DeskDatabase) -> None:
        self._database = database

    def make(self, user_no: int | None) -> str:
        """Return the secret of a new link; None for one that makes the first administrator."""
        secret = new_secret()
        with self._database.writing() as connection:
            connection.execute("DELETE FROM links WHERE user_no IS ? OR expires_at_us < ?", (user_no, now_us()))
            connection.execute("INSERT INTO links VALUES (?, ?, ?)", (kept_form(secret), user_no, now_us() + _VALID_US))
        return secret

    def read(self, secret: str) -> Invitation:
        """Return what a link is good for, without using it.

        Raises:
            NotFoundError: there is no such link, or it was used or is too old.
        """
        with self._database.reading() as connection:
            return _invitation(connection, secret)

    def use(self, secret: str, *, name: str, password: str) -> str:
        """Set the password, or make the administrator `name`; return the name of the account. The link is void then.

        Raises:
            NotFoundError: there is no such link, or it was used or is too old.
            AccountError: the password cannot be used.
            ConflictError: the name is taken.
        """
        invitation = self.read(secret)
        hashed = hash_password(check_password(password, name=invitation.name or name))
        with self._database.writing() as connection:
            invitation = _invitation(connection, secret)  # again: somebody else may have used it meanwhile
            if invitation.user_no is None:
                insert_account(connection, name, "administrator", hashed)
            else:
                put_password(connection, invitation.user_no, invitation.name, hashed)
            connection.execute("DELETE FROM links WHERE token_sha256 = ?", (kept_form(secret),))
        return invitation.name or name


def _invitation(connection: sqlite3.Connection, secret: str) -> Invitation:
    row = connection.execute(
        "SELECT links.user_no, coalesce(users.name, '') AS name FROM links LEFT JOIN users USING (user_no) "
        "WHERE token_sha256 = ? AND expires_at_us > ?",
        (kept_form(secret), now_us()),
    ).fetchone()
    if row is None:
        raise NotFoundError(
            "This link was used already or is more than a day old. Ask an administrator for a new one; before there is "
            "an administrator, start jianwei serve again.",
            zh="此链接已用过或已超过一天。请向管理员索取新链接；若还没有管理员，请重新启动 jianwei serve。",
        )
    return Invitation(row["name"], row["user_no"])
