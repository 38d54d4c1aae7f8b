"""How candidates stand when the words are a pasted title: by BM25, with meaning still having its say."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jianwei.search.calibration import Calibration
from jianwei.search.evidence import Column
from jianwei.search.fusing import judge_words
from jianwei.search.question import AskedWords, Weighing
from jianwei.text.query_syntax import parse_query

WEIGHING = Weighing("calibrated", 0.5)
shares = st.floats(0.0, 1.5)
bm25 = st.floats(0.0, 60.0).map(lambda score: round(score, 2))


def columns(texts: list[tuple[float, float]], cosines: list[float] | None = None) -> list[Column]:
    share, score = (np.array(values) for values in zip(*texts, strict=True))
    found = [
        Column(None, "words:text", score, share),
        Column("text:ocr", "words:text:ocr", share, share),
    ]
    if cosines is not None:
        above = np.array(cosines)
        found.append(Column("vector:picture", "words:vector:picture", above / 10, above, floor=np.nan, space="s"))
    return found


def scores(every: list[Column], titled: float = 1.0, held: list[float] | None = None) -> np.ndarray:
    lines = None if held is None else np.array(held)
    return judge_words(every, WEIGHING, Calibration(), len(every[0].scores), titled=titled, held_of_best=lines).scores


@settings(deadline=None)
@given(texts=st.lists(st.tuples(shares, bm25), min_size=2, max_size=12))
def test_a_title_is_ranked_by_bm25(texts: list[tuple[float, float]]) -> None:
    fused = scores(columns(texts))
    for one, (_, of_one) in enumerate(texts):
        for other, (_, of_other) in enumerate(texts):
            if of_one > of_other:
                assert fused[one] > fused[other]
            elif of_one == of_other:
                assert fused[one] == fused[other]


@settings(deadline=None)
@given(
    texts=st.lists(st.tuples(shares, bm25), min_size=2, max_size=12),
    titled=st.sampled_from([0.0, 0.4, 1.0]),
    data=st.data(),
)
def test_the_order_of_candidates_does_not_matter(
    texts: list[tuple[float, float]], titled: float, data: st.DataObject
) -> None:
    order = data.draw(st.permutations(range(len(texts))))
    turned = scores(columns([texts[place] for place in order]), titled)
    np.testing.assert_allclose(turned, scores(columns(texts), titled)[list(order)], atol=1e-12)


@settings(deadline=None)
@given(
    texts=st.lists(st.tuples(shares, bm25), min_size=2, max_size=8),
    titled=st.sampled_from([0.0, 0.4, 1.0]),
    more=st.floats(0.01, 5.0),
    data=st.data(),
)
def test_a_candidate_that_rises_in_a_channel_passes_or_stays(
    texts: list[tuple[float, float]], titled: float, more: float, data: st.DataObject
) -> None:
    cosines = data.draw(st.lists(st.floats(0.0, 6.0), min_size=len(texts), max_size=len(texts)))
    held = data.draw(st.lists(st.floats(0.0, 3.0), min_size=len(texts), max_size=len(texts)))
    raised = data.draw(st.sampled_from(["share", "score", "cosine", "lines"]))
    before = scores(columns(texts, cosines), titled, held)
    share, score = texts[0]
    texts = [(share + more * (raised == "share"), score + more * (raised == "score")), *texts[1:]]
    cosines = [cosines[0] + more * (raised == "cosine"), *cosines[1:]]
    held = [held[0] + more * (raised == "lines"), *held[1:]]
    after = scores(columns(texts, cosines), titled, held)
    below = before[1:] < before[0] - 1e-9
    assert (after[1:][below] <= after[0] + 1e-9).all()


def test_meaning_still_lifts_what_the_words_leave_equal() -> None:
    fused = scores(columns([(0.3, 9.0), (0.3, 9.0)], cosines=[0.0, 6.0]))
    assert fused[1] > fused[0]


def test_what_holds_lines_of_the_best_passes_what_holds_as_many_words_but_not_the_best() -> None:
    fused = scores(columns([(0.6, 9.0), (0.3, 6.0), (0.3, 6.0)]), held=[3.0, 0.0, 2.0])
    assert fused[0] > fused[2] > fused[1]


def test_lines_of_the_best_count_for_titles_only_and_leave_relevance_alone() -> None:
    every, held = columns([(0.6, 9.0), (0.3, 6.0), (0.3, 6.0)]), [3.0, 0.0, 2.0]
    assert scores(every, titled=0.0, held=held).tolist() == scores(every, titled=0.0).tolist()
    with_lines = judge_words(every, WEIGHING, Calibration(), 3, titled=1.0, held_of_best=np.array(held))
    assert with_lines.relevances.tolist() == judge_words(every, WEIGHING, Calibration(), 3).relevances.tolist()


@pytest.mark.parametrize(
    ("words", "titled"),
    [
        ("根治", 0.0),
        ("国家级 最佳 糖尿病 根治", 0.0),
        ("乐肤丽 阿胶固元膏 手工即食 山东特产", 1.0),
        ("CHARLES＆KEITH平底单鞋女CK1-70900076芭蕾舞绑带穆勒尖头小白鞋", 1.0),
        ('"乐肤丽阿胶固元膏手工即食山东特产"', 0.0),
        ("❤糖", 0.0),
    ],
)
def test_a_title_is_known_by_its_pieces(words: str, titled: float) -> None:
    node = parse_query(words)
    assert AskedWords(node, telling=node).titled == titled
