"""Sessions of browsers: a random secret in a cookie, here its hash, whose it is and how long it lasts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from jianwei.desk.known_principals import KnownPrincipals
from jianwei.desk.moments import SECOND_US, now_us, to_moment
from jianwei.desk.roles import ROLES, Principal
from jianwei.desk.secrets import kept_form, new_secret

if TYPE_CHECKING:
    from datetime import datetime

    from jianwei.desk.accounts import Theme
    from jianwei.desk.database import DeskDatabase
    from jianwei.desk.roles import Role
    from jianwei.errors import Language

LONGEST_S = 7 * 24 * 3600
"""After this a session ends, however busy."""

IDLE_S = 12 * 3600
"""After so long without a request a session ends: a working day with its breaks."""

_NOTED_US = 300 * SECOND_US  # how often a busy session notes that it was seen


@dataclass(frozen=True, slots=True)
class OpenSession:
    """One session as its owner sees it; `key` names it without giving it away."""

    key: str
    created_at: datetime | None
    seen_at: datetime | None
    address: str
    agent: str


class Sessions:
    """The sessions of one desk."""

    def __init__(self, database: DeskDatabase) -> None:
        self._database = database
        self._known = KnownPrincipals(database.changes)

    def begin(self, user_no: int, *, address: str, agent: str) -> str:
        """Return the secret of a new session; old ones of everybody are cleared away."""
        secret, now = new_secret(), now_us()
        with self._database.writing() as connection:
            connection.execute(
                "DELETE FROM sessions WHERE created_at_us < ? OR seen_at_us < ?",
                (now - LONGEST_S * SECOND_US, now - IDLE_S * SECOND_US),
            )
            connection.execute(
                "INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?, ?)",
                (kept_form(secret), user_no, new_secret(), now, now, address, agent[:300]),
            )
            connection.execute("UPDATE users SET signed_in_at_us = ? WHERE user_no = ?", (now, user_no))
        return secret

    def principal(self, secret: str) -> Principal | None:
        """Return whose session it is; None for one that is forged, ended or too old."""
        kept = kept_form(secret)
        if (known := self._known.get(kept)) is not None:
            return known
        mark, now = self._known.mark, now_us()
        with self._database.reading() as connection:
            row = connection.execute(
                "SELECT users.user_no, name, role, language, theme, csrf, seen_at_us, "
                "sessions.created_at_us AS begun_us FROM sessions JOIN users "
                "USING (user_no) WHERE token_sha256 = ? AND NOT disabled "
                "AND sessions.created_at_us > ? AND seen_at_us > ?",
                (kept, now - LONGEST_S * SECOND_US, now - IDLE_S * SECOND_US),
            ).fetchone()
        if row is None:
            return None
        if now - row["seen_at_us"] > _NOTED_US:
            with self._database.writing(silently=True) as connection:
                connection.execute("UPDATE sessions SET seen_at_us = ? WHERE token_sha256 = ?", (now, kept))
        role = cast("Role", row["role"])
        principal = Principal(
            user_no=row["user_no"],
            name=row["name"],
            role=role,
            permissions=ROLES[role],
            via="session",
            csrf=row["csrf"],
            language=cast("Language", row["language"]),
            theme=cast("Theme", row["theme"]),
        )
        # Idleness needs no end here: this request was seen, and what is known lasts some seconds.
        self._known.keep(kept, principal, mark=mark, until_us=row["begun_us"] + LONGEST_S * SECOND_US)
        return principal

    def of_user(self, user_no: int) -> list[OpenSession]:
        """Return the sessions of an account, the last seen first."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT * FROM sessions WHERE user_no = ? ORDER BY seen_at_us DESC", (user_no,)
            ).fetchall()
        return [
            OpenSession(
                row["token_sha256"][:16],
                to_moment(row["created_at_us"]),
                to_moment(row["seen_at_us"]),
                row["address"],
                row["agent"],
            )
            for row in rows
        ]

    def end(self, secret: str) -> None:
        """End a session; one that is not there is no error."""
        with self._database.writing() as connection:
            connection.execute("DELETE FROM sessions WHERE token_sha256 = ?", (kept_form(secret),))

    def end_all(self, user_no: int) -> None:
        """End all sessions of an account."""
        with self._database.writing() as connection:
            connection.execute("DELETE FROM sessions WHERE user_no = ?", (user_no,))
