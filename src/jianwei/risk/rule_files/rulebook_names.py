"""The names that rules may use: laws, kinds of goods, identifiers, contacts, statements, contexts, categories."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jianwei.risk.rules import Context, Law


@dataclass(frozen=True, slots=True)
class Names:
    """What a rule file is checked against."""

    categories: tuple[str, ...] = ()
    laws: Mapping[str, Law] = field(default_factory=dict)
    classes: tuple[str, ...] = ()
    identifiers: tuple[str, ...] = ()
    contacts: tuple[str, ...] = ()
    statements: tuple[str, ...] = ()
    contexts: Mapping[str, Context] = field(default_factory=dict)
    word_lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
