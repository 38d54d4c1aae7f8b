"""The sign of a line on its head: a weighted sum over the open columns, for the models it was learnt for."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from jianwei.ocr.headstand import WEIGHTS_FILE, HeadstandSign, find_headstand_sign
from jianwei.ocr.model_files import find_model_files

if TYPE_CHECKING:
    from pathlib import Path

SIGN = HeadstandSign(np.array([2.0, -1.0], np.float32), 0.5)
VALUES = st.floats(-20, 20, width=32)


def test_the_chance_is_the_logistic_of_the_mean_over_the_open_columns() -> None:
    features = np.array([[[1, 0], [9, 9], [0, 3]], [[0, 0], [1, 1], [2, 2]]], np.float32)
    open_columns = np.array([[True, False, True], [False, False, False]])
    first, second = SIGN.chances(features, open_columns)
    assert first == pytest.approx(1 / (1 + np.exp(-((2.0 - 3.0) / 2 + 0.5))))
    assert second is None


@given(arrays(np.float32, (3, 5, 2), elements=VALUES), arrays(np.bool_, (3, 5)))
def test_a_line_is_judged_by_itself_and_by_its_open_columns_alone(
    features: np.ndarray, open_columns: np.ndarray
) -> None:
    together = SIGN.chances(features, open_columns)
    changed = np.where(open_columns[:, :, None], features, np.float32(99))
    for number, chance in enumerate(together):
        alone = SIGN.chances(changed[number : number + 1], open_columns[number : number + 1])[0]
        assert (chance is None) == (not open_columns[number].any())
        assert chance is None or (alone == pytest.approx(chance, abs=1e-5) and 0 <= chance <= 1)


def test_the_packaged_sign_is_that_of_the_models_we_read_with() -> None:
    sign = find_headstand_sign(find_model_files().digest())
    assert sign is not None
    assert sign.weights.shape == (120,)


def test_models_that_nothing_was_learnt_for_have_no_sign(tmp_path: Path) -> None:
    assert find_headstand_sign("0" * 64) is None
    file = tmp_path / "headstand.json"
    file.write_text(json.dumps(json.loads(WEIGHTS_FILE.read_text()) | {"models_sha256": "0" * 64}))
    assert find_headstand_sign("0" * 64, file) is not None
