"""What a training and a probe show, in both languages, without either having run."""

from __future__ import annotations

from dataclasses import asdict
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
from tests.unit.cli.pages.printing import printed

from jianwei.cli.common_options import CommonOptions
from jianwei.cli.pages.probe_page import probe_page, voice_lines
from jianwei.cli.pages.training_page import training_page
from jianwei.cli.session import Session
from jianwei.cli.train_progress import PlainTraining
from jianwei.library.probing import Probed
from jianwei.ports.probes import ANY_VIOLATION, ProbeVoice
from jianwei.training.measuring import Comparison
from jianwei.training.probe import Probe, ProbeReport, TypeScore
from jianwei.training.progress import Moment

if TYPE_CHECKING:
    import pytest

ENGLISH = Session("en", CommonOptions(), {})
CHINESE = Session("zh", CommonOptions(), {})


def adapted(**changes: object) -> Any:
    row = Comparison("text", "R@1", 0.25, 0.5, 0.125, 0.375, 0.004)
    record = {
        "pairs": 90,
        "pairs_measured": 10,
        "best_epoch": 2,
        "licence_of_base": "cc-by-nc-4.0",
        "measured": [asdict(row)],
    }
    report = SimpleNamespace(record=record | changes, skipped=3)
    return SimpleNamespace(report=report, manifest=SimpleNamespace(name="mine", space="mine@1"))


def test_a_training_shows_before_after_and_the_way_back() -> None:
    page = printed(training_page(adapted(), ENGLISH))
    for part in ("mine is ready", "90 pairs", "0.250", "0.500", "+0.125 … +0.375", "0.004", "3 pairs were left out"):
        assert part in page
    for command in ("embed --model mine", "--space mine@1", "--compare before.json after.json", "embed --remove mine"):
        assert command in page
    assert "cc-by-nc-4.0" in page
    assert "mine 已就绪" in printed(training_page(adapted(), CHINESE))


def test_a_training_without_gain_or_measure_says_so() -> None:
    assert "the new model is the base" in printed(training_page(adapted(best_epoch=0), ENGLISH))
    page = printed(training_page(adapted(pairs_measured=0, measured=[], licence_of_base=""), ENGLISH))
    assert "nothing was kept apart" in page
    assert "not stated" in page


def test_a_probe_shows_each_type_beside_its_prior() -> None:
    empty = np.zeros(0)
    probe = Probe((), empty, empty, empty, empty, empty, empty, empty)
    types = (
        TypeScore("药品", 7, 0.1, 0.75, 0.6, 0.875, 0.25, 0.95, 0.5),
        TypeScore(ANY_VIOLATION, 9, 0.2, 0.15, 0.5, 0.3, 0.1, 0.4, 0.5),
    )
    probed = Probed(ProbeReport(probe, types, ("食品",)), "m@1", has_grams=True, listings=60)
    page = printed(probe_page(probed, types[:1], ENGLISH))
    for part in ("m@1", "titles and words", "60 listings", "药品", "0.100", "0.875  (0.250 … 0.950)", "0.750", "0.600"):
        assert part in page
    for part in ("any violation", "Too few cases to measure: 食品", "rough", "Kept: 药品", "jianwei probe --remove"):
        assert part in page
    assert "Kept" not in printed(probe_page(probed, (), ENGLISH))
    assert "案例过少" in printed(probe_page(probed, (), CHINESE))


def test_only_heads_that_call_are_heard() -> None:
    voices = (
        ProbeVoice("药品", 0.81, called=True, precision=0.75, recall=0.6, prior=0.1, known=7),
        ProbeVoice(ANY_VIOLATION, 0.2, called=False, precision=0.75, recall=0.6, prior=0.1, known=7),
    )
    (line,) = voice_lines(voices, ENGLISH)
    assert line.plain == ("Probe: 药品 81%. Of its calls 75% are right (of all listings 10%), it finds 60% (7 cases).")
    assert "探针：药品 81%" in voice_lines(voices, CHINESE)[0].plain


def test_a_line_is_written_every_ten_seconds_and_for_each_epoch(capsys: pytest.CaptureFixture[str]) -> None:
    now = [0.0]
    show = PlainTraining(ENGLISH, clock=lambda: now[0])
    for at, step in ((0.0, 1), (3.0, 2), (11.0, 3)):
        now[0] = at
        show(Moment(0, 5, step, 4, 1.5, None))
    show(Moment(0, 5, 4, 4, 1.25, 0.5, measured=True))
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(" · ")[2] for line in lines] == ["step 1/4", "step 3/4", "step 4/4"]
    assert lines[-1] == "Training · epoch 1/5 · step 4/4 · loss 1.2500 · mean recall 0.500"
