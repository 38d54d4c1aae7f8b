"""Reads the values of options without Pydantic, which Typer would import for it: a fifth of a second for each command.

Our options take whole numbers, numbers, texts, paths and names of a few (`Literal`), alone or repeated. Readers for
those are put where Typer keeps the ones that it would build at the first use. That place is private to Typer: should
it move, Typer builds its own again, which is slower and reads the same (`tests/unit/cli/test_process.py` would tell).
Options of other types are left to Typer.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_READERS: dict[object, Callable[[str], object]] = {int: int, float: float, str: str, Path: Path}


@dataclass(frozen=True, slots=True)
class ValueReader:
    """Reads what was typed for one option.

    Attributes:
        read: makes a value of a text; raises ValueError.
        minimum: the least value that is allowed; None for any.
        allowed: the texts that are allowed; empty for any.
    """

    read: Callable[[str], object]
    minimum: float | None = None
    allowed: tuple[object, ...] = ()

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:  # noqa: ANN401  # what Typer calls, with its own objects
        """Return the value of an option: of what was typed, or of its default, which passes as it is.

        Raises:
            typer.BadParameter: it is not of the type, below the minimum, or none of those allowed.
        """
        many = param.multiple or param.nargs == -1
        if value is None:
            return () if many else None
        try:
            return [self._one(item) for item in value] if many else self._one(value)
        except ValueError as error:
            raise typer.BadParameter(f"{value!r} cannot be used.", ctx=ctx, param=param) from error

    def _one(self, value: object) -> object:
        read = self.read(value) if isinstance(value, str) else value
        if self.allowed and read not in self.allowed:
            raise ValueError(value)
        if self.minimum is not None and isinstance(read, int | float) and not read >= self.minimum:
            raise ValueError(value)
        return read


def reader_for(annotation: object, *, minimum: float | None = None) -> ValueReader | None:
    """Return what reads a value of a type, of one of them in a list, or of one that may be missing; None for others."""
    inner = [kind for kind in get_args(annotation) if kind is not NoneType]
    if get_origin(annotation) in (list, Union, UnionType) and len(inner) == 1:
        return reader_for(inner[0], minimum=minimum)
    if get_origin(annotation) is Literal:
        return ValueReader(str, allowed=get_args(annotation))
    read = _READERS.get(annotation)
    return None if read is None else ValueReader(read, minimum)


def read_without_pydantic(program: Any) -> None:  # noqa: ANN401  # the class of commands is private to Typer
    """Put our readers into a program and all of its commands."""
    for param in _parameters(program):
        info = param.type_descriptor.parameter_info
        if _is_plain(info) and (reader := reader_for(param.type_descriptor.annotation, minimum=info.min)) is not None:
            param._runtime_param = reader  # noqa: SLF001  # where Typer keeps the one that it builds at the first use


def _is_plain(info: Any) -> bool:  # noqa: ANN401  # the base of arguments and options is not exported
    """Tell whether an option asks for nothing that only Typer's own readers do."""
    checked = (info.exists, info.writable, info.resolve_path, info.allow_dash, info.clamp)
    return info.parser is None and info.max is None and not any(checked) and info.path_type is None


def _parameters(command: Any) -> Iterator[Any]:  # noqa: ANN401  # as above
    yield from command.params
    for below in getattr(command, "commands", {}).values():
        yield from _parameters(below)
