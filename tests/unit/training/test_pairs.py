from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jianwei.errors import SettingsError, TrainingError
from jianwei.training.batches import Batch, epoch_batches, same_thing, steps_of
from jianwei.training.options import TrainingOptions
from jianwei.training.pairs import ALIKE_BITS, TrainingPair, check_pairs, divide, families_of


def pair(number: int, **changes: object) -> TrainingPair:
    values = {"picture": f"p{number}", "texts": (f"标题{number}",), "product": f"demo:{number}"} | changes
    return TrainingPair(**values)  # type: ignore[arg-type]


PAIRS = st.lists(st.builds(pair, st.integers(0, 30), product=st.integers(0, 9).map(str)), min_size=2, max_size=40)


@given(PAIRS, st.floats(0.01, 0.9), st.integers(0, 5))
def test_nothing_that_belongs_together_is_on_both_sides(pairs: list[TrainingPair], share: float, seed: int) -> None:
    if len(set(families_of(pairs))) < 2:
        with pytest.raises(TrainingError, match="connected"):
            divide(pairs, share=share, seed=seed)
        return
    division = divide(pairs, share=share, seed=seed)
    assert len(division.training) + len(division.validation) == len(pairs)
    assert division.training
    assert division.validation
    sides = [
        {value for item in side for value in (f"p {item.product}", f"s {item.picture}", f"t {item.title}")}
        for side in (division.training, division.validation)
    ]
    assert not sides[0] & sides[1]
    assert divide(pairs, share=share, seed=seed) == division


def test_pictures_that_look_alike_are_one_family() -> None:
    first = bytes(32)
    near = bytes([0xFF] * 3 + [0x7F] + [0] * 28)
    far = bytes([0xFF] * 4 + [0] * 28)
    assert sum(byte.bit_count() for byte in near) == ALIKE_BITS
    one, two, three = families_of([pair(1, pdq=first), pair(2, pdq=near), pair(3, pdq=far[::-1])])
    assert (one == two, one == three) == (True, False)


def test_titles_are_compared_without_case_and_width() -> None:
    one, two = families_of([pair(1, texts=("ＡＢＣ 茶",)), pair(2, texts=("abc 茶",))])
    assert one == two


def test_no_share_keeps_everything_to_learn_from() -> None:
    pairs = [pair(number) for number in range(5)]
    assert divide(pairs, share=0, seed=0).validation == ()


@pytest.mark.parametrize(
    ("pairs", "told"),
    [
        ([], r"no pair.*3 had no readable picture"),
        ([pair(1), pair(2, product="demo:1")], "All 2 pairs are of one product"),
        ([pair(1), pair(2, texts=("标题1",))], "All 2 pairs are of one title"),
    ],
)
def test_what_teaches_nothing_is_refused(pairs: list[TrainingPair], told: str) -> None:
    with pytest.raises(TrainingError, match=told) as caught:
        check_pairs(pairs, skipped=3)
    assert caught.value.text("zh") != caught.value.message


@pytest.mark.parametrize(
    "changes",
    [
        {"epochs": 0},
        {"batch": 1},
        {"part": 0},
        {"learning_rate": 0.0},
        {"learning_rate": float("nan")},
        {"hidden_patches": 1.0},
        {"hard_negatives": 1.1},
        {"validation_share": -0.1},
        {"patience": -1},
        {"method": "some"},
        {"lora_rank": 0},
    ],
    ids=str,
)
def test_options_that_cannot_be_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(SettingsError, match=rf"{next(iter(changes))} is .*Allowed"):
        replace(TrainingOptions(), **changes).checked()  # type: ignore[arg-type]


@given(st.integers(2, 60), st.integers(2, 20), st.floats(0, 1), st.integers(0, 3))
def test_an_epoch_sees_every_pair_once_and_is_always_the_same(count: int, batch: int, hard: float, epoch: int) -> None:
    pairs = [pair(number, category=str(number % 3)) for number in range(count)]
    options = TrainingOptions(batch=batch, hard_negatives=hard)
    batches = epoch_batches(pairs, options, epoch)
    seen = np.concatenate([item.numbers for item in batches]).tolist()
    assert len(set(seen)) == len(seen) == count - (count % batch == 1)
    assert len(batches) == steps_of(count, batch)
    again = epoch_batches(pairs, options, epoch)
    assert all(np.array_equal(one.numbers, two.numbers) for one, two in zip(batches, again, strict=True))


def test_hard_negatives_bring_pairs_of_one_category_together() -> None:
    pairs = [pair(number, category=str(number % 20)) for number in range(400)]

    def neighbours(share: float) -> int:
        order = np.concatenate([b.numbers for b in epoch_batches(pairs, TrainingOptions(hard_negatives=share), 0)])
        return sum(pairs[one].category == pairs[two].category for one, two in pairwise(order))

    assert neighbours(1.0) > 300
    assert neighbours(0.0) < 50


def test_every_text_of_a_pair_gets_its_turn() -> None:
    pairs = [pair(number, texts=(f"标题{number}", f"图说{number}")) for number in range(20)]
    texts = {text for epoch in range(8) for b in epoch_batches(pairs, TrainingOptions(), epoch) for text in b.texts}
    assert len(texts) == 40


def test_duplicates_are_no_negatives() -> None:
    pairs = [
        pair(0),
        pair(1, product="demo:0"),
        pair(2, picture="p0"),
        pair(3, texts=("标题0",)),
        pair(4, texts=("别的", "标题5")),
        pair(5),
    ]
    batch = Batch(np.arange(6), ("标题0", "标题1", "标题2", "标题0", "标题5", "标题5"))
    same = same_thing(pairs, batch)
    assert same[0].tolist() == [False, True, True, True, False, False]
    assert same[4].tolist() == [False] * 5 + [True]
    assert (same == same.T).all()
