from __future__ import annotations

import inspect

import pytest

from jianwei import errors
from jianwei.cli.exit_codes import exit_code_of
from jianwei.errors import JianweiError

CLASSES = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, JianweiError)]
EXPECTED = {
    "QueryError": 2,
    "MappingError": 2,
    "SettingsError": 2,
    "JudgementError": 2,
    "PictureDecodeError": 2,
    "NotFoundError": 3,
    "WriterLockedError": 4,
    "StorageFullError": 5,
}


@pytest.mark.parametrize("kind", CLASSES)
def test_every_error_has_one_exit_code(kind: type[JianweiError]) -> None:
    error = kind.__new__(kind)

    assert exit_code_of(error) == EXPECTED.get(kind.__name__, 1)


def test_an_error_of_a_later_class_takes_the_code_of_the_class_above() -> None:
    class NoSuchShop(errors.NotFoundError):
        pass

    assert exit_code_of(NoSuchShop("x", zh="x")) == 3
