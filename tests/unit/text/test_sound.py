from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jianwei.text.fold import fold_text
from jianwei.text.sound import SILENCE, everyday_syllables, sound_of, sound_pairs, syllables


@pytest.mark.parametrize(
    ("one", "other"),
    [("微信", "薇芯"), ("微信", "vx"), ("微信", "wx"), ("微信", "v信"), ("治疗", "智疗"), ("減肥", "减腓")],
)
def test_texts_of_the_same_syllables_sound_alike(one: str, other: str) -> None:
    assert sound_pairs(fold_text(one)) == sound_pairs(fold_text(other)) != []


@pytest.mark.parametrize(("one", "other"), [("微信", "微商"), ("难", "兰"), ("行", "航"), ("微信", "信微")])
def test_texts_of_other_syllables_do_not(one: str, other: str) -> None:
    assert sound_of(one) != sound_of(other)


def test_everyday_syllables_are_those_of_common_characters_each_with_one_reading() -> None:
    every, common = syllables(), everyday_syllables()
    assert set("".join(common.values())) < set("".join(every.values()))
    assert all(set(characters) <= set(every[name]) for name, characters in common.items())
    assert len("".join(common.values())) == len(set("".join(common.values()))) > 6700
    assert "薇" in common["wei"]
    assert ("僾" in every["ai"], "僾" in common["ai"]) == (True, False)  # GB 2312 does not have it


@pytest.mark.parametrize("text", ["", "信", "abc", "v", "微-信", "微\n信", "微。信", "xvii"])
def test_there_is_no_pair_without_two_neighbouring_syllables(text: str) -> None:
    assert sound_pairs(text) == []


@given(st.text(max_size=40))
def test_the_sound_of_a_text_has_its_length_and_sounds_like_itself(text: str) -> None:
    folded = fold_text(text)
    heard = sound_of(folded)
    assert len(heard) == len(folded)
    assert sound_of(heard) == heard


@given(st.text(alphabet="微信薇芯减肥抗癌 vxa", max_size=12), st.text(alphabet="加vx信微", max_size=6))
def test_the_sound_of_a_part_is_heard_in_the_whole(before: str, part: str) -> None:
    if not part or part[0] in "vx" or part[-1] in "vx":
        return  # Latin letters are heard as whole words only
    assert sound_of(part) in sound_of(before + SILENCE + part)
