"""Build the Typer application from the table of commands, in one language.

Only the commands that the arguments may ask for are loaded.

Each command becomes a function with the signature of its options; around it stands the one place that turns errors into
messages and exit codes.
"""

from __future__ import annotations

import inspect
import os
from dataclasses import MISSING, fields
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from jianwei.cli.command_table import ENTRIES, GROUPS, Entry
from jianwei.cli.common_options import CommonOptions
from jianwei.cli.complaints import INTERRUPTED, complain, complain_of_bug
from jianwei.cli.exit_codes import INTERRUPTED as INTERRUPTED_CODE
from jianwei.cli.exit_codes import OK, PIPE_CLOSED, USAGE
from jianwei.cli.help_page import command_page, group_page, program_page
from jianwei.cli.session import Session, write_error_line
from jianwei.cli.specification import Command, parameters_of
from jianwei.errors import JianweiError
from jianwei.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from jianwei.errors import Language


def build_app(
    language: Language, environment: Mapping[str, str] | None = None, arguments: Sequence[str] | None = None
) -> typer.Typer:
    """Return the application that speaks `language`; `environment` is that of the process unless given.

    With the `arguments` of a command line it knows only the commands that they may ask for.
    """
    surroundings = os.environ if environment is None else environment
    version = _eager("version", ("--version",), lambda: f"jianwei {__version__}")
    app = _typer(lambda: program_page(ENTRIES, language), (version,))
    homes = {"": app}
    for group in GROUPS:
        homes[group.name] = _typer(partial(group_page, group, ENTRIES, language))
        app.add_typer(homes[group.name], name=group.name, add_help_option=False)
    for entry in ENTRIES:
        if arguments is None or entry.is_named_by(arguments):
            group_name, _, name = entry.name.rpartition(" ")
            homes[group_name].command(name, add_help_option=False)(_function(entry, language, surroundings))
    return app


def _typer(page: Callable[[], str], more: tuple[inspect.Parameter, ...] = ()) -> typer.Typer:
    """Make an application, or a group of commands, that shows its page where no command is named."""

    def root(context: typer.Context, **_: object) -> None:
        if context.invoked_subcommand is None:
            typer.echo(page(), err=True)
            raise typer.Exit(USAGE)

    # Completion and help are switched off because both speak English only; help is our own.
    app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None)
    _sign(root, CommonOptions, (*more, _eager("help", ("--help", "-h"), page)))
    app.callback(invoke_without_command=True, add_help_option=False)(root)
    return app


def _function(entry: Entry, language: Language, environment: Mapping[str, str]) -> Callable[..., None]:
    command = entry.load()

    def invoke(context: typer.Context, **values: Any) -> None:  # noqa: ANN401  # the types are those of the options
        common = _common(context, values)
        own = {field.name: values[field.name] for field in fields(command.options)}
        code = _run(command, own, Session(common.lang or language, common, environment))
        if code != OK:
            raise typer.Exit(code)

    page = _eager("help", ("--help", "-h"), lambda: command_page(entry, language))
    _sign(invoke, command.options, (*_signature(CommonOptions), page))
    return invoke


def _run(command: Command, own: dict[str, Any], session: Session) -> int:
    as_json = session.json
    try:
        return command.run(command.options(**own), session)
    except JianweiError as error:
        return complain(error, session.language, as_json=as_json)
    except KeyboardInterrupt:
        write_error_line(session.say(INTERRUPTED))
        return INTERRUPTED_CODE
    except BrokenPipeError:
        return PIPE_CLOSED
    except Exception as error:  # noqa: BLE001  # the last line of defence: a person sees a sentence, not a traceback
        return complain_of_bug(error, session.language, as_json=as_json, debug=session.options.debug)


def _common(context: typer.Context, values: Mapping[str, Any]) -> CommonOptions:
    """Take each common option from where it was given: after the command, else before it, the nearest first."""
    given: list[Mapping[str, Any]] = [values]
    above = context.parent
    while above is not None:
        given.append(above.params)
        above = above.parent
    names = [field.name for field in fields(CommonOptions)]
    chosen = {name: next((level[name] for level in given if level.get(name)), values[name]) for name in names}
    return CommonOptions(**chosen)


def _sign(function: Callable[..., None], options: type[Any], more: tuple[inspect.Parameter, ...]) -> None:
    context = inspect.Parameter("context", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)
    signature = inspect.Signature([context, *_signature(options), *more])
    function.__signature__ = signature  # type: ignore[attr-defined]  # inspect reads it, function types do not declare it


def _signature(options: type[Any]) -> tuple[inspect.Parameter, ...]:
    return tuple(
        inspect.Parameter(
            parameter.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if parameter.default is MISSING else parameter.default,
            annotation=Annotated[parameter.kind, parameter.info],
        )
        for parameter in parameters_of(options)
    )


def _eager(name: str, flags: tuple[str, ...], page: Callable[[], str]) -> inspect.Parameter:
    """Make a flag that prints a page and ends the program before anything else is checked."""

    def show(value: bool) -> None:  # noqa: FBT001  # Typer calls it with the value of the flag
        if value:
            try:
                typer.echo(page())
            except BrokenPipeError as error:
                raise typer.Exit(PIPE_CLOSED) from error
            raise typer.Exit

    option = typer.Option(*flags, is_eager=True, callback=show)
    kind = inspect.Parameter.KEYWORD_ONLY
    return inspect.Parameter(name, kind, default=False, annotation=Annotated[bool, option])
