import numpy as np

from jianwei.records import OcrLine
from jianwei.search.query_picture import QueryPicture
from jianwei.text.query_syntax import Term, Words


def line(text: str, height: float, confidence: float = 0.9) -> OcrLine:
    return OcrLine(text, ((0.0, 0.0), (100.0, 0.0), (100.0, height), (0.0, height)), confidence)


def picture(*lines: OcrLine) -> QueryPicture:
    return QueryPicture(np.empty((0, 32), np.uint8), lines)


def test_the_largest_type_comes_first() -> None:
    assert picture(line("小字", 10), line("大字", 50)).words() == ("大字", "小字")


def test_doubtful_single_and_repeated_lines_are_left_out() -> None:
    seen = picture(line("可疑", 30, confidence=0.5), line("单", 30), line("重复", 20), line("重复", 10))
    assert seen.words() == ("重复",)


def test_at_most_twelve_lines_of_sixty_characters_are_asked_for() -> None:
    words = picture(*(line(f"第{n}行" + "长" * 100, 10 + n) for n in range(30))).words()
    assert len(words) == 12
    assert max(map(len, words)) == 60


def test_words_stand_side_by_side_in_the_query() -> None:
    assert picture(line("芦荟", 10)).query() == Words((Term("芦荟"),))
    assert picture().query() is None
