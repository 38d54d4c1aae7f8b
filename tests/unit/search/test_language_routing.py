from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jianwei.errors import QueryError
from jianwei.search.language_routing import choose_spaces, named_space, route_language

CHINESE, ENGLISH, ANY, BOTH = "cn@1", "en@1", "multi@1", "both@1"
LANGUAGES = {CHINESE: ("zh",), ENGLISH: ("en",), ANY: ("multi",), BOTH: ("zh", "en")}


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("减肥药", "zh"),
        ("國產降壓藥", "zh"),
        ("T恤", "zh"),
        ("日式の风格", "zh"),
        ("苹果手机壳 iPhone", "zh"),
        ("iPhone手机壳", "mixed"),
        ("VC面膜", "mixed"),
        ("red 裙子 dress 好看", "mixed"),
        ("red dress", "en"),
        ("ｒｅｄ ｄｒｅｓｓ", "en"),
        ("café chair", "en"),
        ("the 药 is good for your health", "en"),
        ("日本のおいしい化粧水です", "other"),
        ("한국 화장품", "other"),
        ("платье", "other"),
        ("tiếng Việt đẹp", "other"),
        ("", "other"),
        ("123 % 😀", "other"),
    ],
)
def test_the_characters_tell_the_language(text: str, language: str) -> None:
    assert route_language(text) == language


@pytest.mark.parametrize(
    ("text", "known", "chosen"),
    [
        ("减肥药", [ENGLISH, ANY, CHINESE], (CHINESE,)),
        ("减肥药", [ENGLISH, ANY], (ANY,)),
        ("减肥药", [ENGLISH, BOTH, CHINESE], (BOTH,)),
        ("red dress", [CHINESE, ENGLISH], (ENGLISH,)),
        ("red dress", [BOTH, ENGLISH], (ENGLISH,)),
        ("red dress", [CHINESE, BOTH], (BOTH,)),
        ("VC面膜", [CHINESE, ENGLISH, ANY], (ANY,)),
        ("VC面膜", [CHINESE, BOTH], (BOTH,)),
        ("VC面膜", [ENGLISH, CHINESE], (CHINESE, ENGLISH)),
        ("한국", [CHINESE, ANY], (ANY,)),
    ],
)
def test_words_go_to_the_space_that_knows_them(text: str, known: list[str], chosen: tuple[str, ...]) -> None:
    choice = choose_spaces(text, {space: LANGUAGES[space] for space in known})
    assert choice.spaces == chosen
    assert "because" in choice.explanation
    assert "因为" in choice.explanation_zh


@pytest.mark.parametrize(
    ("text", "known"), [("red dress", CHINESE), ("减肥药", ENGLISH), ("VC面膜", CHINESE), ("한국", CHINESE)]
)
def test_the_only_space_answers_with_a_warning(text: str, known: str) -> None:
    choice = choose_spaces(text, {known: LANGUAGES[known]})
    assert choice.spaces == (known,)
    assert "though" in choice.explanation
    assert "但" in choice.explanation_zh


def test_of_equals_the_first_is_taken() -> None:
    assert choose_spaces("减肥药", {"b@1": ("zh",), "a@1": ("zh",)}).spaces == ("b@1",)


def test_the_user_may_choose() -> None:
    choice = choose_spaces("减肥药", LANGUAGES, wanted=ENGLISH)
    assert choice.spaces == (ENGLISH,)
    assert "as asked" in choice.explanation


def test_an_unknown_space_is_refused_with_the_known_ones() -> None:
    with pytest.raises(QueryError, match=r"x@1.*cn@1"):
        choose_spaces("减肥药", LANGUAGES, wanted="x@1")


def test_a_space_may_be_named_by_its_model() -> None:
    assert choose_spaces("减肥药", LANGUAGES, wanted="en").spaces == (ENGLISH,)
    assert named_space("remote:a@b", ["remote:a@b@remote", "remote:a@c"]) == "remote:a@b@remote"


def test_a_model_with_several_spaces_names_none_of_them() -> None:
    with pytest.raises(QueryError, match=r"Known: m@1, m@2\."):
        named_space("m", ["m@1", "n@1", "m@2"])


def test_a_library_without_spaces_says_how_to_get_one() -> None:
    with pytest.raises(QueryError, match="jianwei embed"):
        choose_spaces("减肥药", {})


@given(st.text(max_size=60), st.sets(st.sampled_from(sorted(LANGUAGES)), min_size=1))
def test_every_query_finds_a_space(text: str, known: set[str]) -> None:
    choice = choose_spaces(text, {space: LANGUAGES[space] for space in sorted(known)})
    assert choice.spaces
    assert set(choice.spaces) <= known
