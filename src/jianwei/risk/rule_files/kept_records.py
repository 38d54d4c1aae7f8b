"""Records as JSON and back, for what is kept in a file between two runs.

Written by orjson as it is: a record becomes an object, a tuple a list, a day its text. Read back by the types of the
fields, so that a record of another shape fails instead of passing for one. No code comes out of a file.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from jianwei.risk.rule_nodes import PlacedText, RuleProblem

Reader = Callable[[Any], Any]
_Record = TypeVar("_Record")

_NAMES = {"Mapping": Mapping, "Sequence": Sequence, "date": date, "PlacedText": PlacedText, "RuleProblem": RuleProblem}
"""What the modules of the records name in annotations alone."""

_PLAIN = (str, int, float, bool)


def record_reader(kind: type[_Record]) -> Callable[[Any], _Record]:
    """Return what makes records of a kind from what JSON gives."""
    return _Readers().of(kind)


class _Readers:
    """The readers of the kinds met so far; one that only passes its value on is None."""

    def __init__(self) -> None:
        self._known: dict[Any, Reader | None] = {}

    def of(self, kind: Any) -> Reader:  # noqa: ANN401  # an annotation
        return self._reader(kind) or _same

    def _reader(self, kind: Any) -> Reader | None:  # noqa: ANN401
        if kind not in self._known:
            self._known[kind] = self._made(kind)
        return self._known[kind]

    def _made(self, kind: Any) -> Reader | None:  # noqa: ANN401
        origin, arguments = get_origin(kind), get_args(kind)
        if kind in _PLAIN or origin is Literal:
            return None
        if kind is date:
            return date.fromisoformat
        if is_dataclass(kind):
            return self._record(kind)
        if origin is tuple and arguments[-1] is Ellipsis:
            return _tuple_of(self._reader(arguments[0]))
        if origin is Mapping:
            return _mapping_of(self._reader(arguments[1]))
        if origin in (Union, types.UnionType):
            (inner,) = (argument for argument in arguments if argument is not types.NoneType)
            return _optional(self._reader(inner))
        raise TypeError(kind)

    def _record(self, kind: Any) -> Reader:  # noqa: ANN401
        hints = get_type_hints(kind, localns=_NAMES)
        names = tuple(field.name for field in fields(kind))
        readers = {name: reader for name in names if (reader := self._reader(hints[name])) is not None}

        def read(value: Any) -> Any:  # noqa: ANN401
            for name, reader in readers.items():
                value[name] = reader(value[name])
            return kind(**value)

        return read


def _same(value: Any) -> Any:  # noqa: ANN401
    return value


def _tuple_of(reader: Reader | None) -> Reader:
    return tuple if reader is None else lambda value: tuple(map(reader, value))


def _mapping_of(reader: Reader | None) -> Reader:
    return dict if reader is None else lambda value: {name: reader(item) for name, item in value.items()}


def _optional(reader: Reader | None) -> Reader:
    return lambda value: value if value is None or reader is None else reader(value)
