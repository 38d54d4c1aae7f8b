"""Statements by their names, built when they have to be: their modules import SQLAlchemy, which takes a while to load.

A store that a search needs says, with the types of the module itself,

    if TYPE_CHECKING:
        from jianwei.catalog.tables import queries
    else:
        queries = LateStatements("jianwei.catalog.tables.queries")

and goes on as if it had imported it. A statement whose SQL is prepared (`prepared_texts`) is never built.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlalchemy import ClauseElement


@dataclass(frozen=True, slots=True, eq=False)
class LateStatement:
    """One statement of a module; called like the function that builds it. Equal to itself only: texts go by it."""

    module: str
    name: str

    def __call__(self, *arguments: Any) -> ClauseElement:  # noqa: ANN401  # those of the function
        """Build the statement."""
        built: ClauseElement = getattr(import_module(self.module), self.name)(*arguments)
        return built

    @property
    def label(self) -> str:
        """What it is called among the prepared texts: `queries.listings_by_no`."""
        return f"{self.module.rpartition('.')[2]}.{self.name}"


class LateStatements:
    """The statements of one module, as attributes."""

    def __init__(self, module: str) -> None:
        self._module = module

    def __getattr__(self, name: str) -> LateStatement:
        """Return the statement of a name; whether there is one shows when it is built."""
        statement = LateStatement(self._module, name)
        setattr(self, name, statement)
        return statement
