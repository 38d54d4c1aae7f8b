"""What every `FeatureIndex` promises, checked on every adapter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from jianwei.errors import IndexCorruptError
from jianwei.images.local_features import FEATURE_DTYPE
from jianwei.indexes.pictures.feature_index import INDEXED_FEATURES, FeatureTableIndex, index_row
from jianwei.ports import FeatureHit, FeatureIndex

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from jianwei.images.local_features import Features

ADAPTERS: dict[str, Callable[[Path], FeatureIndex]] = {"tables": FeatureTableIndex.create}


@pytest.fixture(params=sorted(ADAPTERS))
def make(request: pytest.FixtureRequest) -> Callable[[Path], FeatureIndex]:
    return ADAPTERS[request.param]


@pytest.fixture
def index(make: Callable[[Path], FeatureIndex], tmp_path: Path) -> Iterator[FeatureIndex]:
    made = make(tmp_path / "features")
    yield made
    made.close()


def features(seed: int, count: int = 80) -> Features:
    made = np.zeros(count, FEATURE_DTYPE)
    made["bits"] = np.random.default_rng(seed).integers(1, 2**63, (count, 4), np.uint64)
    return made


def noisy(of: Features, *, bits: int, seed: int = 0) -> Features:
    """Flip some bits of the first 64 of each feature."""
    chance = np.random.default_rng(seed)
    made = of.copy()
    for row in range(len(made)):
        for bit in chance.choice(64, bits, replace=False):
            made["bits"][row, 0] ^= np.uint64(1) << np.uint64(bit)
    return made


def put(index: FeatureIndex, content: dict[int, Features], *, sequence: int = 1, deleted: tuple[int, ...] = ()) -> None:
    rows = np.array([index_row(item) for item in content.values()], np.uint8)
    index.apply(np.array(list(content), np.int64), rows, deleted=deleted, sequence=sequence)


def test_a_new_index_is_empty_and_complete_up_to_nothing(index: FeatureIndex) -> None:
    assert index.sequence == 0
    assert index.search(features(1), limit=5) == []


def test_a_picture_gets_a_vote_for_each_feature_that_is_kept(index: FeatureIndex) -> None:
    put(index, {7: features(1), 9: features(2)}, sequence=4)
    assert index.search(features(1), limit=5) == [FeatureHit(7, INDEXED_FEATURES)]
    assert index.sequence == 4


def test_votes_survive_a_tenth_of_the_bits(index: FeatureIndex) -> None:
    put(index, {number: features(number) for number in range(1, 200)})
    found = index.search(noisy(features(50), bits=6), limit=3)
    assert found[0].picture_no == 50
    assert found[0].votes > INDEXED_FEATURES // 4


def test_features_that_differ_in_more_than_a_quarter_of_the_bits_do_not_vote(index: FeatureIndex) -> None:
    put(index, {1: features(1)})
    assert index.search(noisy(features(1), bits=17), limit=3) == []


def test_one_vote_is_none_and_ties_go_by_number(index: FeatureIndex) -> None:
    put(index, {5: features(1), 3: features(1), 4: features(1, count=1)})
    assert index.search(features(1), limit=9) == [FeatureHit(3, INDEXED_FEATURES), FeatureHit(5, INDEXED_FEATURES)]
    assert index.search(features(1), limit=1) == [FeatureHit(3, INDEXED_FEATURES)]
    assert index.search(features(1), limit=0) == []
    assert index.search(features(1)[:0], limit=9) == []


def test_replacing_and_deleting_show_at_once(index: FeatureIndex) -> None:
    put(index, {1: features(1), 2: features(2)})
    put(index, {1: features(3)}, sequence=2, deleted=(2,))
    assert index.search(features(1), limit=9) == []
    assert index.search(features(2), limit=9) == []
    assert [hit.picture_no for hit in index.search(features(3), limit=9)] == [1]


def test_what_half_the_library_has_says_nothing(index: FeatureIndex) -> None:
    common = features(1, count=1)
    put(index, {number: np.concatenate([common, features(number, count=3)]) for number in range(1, 4200)})
    assert index.search(np.concatenate([common, common]), limit=9) == []
    assert index.search(features(77, count=3), limit=1) == [FeatureHit(77, 3)]


def test_the_index_stays_on_disk_and_damage_is_told(tmp_path: Path) -> None:
    made = FeatureTableIndex.create(tmp_path / "features")
    put(made, {1: features(1)}, sequence=3)
    made.close()
    again = FeatureTableIndex.open(tmp_path / "features")
    assert again.sequence == 3
    assert again.search(features(1), limit=1) == [FeatureHit(1, INDEXED_FEATURES)]
    (tmp_path / "features" / "features.base").write_bytes(b"no index")
    with pytest.raises(IndexCorruptError):
        FeatureTableIndex.open(tmp_path / "features")
