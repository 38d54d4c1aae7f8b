from __future__ import annotations

import pytest

from jianwei.ocr.han import is_han


@pytest.mark.parametrize("character", ["一", "龥", "〇", "㐀", "𠀀"])
def test_ideographs_are_han(character: str) -> None:
    assert is_han(character)


@pytest.mark.parametrize("character", ["A", "1", "。", "あ", "ア", "한", "￥", " "])
def test_other_scripts_and_signs_are_not(character: str) -> None:
    assert not is_han(character)
