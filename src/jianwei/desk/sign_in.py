"""Signing in by name and password, with a lockout that grows.

After five wrong passwords an account is locked for a minute, after each further one twice as long, up to an hour. Names
that do not exist are treated the same, so that an answer tells nobody which names do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jianwei.desk.moments import SECOND_US, now_us
from jianwei.desk.passwords import is_password
from jianwei.errors import SignInError, TooManyRequestsError

if TYPE_CHECKING:
    from jianwei.desk.database import DeskDatabase

_FREE_FAILURES = 5
_FIRST_LOCK_S = 60
_LONGEST_LOCK_S = 3600
_MOST_NAMES = 10_000  # made-up names must not fill the disk
_FORGOTTEN_US = 24 * 3600 * SECOND_US


class SignIn:
    """The door of one desk."""

    def __init__(self, database: DeskDatabase) -> None:
        self._database = database

    def check(self, name: str, password: str) -> int:
        """Return the `user_no` of the account that has this name and password.

        Raises:
            TooManyRequestsError: the name is locked for some time; `retry_after_s` says how long.
            SignInError: name or password is wrong, or the account is disabled or has no password yet.
        """
        self._refuse_if_locked(name)
        with self._database.reading() as connection:
            row = connection.execute(
                "SELECT user_no, password_hash, disabled FROM users WHERE name = ?", (name,)
            ).fetchone()
        right = is_password(password, row["password_hash"] if row is not None else "")
        if row is None or not right or row["disabled"]:
            self._note_failure(name)
            raise SignInError(
                "Name or password is wrong, or the account is disabled. An administrator can send a new link.",
                zh="账号或密码错误，或账号已停用。可请管理员发送新的链接。",
            )
        with self._database.writing() as connection:
            connection.execute("DELETE FROM failed_sign_ins WHERE name = ?", (name,))
        return int(row["user_no"])

    def _refuse_if_locked(self, name: str) -> None:
        with self._database.reading() as connection:
            row = connection.execute(
                "SELECT locked_until_us FROM failed_sign_ins WHERE name = ?", (name[:100],)
            ).fetchone()
        left_s = 0 if row is None else -((now_us() - row["locked_until_us"]) // SECOND_US)
        if left_s > 0:
            raise TooManyRequestsError(
                f"Too many wrong passwords for this name. Try again in {left_s} s.",
                zh=f"该账号密码错误次数过多，请在 {left_s} 秒后再试。",
                retry_after_s=left_s,
            )

    def _note_failure(self, name: str) -> None:
        now = now_us()
        with self._database.writing() as connection:
            connection.execute("DELETE FROM failed_sign_ins WHERE failed_at_us < ?", (now - _FORGOTTEN_US,))
            row = connection.execute("SELECT failures FROM failed_sign_ins WHERE name = ?", (name[:100],)).fetchone()
            known: int = connection.execute("SELECT count(*) FROM failed_sign_ins").fetchone()[0]
            if row is None and known >= _MOST_NAMES:
                return
            failures = 1 + (0 if row is None else row["failures"])
            connection.execute(
                "INSERT OR REPLACE INTO failed_sign_ins VALUES (?, ?, ?, ?)",
                (name[:100], failures, now + lock_s(failures) * SECOND_US, now),
            )


def lock_s(failures: int) -> int:
    """Return for how many seconds a name is locked after so many wrong passwords in a row."""
    if failures < _FREE_FAILURES:
        return 0
    return int(min(_FIRST_LOCK_S * 2 ** min(failures - _FREE_FAILURES, 10), _LONGEST_LOCK_S))
