from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.errors import ModelError
from jianwei.risk.learnt.text_grams import GRAM_BITS, character_grams, sound_grams
from jianwei.risk.learnt.text_model import TextModel, TextWeights, packaged_text_model, packed, unpacked

ANY_TEXT = st.text(st.characters(exclude_categories=()), max_size=40)


def number_of(run: str) -> int:
    grams = character_grams([run])
    return int(grams.numbers[grams.lengths == len(run)][0])


def small_model(words: dict[str, float], harmless: tuple[str, ...] = ()) -> TextModel:
    """Return a model of one category that knows some runs, each with its weight; against any violation if harmless."""
    rows = sorted((number_of(run), weight, -weight if run in harmless else weight) for run, weight in words.items())
    return TextModel(
        TextWeights(
            ("a",),
            np.array([row[0] for row in rows], np.uint32),
            np.array([row[1:] for row in rows], np.float32),
            np.ones(len(rows), np.float32),
            curve=(4.0, -2.0),
            curve_of_any=(4.0, -2.0),
        ),
        "v",
    )


def chance_of(model: TextModel, text: str) -> float:
    return float(model.chances([text], [""])[0, 0])


def test_a_text_has_its_runs_of_one_to_three_characters() -> None:
    grams = character_grams(["甲乙丙", "丁"])
    runs = sorted(zip(grams.rows.tolist(), grams.starts.tolist(), grams.lengths.tolist(), strict=True))
    assert runs == [(0, 0, 1), (0, 0, 2), (0, 0, 3), (0, 1, 1), (0, 1, 2), (0, 2, 1), (1, 0, 1)]
    assert grams.numbers.max() < 1 << GRAM_BITS


def test_sounds_and_characters_are_numbered_apart() -> None:
    assert number_of("甲乙") not in sound_grams(["甲乙"]).numbers.tolist()


@settings(deadline=None)
@given(st.lists(ANY_TEXT, max_size=5))
def test_runs_of_a_text_do_not_depend_on_the_texts_beside_it(texts: list[str]) -> None:
    together = character_grams(texts)
    for row, text in enumerate(texts):
        alone = character_grams([text])
        assert sorted(together.numbers[together.rows == row].tolist()) == sorted(alone.numbers.tolist())


def test_a_score_is_the_mean_direction_of_the_runs_met() -> None:
    model = small_model({"甲": 1.0, "乙": 0.0})
    # One run met: its weight; two: their sum over the length of (1, 1).
    assert chance_of(model, "甲") == pytest.approx(1 / (1 + np.exp(-(4 * 1.0 - 2))), abs=1e-6)
    assert chance_of(model, "甲。乙") == pytest.approx(1 / (1 + np.exp(-(4 / np.sqrt(2) - 2))), abs=1e-6)
    assert chance_of(model, "甲甲甲") == chance_of(model, "甲")


def test_a_text_of_nothing_known_has_no_chance() -> None:
    model = small_model({"甲": 1.0})
    assert model.chances(["", "乙丙", "甲"], ["", "", ""])[:2].tolist() == [[0.0, 0.0], [0.0, 0.0]]
    assert model.chances([], []).shape == (0, 2)
    assert packaged_text_model().chances([""], [""]).max() == 0


def test_what_tells_is_shown_where_it_stands() -> None:
    told = small_model({"甲乙": 1.0, "丙": -1.0}).telling("丁甲乙丙", "a")
    assert told.tolist() == [0.0, 4.0, 4.0, -8.0]  # 4 for each step of both curves


def test_goods_that_harmless_texts_name_too_tell_nothing_beside_what_is_claimed() -> None:
    told = small_model({"茶": 2.0, "降糖": 1.0}, harmless=("茶",)).telling("降糖茶", "a")
    assert told.tolist() == [4.0, 4.0, 0.0]


def test_of_a_cure_by_food_or_cosmetics_the_claim_is_shown_and_not_the_goods() -> None:
    told = packaged_text_model().telling("刷酸水治毛囊炎鸡皮肤医美级", "cosmetic_medical_claim")
    assert told[4:7].min() > told[:3].max()


def test_a_model_survives_its_file() -> None:
    chance = np.random.default_rng(1)
    learnt = TextWeights(
        ("a", "b"),
        np.array([3, 90_000, (1 << GRAM_BITS) - 1], np.uint32),
        chance.normal(size=(3, 3)).astype(np.float32),
        np.array([1, 2, 3], np.float32),
        curve=(5.0, -1.0),
        curve_of_any=(3.0, 0.0),
    )
    data = packed(learnt)
    model, text = unpacked(data), "任意的文字"
    assert model.categories == ("a", "b")
    assert model.version == unpacked(data).version != packaged_text_model().version
    direct = TextModel(learnt, "").chances([text], [text])
    np.testing.assert_allclose(model.chances([text], [text]), direct, atol=0.05)


EMPTY = TextWeights((), np.zeros(0, np.uint32), np.zeros((0, 1), np.float32), np.zeros(0, np.float32), (1, 0), (1, 0))


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 no archive", packed(EMPTY)[:-30]])
def test_a_damaged_file_is_refused_with_the_way_on(data: bytes) -> None:
    with pytest.raises(ModelError, match="JIANWEI_TEXT_MODEL=false"):
        unpacked(data)
