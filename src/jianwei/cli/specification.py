"""What a command is: its texts in both languages, its options as a frozen dataclass, and what it runs.

One dataclass says all of an option in one place: its type, its flags, its default, its help in both languages. From
it come the signature that Typer reads, the help page, and the check that the documentation names every option.
Commands get their options as one checked value instead of twenty arguments; those that all commands share stand in
`common_options.py`.
"""

from __future__ import annotations

from dataclasses import MISSING, Field, dataclass, fields
from types import NoneType
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin, get_type_hints

from typer.models import ArgumentInfo, OptionInfo

from jianwei.cli.language import Both

if TYPE_CHECKING:
    from collections.abc import Callable

    from jianwei.cli.session import Session


@dataclass(frozen=True, slots=True)
class Parameter:
    """One argument or option of a command. `default` is `MISSING` where a value must be given."""

    name: str
    kind: type
    info: ArgumentInfo | OptionInfo
    help: Both
    default: object

    @property
    def is_option(self) -> bool:
        """True for `--name`, false for a positional argument."""
        return isinstance(self.info, OptionInfo)

    @property
    def flags(self) -> tuple[str, ...]:
        """The spellings of an option, long first; empty for an argument."""
        if not isinstance(self.info, OptionInfo):
            return ()
        return (str(self.info.default), *(self.info.param_decls or ()))

    @property
    def label(self) -> str:
        """What stands for the value in usage and help; empty for a flag without value."""
        return "" if self.kind is bool else self.info.metavar or self.name.upper()

    @property
    def is_repeatable(self) -> bool:
        """True when it may be given more than once."""
        return get_origin(self.kind) is list

    @property
    def value_type(self) -> Any:  # noqa: ANN401  # a type expression has no type
        """The type of one value: the inner one of lists and of what may be None."""
        inner = [kind for kind in get_args(self.kind) if kind is not NoneType]
        return inner[0] if inner and get_origin(self.kind) is not Literal else self.kind


@dataclass(frozen=True, slots=True)
class Command:
    """One command. `run` gets its options and the session and returns the exit code.

    What it is called and its summary stand in `command_table`.
    """

    details: Both
    options: type[Any]
    run: Callable[[Any, Session], int]
    examples: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CommandGroup:
    """Commands of two words that share the first one, such as `models list` and `models pull`."""

    name: str
    summary: Both
    details: Both


def parameters_of(options: type[Any]) -> tuple[Parameter, ...]:
    """Return the arguments and options that a dataclass of options declares: its own in order, then inherited ones."""
    hints = get_type_hints(options, include_extras=True)
    own_first = sorted(fields(options), key=lambda field: field.name not in options.__annotations__)
    return tuple(_parameter(field, hints[field.name]) for field in own_first)


def _parameter(field: Field[Any], hint: Any) -> Parameter:  # noqa: ANN401  # a type expression has no type
    kind, *extras = get_args(hint)
    info = next(extra for extra in extras if isinstance(extra, ArgumentInfo | OptionInfo))
    text = next(extra for extra in extras if isinstance(extra, Both))
    default = field.default_factory() if field.default_factory is not MISSING else field.default
    return Parameter(name=field.name, kind=kind, info=info, help=text, default=default)
