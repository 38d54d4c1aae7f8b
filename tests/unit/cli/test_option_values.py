"""Values of options: read without Pydantic as Typer would read them, and refused in our words."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal

import pytest
import typer

from jianwei.cli.app import build_app
from jianwei.cli.option_values import read_without_pydantic, reader_for

ONE = SimpleNamespace(multiple=False, nargs=1)
MANY = SimpleNamespace(multiple=True, nargs=1)


def _read(annotation: object, value: object, param: object = ONE, minimum: float | None = None) -> object:
    reader = reader_for(annotation, minimum=minimum)
    assert reader is not None
    return reader.coerce(value, param, None)


@pytest.mark.parametrize(
    ("annotation", "typed", "value"),
    [
        (int, "20", 20),
        (int | None, "-3", -3),
        (float, "1e-3", 0.001),
        (str, " 芦荟 ", " 芦荟 "),
        (Path | None, "a/b", Path("a/b")),
        (Literal["zh", "en"] | None, "zh", "zh"),
        (int, 20, 20),
    ],
)
def test_a_value_is_read_by_the_type_of_its_option(annotation: object, typed: object, value: object) -> None:
    assert _read(annotation, typed) == value


def test_what_may_be_repeated_is_a_list_and_empty_where_nothing_is_given() -> None:
    assert _read(list[str], ("芦荟", "胶囊"), MANY) == ["芦荟", "胶囊"]
    assert _read(list[str], None, MANY) == ()
    assert _read(list[Path], ("a",), SimpleNamespace(multiple=False, nargs=-1)) == [Path("a")]


def test_an_option_that_is_not_given_stays_so() -> None:
    assert _read(int | None, None) is None


@pytest.mark.parametrize(
    ("annotation", "typed", "minimum"),
    [(int, "many", None), (float, "dear", None), (Literal["zh", "en"], "fr", None), (int, "0", 1), (float, "nan", 0)],
)
def test_what_cannot_be_used_is_refused(annotation: object, typed: str, minimum: float | None) -> None:
    with pytest.raises(typer.BadParameter, match=typed):
        _read(annotation, typed, minimum=minimum)


@pytest.mark.parametrize("annotation", [bool, tuple[Path, Path], int | str, Any])
def test_other_types_are_left_to_typer(annotation: object) -> None:
    assert reader_for(annotation) is None


def test_every_option_but_flags_and_pairs_of_files_is_read_by_us() -> None:
    program = typer.main.get_command(build_app("en"))
    read_without_pydantic(program)
    left: list[tuple[str, object]] = []
    waiting: list[Any] = [program]
    while waiting:
        command = waiting.pop()
        waiting += getattr(command, "commands", {}).values()
        left += [(param.name, param.type_descriptor.annotation) for param in command.params if not param._runtime_param]

    assert [item for item in left if item[1] is not bool] == [("compare", tuple[Path, Path])]
