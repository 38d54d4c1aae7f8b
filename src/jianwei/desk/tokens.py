"""API tokens: for programs, limited to scopes, revocable; kept as hashes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from jianwei.desk.known_principals import KnownPrincipals
from jianwei.desk.moments import SECOND_US, now_us, to_moment
from jianwei.desk.roles import PERMISSIONS, ROLES, Principal
from jianwei.desk.secrets import TOKEN_PREFIX, kept_form, new_token
from jianwei.errors import AccountError, NotFoundError

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection
    from datetime import datetime

    from jianwei.desk.database import DeskDatabase
    from jianwei.desk.roles import Permission, Role

_NOTED_US = 300 * SECOND_US
_DAY_US = 24 * 3600 * SECOND_US


@dataclass(frozen=True, slots=True)
class ApiToken:
    """One token without its secret. `expires_at` is None for one that does not expire."""

    token_no: int
    owner: str
    name: str
    scopes: tuple[Permission, ...]
    created_at: datetime | None
    expires_at: datetime | None
    used_at: datetime | None
    revoked_at: datetime | None


class Tokens:
    """The tokens of one desk."""

    def __init__(self, database: DeskDatabase) -> None:
        self._database = database
        self._known = KnownPrincipals(database.changes)

    def make(self, user_no: int, name: str, scopes: Collection[str], *, days: int | None = None) -> str:
        """Return a new token, which cannot be shown again. `days` is how long it lasts; None for ever.

        Raises:
            AccountError: a scope is unknown, there is none, or the name is empty or over 80 characters long.
        """
        unknown = sorted(set(scopes) - set(PERMISSIONS))
        if unknown or not scopes:
            raise AccountError(
                f"These scopes cannot be used: {', '.join(unknown) or 'none'}. Allowed: {', '.join(PERMISSIONS)}.",
                zh=f"不可用的权限范围：{'、'.join(unknown) or '（未给出）'}。可用：{'、'.join(PERMISSIONS)}。",
            )
        if not 1 <= len(name.strip()) <= 80 or (days is not None and not 1 <= days <= 3650):
            raise AccountError(
                "Give the token a name of 1 to 80 characters, and 1 to 3650 days.",
                zh="请给令牌起一个 1 到 80 个字符的名字，有效期为 1 到 3650 天。",
            )
        token, now = new_token(), now_us()
        expires_us = None if days is None else now + days * _DAY_US
        with self._database.writing() as connection:
            connection.execute(
                "INSERT INTO tokens (user_no, name, token_sha256, scopes, created_at_us, expires_at_us) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                (user_no, name.strip(), kept_form(token), json.dumps(sorted(set(scopes))), now, expires_us),
            )
        return token

    def principal(self, token: str) -> Principal | None:
        """Return whose token it is, with the scopes that the owner's role still allows; None for one that is void."""
        if not token.startswith(TOKEN_PREFIX):
            return None
        kept = kept_form(token)
        if (known := self._known.get(kept)) is not None:
            return known
        mark, now = self._known.mark, now_us()
        with self._database.reading() as connection:
            row = connection.execute(
                "SELECT users.user_no, users.name, role, scopes, token_no, used_at_us, expires_at_us FROM tokens "
                "JOIN users USING (user_no) WHERE token_sha256 = ? AND revoked_at_us IS NULL AND NOT disabled "
                "AND coalesce(expires_at_us, ?) >= ?",
                (kept, now, now),
            ).fetchone()
        if row is None:
            return None
        if now - (row["used_at_us"] or 0) > _NOTED_US:
            with self._database.writing(silently=True) as connection:
                connection.execute("UPDATE tokens SET used_at_us = ? WHERE token_no = ?", (now, row["token_no"]))
        role = cast("Role", row["role"])
        allowed = ROLES[role].intersection(json.loads(row["scopes"]))
        principal = Principal(row["user_no"], row["name"], role, allowed, "token")
        self._known.keep(kept, principal, mark=mark, until_us=row["expires_at_us"])
        return principal

    def of_user(self, user_no: int) -> list[ApiToken]:
        """Return the tokens of an account, newest first, revoked ones too."""
        with self._database.reading() as connection:
            rows = connection.execute(
                "SELECT tokens.*, users.name AS owner FROM tokens JOIN users USING (user_no) "
                "WHERE user_no = ? ORDER BY token_no DESC",
                (user_no,),
            ).fetchall()
        return [_token(row) for row in rows]

    def revoke(self, token_no: int, *, user_no: int | None) -> None:
        """Make a token void at once; `user_no` limits it to the tokens of one account.

        Raises:
            NotFoundError: there is no such token, or it was revoked already.
        """
        with self._database.writing() as connection:
            changed = connection.execute(
                "UPDATE tokens SET revoked_at_us = ? WHERE token_no = ? AND revoked_at_us IS NULL "
                "AND user_no = coalesce(?, user_no)",
                (now_us(), token_no, user_no),
            ).rowcount
        if not changed:
            raise NotFoundError(
                f"There is no valid token {token_no}.", zh=f"没有编号为 {token_no} 的有效令牌。", token_no=token_no
            )


def _token(row: sqlite3.Row) -> ApiToken:
    return ApiToken(
        row["token_no"],
        row["owner"],
        row["name"],
        tuple(json.loads(row["scopes"])),
        to_moment(row["created_at_us"]),
        to_moment(row["expires_at_us"]),
        to_moment(row["used_at_us"]),
        to_moment(row["revoked_at_us"]),
    )
