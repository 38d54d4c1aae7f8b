"""The entries of the navigation: what each is called, where it leads, who sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jianwei.bilingual import Both

if TYPE_CHECKING:
    from jianwei.desk.roles import Permission, Principal


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. `icon` is the name of a drawing in `templates/icons.html`."""

    path: str
    icon: str
    title: Both
    permission: Permission


ENTRIES: tuple[Entry, ...] = (
    Entry("/", "overview", Both("Overview", "总览"), "view"),
    Entry("/search", "search", Both("Search", "检索"), "search"),
    Entry("/review", "review", Both("Review", "待审"), "view"),
    Entry("/cases", "case", Both("Cases", "案例"), "view"),
    Entry("/groups", "group", Both("Groups", "图组"), "view"),
    Entry("/watches", "watch", Both("Watches", "监控"), "view"),
    Entry("/rules", "rules", Both("Rules", "规则"), "view"),
    Entry("/ingest", "ingest", Both("Ingest", "入库"), "view"),
    Entry("/history", "history", Both("History", "历史"), "own"),
    Entry("/administration", "people", Both("Administration", "管理"), "accounts"),
)


def entries_for(principal: Principal | None) -> tuple[Entry, ...]:
    """Return the entries that somebody may open."""
    return tuple(entry for entry in ENTRIES if principal is not None and principal.may(entry.permission))
