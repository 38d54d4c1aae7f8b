import inspect

import pytest

from jianwei import errors
from jianwei.errors import JianweiError, PictureFetchError

ALL = [item for _, item in inspect.getmembers(errors, inspect.isclass) if issubclass(item, JianweiError)]


@pytest.mark.parametrize("kind", ALL)
def test_every_error_is_in_the_tree_drawn_at_the_top(kind: type[JianweiError]) -> None:
    assert kind.__name__ in (errors.__doc__ or "")


def test_codes_tell_errors_apart() -> None:
    assert len({kind.code for kind in ALL}) == len(ALL)


def test_an_error_speaks_both_languages_and_keeps_its_facts() -> None:
    error = PictureFetchError("gone: a.jpg", zh="找不到：a.jpg", reason="not-found", location="a.jpg")
    assert error.text("en") == str(error) == "gone: a.jpg"
    assert error.text("zh") == "找不到：a.jpg"
    assert error.facts == {"reason": "not-found", "location": "a.jpg"}
    assert not error.transient
