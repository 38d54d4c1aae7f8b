"""The name that a person most likely meant. Pure."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def nearest_name(wanted: str, names: Iterable[str]) -> str:
    """Return the most similar of `names`, the first one where several are; empty where there is none."""

    def likeness(name: str) -> float:
        return SequenceMatcher(None, wanted.lower(), name.lower()).ratio()

    return max(names, key=likeness, default="")
