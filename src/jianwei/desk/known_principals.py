"""Who showed a secret a moment ago, so that not every request of a program asks the database anew.

What is known is void as soon as any process of this desk has committed a change to its database (`changes.py`), and
after some seconds in any case: a process may be killed between its commit and its mark.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jianwei.desk.moments import SECOND_US, now_us
from jianwei.runtime.recently_used import RecentlyUsed

if TYPE_CHECKING:
    from jianwei.desk.changes import Changes
    from jianwei.desk.roles import Principal

_LONGEST_US = 10 * SECOND_US
_MOST = 4096


class KnownPrincipals:
    """Principals by the kept form of their secret. Safe to use from several threads."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes
        self._known: RecentlyUsed[tuple[int, int, Principal]] = RecentlyUsed(_MOST)

    @property
    def mark(self) -> int:
        """What `keep` is to be given; to be read before the database is asked."""
        return self._changes.mark

    def get(self, kept: str) -> Principal | None:
        """Return whose secret it is; None where that has to be asked."""
        known = self._known.get(kept)
        if known is None:
            return None
        mark, until_us, principal = known
        return principal if mark == self._changes.mark and now_us() < until_us else None

    def keep(self, kept: str, principal: Principal, *, mark: int, until_us: int | None = None) -> None:
        """Remember whose secret it is, until it ends at `until_us` at most; None where it does not end."""
        longest_us = now_us() + _LONGEST_US
        self._known.put(kept, (mark, longest_us if until_us is None else min(until_us, longest_us), principal))
