"""Near hashes are no proof where both pictures say much and not the same."""

from __future__ import annotations

import numpy as np

from jianwei.groups.agreement import Agreement, character_pairs, texts_agree
from jianwei.records import OcrLine

BOX = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
INGREDIENTS = ("配料：芦荟提取物、麦芽糊精、硬脂酸镁", "贮藏：请置于阴凉干燥处", "生产企业：桐鹭生物科技有限公司")
DOSAGE = ("食用方法：每日两次，每次一粒，温水送服", "不适宜人群：孕妇、哺乳期妇女", "保质期二十四个月")


class Lines:
    """A catalog that knows the lines of pictures."""

    def __init__(self, lines: dict[int, tuple[str, ...]]) -> None:
        self._lines = lines
        self.asked: list[int] = []

    def ocr_lines(self, picture_nos: list[int]) -> dict[int, list[OcrLine]]:
        self.asked += picture_nos
        return {
            number: [OcrLine(text, BOX, 0.9) for text in self._lines[number]]
            for number in picture_nos
            if number in self._lines
        }


def test_two_texts_in_one_layout_are_two_pictures() -> None:
    assert not texts_agree(character_pairs(INGREDIENTS), character_pairs(DOSAGE))


def test_a_copy_that_was_cropped_or_badly_read_is_one_picture() -> None:
    whole = character_pairs(INGREDIENTS)
    assert texts_agree(whole, character_pairs(INGREDIENTS[:2]))
    assert texts_agree(whole, character_pairs(("配料：芦荟提取勿、麦牙糊精、硬脂酸镁", "贮藏：请置于阴京干燥处")))


def test_little_text_proves_nothing() -> None:
    assert character_pairs(("新品", "包邮")) is None
    assert texts_agree(character_pairs(INGREDIENTS), None)


def test_pairs_are_decided_by_texts_and_by_reviewers() -> None:
    catalog = Lines({1: INGREDIENTS, 2: INGREDIENTS, 3: DOSAGE})
    agrees = Agreement(catalog, np.array([1, 2, 3, 4], np.int64), [(4, 1)])  # type: ignore[arg-type]
    first, second = np.array([0, 0, 0, 1], np.int32), np.array([1, 2, 3, 3], np.int32)
    assert agrees(first, second).tolist() == [True, False, False, True]
    assert agrees(second, first).tolist() == [True, False, False, True]
    assert sorted(catalog.asked) == [1, 2, 3, 4], "texts are read once"
