"""A picture that says little of a pasted title, but what the best answer to it says too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from jianwei.indexes.text.text_index import TantivyTextIndex
from jianwei.records import Filters, TextDocument
from jianwei.search.beside import Beside
from jianwei.search.calibration import Calibration
from jianwei.search.question import AskedWords, Plan, Question, Weighing
from jianwei.search.ranking import Ranker, Threshold
from jianwei.text.query_syntax import parse_query

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jianwei.fusion.methods import FusionMethod
    from jianwei.search.results import Channel

TITLE = "海飞丝男士去屑洗发水丝质柔滑止痒洗头露"
BEST, STRANGER, KIN, LAST = 1, 2, 3, 4
LISTINGS = {
    BEST: ("海飞丝男士去屑洗发水", "巴西莓果萃取精华", "清洁头皮百分百"),
    STRANGER: ("丝质柔滑", "高山云雾绿茶", "明前特级"),
    KIN: ("丝质柔滑", "巴西莓果萃取精华", "清洁头皮百分百"),
    LAST: ("止痒", "牡丹皮", "一九九八"),
}
UNRELATED = range(10, 40)


@pytest.fixture(scope="module")
def ranker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ranker]:
    index = _filled(tmp_path_factory.mktemp("kin") / "text")
    nothing = cast("Any", None)  # neither catalog nor pictures are asked about words alone
    yield Ranker(nothing, index, nothing, nothing, Calibration())
    index.close()


def _filled(folder: Path) -> TantivyTextIndex:
    index = TantivyTextIndex.create(folder)
    shown = {**LISTINGS, **{number: (f"第{number}号仓库", "全国包邮") for number in UNRELATED}}
    documents = [
        TextDocument(number, lines[0], (), lines, ocr_places=tuple((number, place) for place in range(len(lines))))
        for number, lines in shown.items()
    ]
    index.apply(documents, deleted=(), sequence=1)
    return index


def ranked(
    ranker: Ranker, words: str, fusion: FusionMethod = "calibrated", channels: frozenset[Channel] = frozenset()
) -> list[int]:
    node = parse_query(words)
    plan = Plan((Question(AskedWords(node, telling=node)),), (), Filters(), Weighing(fusion, 0.5, channels))
    found = ranker.rank(plan, depth=50, threshold=Threshold(0.0), sort="relevance", beside=Beside(None))
    numbers: list[int] = found.listing_nos.tolist()
    return numbers


def test_it_stands_before_what_says_as_much_of_the_title_and_after_the_best(ranker: Ranker) -> None:
    assert ranked(ranker, TITLE) == [BEST, KIN, STRANGER, LAST]


@pytest.mark.parametrize("fusion", ["weighted", "rrf", "zscore"])
def test_other_ways_to_fuse_rank_by_the_words_alone(ranker: Ranker, fusion: FusionMethod) -> None:
    assert ranked(ranker, TITLE, fusion) == [BEST, STRANGER, KIN, LAST]


def test_where_text_in_pictures_takes_no_part_it_raises_nothing(ranker: Ranker) -> None:
    assert ranked(ranker, TITLE, channels=frozenset({"text:title"})) == [BEST, STRANGER, KIN, LAST]


def test_a_title_of_which_nobody_says_a_word_has_no_best_answer(ranker: Ranker) -> None:
    found = ranked(ranker, "思志揉画纸养曲谢喜发睡南式")  # sounds like words of theirs, and stands nowhere
    assert BEST in found
    assert found.index(STRANGER) < found.index(KIN)


def test_words_that_somebody_typed_are_no_title(ranker: Ranker) -> None:
    assert ranked(ranker, "丝质柔滑") == [STRANGER, KIN]
