from __future__ import annotations

import numpy as np
import pytest

from jianwei.errors import TrainingError
from jianwei.ports.probes import ANY_VIOLATION
from jianwei.training.grams import GRAM_COLUMNS, gram_rows
from jianwei.training.probe import Features, train_probe, voices_of


def made(count: int, *, apart: float, seed: int = 0) -> tuple[Features, list[str], list[int]]:
    """Return features around one centre for each of three labels, "" among them."""
    random = np.random.default_rng(seed)
    labels = [("", "药品", "食品")[at % 3] for at in range(count)]
    centres = random.standard_normal((3, 64)) * apart
    rows = (centres[np.arange(count) % 3] + random.standard_normal((count, 64))).astype(np.float32)
    return Features(rows), labels, list(range(count))


def test_types_that_differ_are_told_apart_far_better_than_by_chance() -> None:
    report = train_probe(*made(90, apart=1.0))
    assert report.probe.labels == ("药品", "食品", ANY_VIOLATION)
    assert report.useful == report.types
    for score in report.types:
        assert score.known == (60 if score.label == ANY_VIOLATION else 30)
        assert score.prior == pytest.approx(score.known / 90)
        assert score.low <= score.average_precision <= score.high
        assert min(score.average_precision, score.precision, score.recall) >= 0.9


def test_types_that_do_not_differ_are_no_better_than_the_prior() -> None:
    gains = [
        score.average_precision - score.prior
        for seed in range(5)
        for score in train_probe(*made(90, apart=0.0, seed=seed)).types
    ]
    assert abs(np.mean(gains)) < 0.12


def test_what_is_in_the_training_fold_never_answers_for_its_family() -> None:
    given, labels, _ = made(60, apart=0.0)
    twice = Features(np.concatenate([given.rows, given.rows]))
    families = list(range(60)) * 2
    known = train_probe(twice, labels * 2, families)
    leaking = train_probe(twice, labels * 2, list(range(120)))
    assert known.types[0].average_precision < 0.65 < leaking.types[0].average_precision


def test_scores_are_probabilities_of_new_vectors() -> None:
    given, labels, families = made(90, apart=1.0)
    report = train_probe(given, labels, families)
    scores = report.probe.scores(given.rows[:7])
    assert scores.shape == (7, 3)
    for shares in (scores, report.probe.chances(scores)):
        assert ((shares > 0) & (shares < 1)).all()


def test_types_with_too_few_cases_are_named() -> None:
    given, labels, families = made(90, apart=1.0)
    labels[0] = labels[3] = "化妆品"
    assert train_probe(given, labels, families).left_out == ("化妆品",)
    few = Features(given.rows[:4])
    with pytest.raises(TrainingError, match=r"Known: 药品: 1"):
        train_probe(few, ["", "", "", "药品"], families[:4])
    with pytest.raises(TrainingError, match="none at all"):
        train_probe(few, [""] * 4, families[:4])


def test_violations_of_unknown_type_count_to_those_of_any_type() -> None:
    given, labels, families = made(90, apart=1.0)
    report = train_probe(given, [ANY_VIOLATION if label else "" for label in labels], families)
    assert [(score.label, score.known) for score in report.types] == [(ANY_VIOLATION, 60)]
    assert report.useful


def test_chances_are_those_that_come_true() -> None:
    given, labels, families = made(600, apart=0.12)
    probe = train_probe(given, labels, families).probe
    again, others, _ = made(600, apart=0.12)
    fresh = again.rows + 0.3 * np.random.default_rng(9).standard_normal(again.rows.shape).astype(np.float32)
    chances = probe.chances(probe.scores(fresh))[:, -1]
    truth = np.array([bool(label) for label in others])
    assert abs(float(chances.mean() - truth.mean())) < 0.1


def test_a_head_speaks_with_its_measured_precision_the_surest_first() -> None:
    given, labels, families = made(90, apart=1.0)
    report = train_probe(given, labels, families)
    kept = report.useful[:2]
    said = voices_of(report.probe.only([score.label for score in kept]), kept, given.rows[:3])
    assert [len(voices) for voices in said] == [2, 2, 2]
    first = said[1][0]
    assert (first.label, first.called, first.precision) == ("药品", True, kept[0].precision)
    assert first.chance > said[1][1].chance
    assert not any(voice.called for voice in said[0])


def test_texts_alone_tell_types_apart() -> None:
    words = {"": ("纯棉毛巾", "不锈钢保温杯"), "食品": ("根治糖尿病胶囊", "三天见效根治便秘")}
    labels = ["", "食品"] * 15
    texts = [f"{words[label][at // 2 % 2]} 第{at}款" for at, label in enumerate(labels)]
    features = Features(gram_rows(texts), GRAM_COLUMNS)
    report = train_probe(features, labels, range(30))
    assert report.types[0].average_precision > 0.9
    random = np.random.default_rng(0).standard_normal((30, 8)).astype(np.float32)
    both = Features(np.concatenate([random, features.rows], axis=1), GRAM_COLUMNS)
    assert train_probe(both, labels, range(30)).types[0].average_precision > 0.9


def test_rows_of_runs_have_length_one_and_do_not_see_signs_or_width() -> None:
    rows = gram_rows(["芦荟胶囊 ABC", "芦荟-胶囊ａｂｃ!", "  !", ""])
    assert rows.shape == (4, GRAM_COLUMNS)
    assert np.array_equal(rows[0], rows[1])
    assert np.linalg.norm(rows, axis=1) == pytest.approx([1, 1, 0, 0])
