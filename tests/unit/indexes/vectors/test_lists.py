"""Approximate search at a size where it is approximate: 20,000 vectors in lists, against an exact search."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest

from jianwei.indexes.vectors.compact import lists_in_memory
from jianwei.indexes.vectors.header import LEAST_SPARE
from jianwei.indexes.vectors.options import VectorIndexOptions
from jianwei.indexes.vectors.vector_index import FaissVectorIndex

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from jianwei.ports import VectorHits

COUNT, DIMS, CENTRES, QUERIES, K = 20_000, 64, 400, 100, 10
OPTIONS = VectorIndexOptions(flat_below=1000, sample=128)

# Half of float16's last place in each coordinate; they do not all err to the same side.
TOLERANCE = 5e-4


def made(count: int, seed: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return unit vectors around common centres, and their centres; near enough that clusters touch."""
    centres = np.random.default_rng(0).standard_normal((CENTRES, DIMS))
    random = np.random.default_rng(seed)
    of = random.integers(0, CENTRES, count)
    rows = centres[of] + 0.9 * random.standard_normal((count, DIMS))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32), of


VECTORS, OF = made(COUNT, 1)
QUESTIONS, _ = made(QUERIES, 2)
KEYS = np.arange(COUNT) * 7 + 3  # spread, and unlike row numbers


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("lists") / "vectors"
    index = FaissVectorIndex.create(path, dims=DIMS, options=OPTIONS)
    index.apply(KEYS, VECTORS, deleted=(), sequence=1)
    return path


@pytest.fixture
def index(folder: Path) -> FaissVectorIndex:
    return FaissVectorIndex.open(folder, options=OPTIONS)


def recall(hits: VectorHits, allowed: NDArray[np.bool_], k: int) -> float:
    exact = np.where(allowed, QUESTIONS @ VECTORS.T, -np.inf)
    nearest = KEYS[np.argsort(-exact, axis=1)[:, :k]]
    return float((nearest[:, :, None] == hits.keys[:, None, :]).any(axis=2).mean())


def test_the_recall_noted_is_that_of_queries_that_were_not_used_to_tune(index: FaissVectorIndex) -> None:
    everything = np.ones(COUNT, np.bool_)
    noted = index.header.steps[0].recall
    assert noted >= OPTIONS.recall_target
    assert recall(index.search(QUESTIONS, k=K), everything, K) >= noted - 0.02
    assert index.header.steps[0].probes < 512 / 4  # it is not found by looking everywhere


@pytest.mark.parametrize("share", [0.5, 0.2, 0.1, 0.06])
def test_filters_keep_the_recall(index: FaissVectorIndex, share: float) -> None:
    allowed = np.random.default_rng(3).random(COUNT) < share
    hits = index.search(QUESTIONS, k=K, allowed=KEYS[allowed])
    assert np.isin(hits.keys, KEYS[allowed]).all()
    assert recall(hits, allowed, K) >= 0.97


def test_few_allowed_vectors_are_searched_exactly(index: FaissVectorIndex) -> None:
    allowed = np.random.default_rng(3).random(COUNT) < 0.03
    hits = index.search(QUESTIONS, k=K, allowed=KEYS[allowed])
    exact = np.sort(np.where(allowed, QUESTIONS @ VECTORS.T, -np.inf), axis=1)[:, : -K - 1 : -1]
    np.testing.assert_allclose(hits.scores, exact, atol=TOLERANCE)  # scores, because float16 may swap near equals


@pytest.mark.parametrize(("share", "k"), [(0.1, 10), (0.1, 200), (0.4, 200)])
def test_a_filter_that_is_asked_again_finds_the_same(
    index: FaissVectorIndex, monkeypatch: pytest.MonkeyPatch, share: float, k: int
) -> None:
    keys = KEYS[np.random.default_rng(3).random(COUNT) < share]
    first = index.search(QUESTIONS, k=k, allowed=keys)
    keys.flags.writeable = False  # as the catalog lends them: only such are known again
    copies = []

    def noted(rows: NDArray[np.int64], codes: NDArray[np.uint8], counts: NDArray[np.int64]) -> object:
        copies.append(len(rows))
        return lists_in_memory(rows, codes, counts)

    monkeypatch.setattr("jianwei.indexes.vectors.lists.lists_in_memory", noted)
    for _ in range(30):
        again = index.search(QUESTIONS, k=k, allowed=keys)
    assert copies == [len(keys)]
    assert np.array_equal(again.keys, first.keys)
    assert np.array_equal(again.scores, first.scores)


def test_a_filter_that_is_asked_again_finds_all_that_it_lets_pass(index: FaissVectorIndex) -> None:
    keys = KEYS[:3000]
    keys.flags.writeable = False
    for _ in range(3):
        assert (np.sort(index.search(QUESTIONS[:3], k=3000, allowed=keys).keys) == keys).all()


def test_a_filter_far_from_the_query_keeps_the_recall(index: FaissVectorIndex) -> None:
    allowed = OF % 10 == 0  # a tenth of the clusters: nine queries in ten have their own cluster filtered away
    assert recall(index.search(QUESTIONS, k=K, allowed=KEYS[allowed]), allowed, K) >= 0.97


@pytest.mark.parametrize("k", [50, 200])
def test_many_neighbours_keep_the_recall(index: FaissVectorIndex, k: int) -> None:
    assert recall(index.search(QUESTIONS, k=k), np.ones(COUNT, np.bool_), k) >= 0.97


def test_k_rows_are_found_wherever_there_are_k(index: FaissVectorIndex) -> None:
    hits = index.search(QUESTIONS[:3], k=COUNT + 5)
    assert (np.sort(hits.keys[:, :COUNT]) == KEYS).all()
    assert (hits.keys[:, COUNT:] == -1).all()
    allowed = KEYS[:3000]
    assert (np.sort(index.search(QUESTIONS[:3], k=3000, allowed=allowed).keys) == allowed).all()


def test_scores_are_exact_and_do_not_rise(index: FaissVectorIndex) -> None:
    hits = index.search(QUESTIONS, k=K)
    rows = VECTORS[(hits.keys - 3) // 7]
    np.testing.assert_allclose(hits.scores, np.einsum("qd,qkd->qk", QUESTIONS, rows), atol=TOLERANCE)
    assert (np.diff(hits.scores) <= 0).all()
    np.testing.assert_allclose(index.score(QUESTIONS[:1], hits.keys[0])[0], hits.scores[0], atol=1e-6)


def test_one_query_finds_what_it_finds_among_many(index: FaissVectorIndex) -> None:
    together = index.search(QUESTIONS, k=K)
    for at in range(0, QUERIES, 10):
        alone = index.search(QUESTIONS[at : at + 1], k=K)
        assert alone.keys.tolist() == together.keys[at : at + 1].tolist()


def test_changes_in_the_base_and_beside_it_are_honoured(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "vectors"
    copy.mkdir()
    for path in folder.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    index = FaissVectorIndex.open(copy, options=OPTIONS)
    first = index.search(QUESTIONS[:1], k=3).keys[0]
    index.apply(np.array([1]), QUESTIONS[:1], deleted=[int(first[0])], sequence=2)  # beside the base
    index.apply(first[1:2], QUESTIONS[1:2], deleted=(), sequence=3)  # moved away
    assert index.search(QUESTIONS[:1], k=2).keys.tolist() == [[1, int(first[2])]]
    assert index.search(QUESTIONS[1:2], k=1).keys.tolist() == [[int(first[1])]]
    allowed = KEYS[: COUNT // 2]
    assert not np.isin(index.search(QUESTIONS[:1], k=50, allowed=allowed).keys, first[:2]).any()
    index.apply(np.array([], np.int64), np.empty((0, DIMS), np.float32), deleted=[1], sequence=4)
    assert index.search(QUESTIONS[:1], k=1).keys.tolist() == [[int(first[2])]]
    assert len(index) == COUNT - 1


def test_tuning_with_strange_questions_looks_into_more_lists_and_is_kept(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "vectors"
    copy.mkdir()
    for path in folder.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    index = FaissVectorIndex.open(copy, options=OPTIONS)
    before = index.header.steps[0]
    random = np.random.default_rng(5).standard_normal((100, DIMS)).astype(np.float32)  # near no cluster at all
    index.tune(random / np.linalg.norm(random, axis=1, keepdims=True))
    after = index.header.steps[0]
    assert after.probes > 2 * before.probes
    assert after.recall >= OPTIONS.recall_target
    assert FaissVectorIndex.open(copy).header.steps[0] == after
    keys = np.arange(1_000_000, 1_001_200)
    index.apply(keys, made(1200, 6)[0], deleted=(), sequence=2)  # a new base
    assert index.header.count == COUNT + 1200
    assert index.header.steps[0].probes > 2 * before.probes


def test_a_list_that_outgrew_the_others_is_searched_like_them(tmp_path: Path) -> None:
    rows = np.repeat(VECTORS[:10], 300, axis=0)
    index = FaissVectorIndex.create(tmp_path / "vectors", dims=DIMS, options=OPTIONS)
    index.apply(np.arange(3000), rows, deleted=(), sequence=1)
    hits = index.search(VECTORS[:1], k=300)
    assert sorted(hits.keys[0].tolist()) == list(range(300))


def test_where_codes_cannot_tell_neighbours_apart_more_of_them_are_read(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    centres = np.repeat(random.standard_normal((25, DIMS)), 161, axis=0) / np.sqrt(DIMS)
    rows = centres + 0.001 * random.standard_normal(centres.shape)  # within what one step of a code spans
    vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    asked, kept = vectors[::161], np.flatnonzero(np.arange(len(vectors)) % 161)
    index = FaissVectorIndex.create(tmp_path / "vectors", dims=DIMS, options=OPTIONS)
    index.apply(kept, vectors[kept], deleted=(), sequence=1)
    assert index.header.steps[0].spare > LEAST_SPARE
    assert index.header.steps[0].recall >= OPTIONS.recall_target
    halves = vectors[kept].astype(np.float16).astype(np.float32)  # what exact scores are those of
    nearest = kept[np.argsort(-(asked @ halves.T), axis=1)[:, :K]]
    found = index.search(asked, k=K).keys
    assert (nearest[:, :, None] == found[:, None, :]).any(axis=2).mean() >= 0.95


def test_originals_come_as_they_are_whether_they_stand_together_or_apart(index: FaissVectorIndex) -> None:
    chance = np.random.default_rng(4)
    near = np.unique(chance.integers(3000, 3200, 60))  # read with what lies between
    asked = KEYS[chance.permutation(np.concatenate([near, near[:3], chance.integers(0, COUNT, 40)]))]
    scores = index.score(QUESTIONS[:3], np.append(asked, 1))  # 1 is no key
    assert np.isneginf(scores[:, -1]).all()
    exact = QUESTIONS[:3] @ VECTORS[(asked - 3) // 7].T
    assert np.abs(scores[:, :-1] - exact).max() < TOLERANCE


def test_scores_of_lent_keys_follow_changes(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "own")
    index = FaissVectorIndex.open(tmp_path / "own", options=OPTIONS)
    lent = KEYS[:50].copy()
    lent.flags.writeable = False
    before = index.score(QUESTIONS[:2], lent)
    assert np.array_equal(index.score(QUESTIONS[:2], lent), before)
    index.apply(KEYS[:1], QUESTIONS[:1], deleted=[int(KEYS[1])], sequence=2)
    after = index.score(QUESTIONS[:2], lent)
    assert after[0, 0] == pytest.approx(1.0, abs=2e-3)
    assert np.isneginf(after[:, 1]).all()
    assert np.array_equal(after[:, 2:], before[:, 2:])
