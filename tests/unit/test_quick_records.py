"""Records made quickly are those that their class makes, down to what makes them frozen."""

from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError, dataclass, field, fields, replace

import pytest

from jianwei.quick_records import quickly
from jianwei.records import Listing, PictureFacts
from jianwei.search.results import Hit


@dataclass(frozen=True, slots=True)
class Noted:
    name: str
    notes: list[str] = field(default_factory=list)
    number: int = 7


LISTING = Listing(1, "京东:1", "京东", "1", "", "芦荟胶囊", 9.5, "店", "", None, (), (("规格", "30粒"),), None)


def test_what_is_made_quickly_is_equal_and_of_the_very_class() -> None:
    values = [getattr(LISTING, item.name) for item in fields(Listing)]
    made = quickly(Listing)(*values)
    assert type(made) is Listing
    assert (made, hash(made), repr(made)) == (LISTING, hash(LISTING), repr(LISTING))
    assert pickle.loads(pickle.dumps(made)) == LISTING
    assert replace(made, title="面膜").title == "面膜"


def test_what_is_made_quickly_is_frozen() -> None:
    made = quickly(PictureFacts)("ab", "png", 1, 2, 3)
    with pytest.raises(FrozenInstanceError):
        made.frames = 2  # type: ignore[misc]  # what is asked here
    assert not hasattr(made, "__dict__")


def test_defaults_are_those_of_the_class_and_never_shared() -> None:
    make = quickly(Noted)
    one, other = make("a"), make(name="b", number=8)
    one.notes.append("x")
    assert (one, other) == (Noted("a", ["x"]), Noted("b", [], 8))


def test_a_field_too_few_or_unknown_is_refused_as_by_the_class() -> None:
    with pytest.raises(TypeError, match="name"):
        quickly(Noted)()  # type: ignore[call-arg]  # what is asked here
    with pytest.raises(TypeError, match="colour"):
        quickly(Noted)("a", colour="red")  # type: ignore[call-arg]  # what is asked here


def test_every_default_of_a_hit_is_kept() -> None:
    assert quickly(Hit)(1, LISTING, 0.5, {}, (), (), None, 0) == Hit(1, LISTING, 0.5, {}, (), (), None, 0)


def test_classes_that_check_their_fields_or_have_no_slots_are_refused() -> None:
    @dataclass(frozen=True, slots=True)
    class Checked:
        name: str

        def __post_init__(self) -> None:
            raise ValueError(self.name)

    @dataclass(frozen=True)
    class Open:
        name: str

    for refused in (Checked, Open):
        with pytest.raises(TypeError, match="slots"):
            quickly(refused)
