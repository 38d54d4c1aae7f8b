"""Who may do what: permissions, the roles that hold them, and who is asking.

One table. Every route of the web face names one permission; a route without one fails a test.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from jianwei.errors import Language

Permission = Literal["own", "search", "view", "export", "review", "ingest", "watch", "audit", "accounts", "operate"]
"""`own`: one's own account · `search`, `view`: searching and looking · `export`: taking data out · `review`: decisions,
cases, captions, screening · `ingest`: putting data in · `watch`: standing searches · `audit`: the log of all users ·
`accounts`: other people's accounts · `operate`: metrics."""

PERMISSIONS: tuple[Permission, ...] = get_args(Permission)

Role = Literal["viewer", "analyst", "administrator"]

_VIEWER: frozenset[Permission] = frozenset({"own", "search", "view"})
_ANALYST: frozenset[Permission] = _VIEWER | {"export", "review", "ingest", "watch"}

ROLES: dict[Role, frozenset[Permission]] = {
    "viewer": _VIEWER,
    "analyst": _ANALYST,
    "administrator": frozenset(PERMISSIONS),
}


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: an account, by a session of its browser or by one of its tokens.

    `permissions` are what this way of asking allows: those of the role, for a token only its scopes among them. `csrf`
    is the secret that forms of a session carry; empty for tokens. `language` and `theme` are empty where the account
    leaves them to the browser.
    """

    user_no: int
    name: str
    role: Role
    permissions: frozenset[Permission]
    via: Literal["session", "token"]
    csrf: str = ""
    language: Language | Literal[""] = ""
    theme: Literal["light", "dark", ""] = ""

    def may(self, permission: Permission) -> bool:
        """True when the permission is held."""
        return permission in self.permissions
