"""What every `TextIndex` promises, run on each adapter."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from jianwei.indexes.text.text_index import TantivyTextIndex
from jianwei.records import Filters, TextDocument
from jianwei.search.calibration import DEFAULT_CURVES, DEFAULT_MIN_RELEVANCE
from jianwei.text.query_syntax import QueryNode, Term, parse_query

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from jianwei.ports import TextField, TextIndex

ALL: tuple[TextField, ...] = ("title", "spec", "ocr", "caption")


@pytest.fixture(params=[TantivyTextIndex])
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[TextIndex]:
    made: TextIndex = request.param.create(tmp_path / "text")
    yield made
    made.close()


def document(listing_no: int, title: str = "", ocr: Sequence[str] = (), **rest: object) -> TextDocument:
    return TextDocument(listing_no, title, spec=(), ocr=tuple(ocr), **rest)  # type: ignore[arg-type]  # keyword facts


def fill(index: TextIndex, *documents: TextDocument, sequence: int = 1) -> None:
    index.apply(documents, deleted=(), sequence=sequence)


def found(
    index: TextIndex,
    query: str | QueryNode,
    fields: Sequence[TextField] = ALL,
    filters: Filters | None = None,
    limit: int = 100,
    only: Sequence[int] | None = None,
) -> list[int]:
    node = parse_query(query) if isinstance(query, str) else query
    hits = index.search(node, fields=fields, filters=filters or Filters(), limit=limit, only=only)
    return [hit.listing_no for hit in hits]


def test_an_empty_index_finds_nothing_and_stands_at_zero(index: TextIndex) -> None:
    assert index.sequence == 0
    assert found(index, "甲") == []
    assert index.count(Term("甲"), fields=ALL, filters=Filters()) == 0


def test_what_was_applied_is_visible_and_the_sequence_recorded(index: TextIndex) -> None:
    fill(index, document(1, "芦荟胶囊"), sequence=7)
    assert found(index, "芦荟") == [1]
    assert index.sequence == 7


def test_applying_again_replaces(index: TextIndex) -> None:
    fill(index, document(1, "芦荟胶囊"))
    fill(index, document(1, "减肥茶"), sequence=2)
    assert found(index, "芦荟") == []
    assert found(index, "减肥") == [1]


def test_the_same_listing_twice_in_one_call_counts_once(index: TextIndex) -> None:
    fill(index, document(1, "芦荟"), document(1, "减肥茶"))
    assert found(index, "芦荟 减肥茶") == [1]


def test_deleted_listings_are_gone(index: TextIndex) -> None:
    fill(index, document(1, "芦荟"), document(2, "芦荟"))
    index.apply((), deleted=(1, 99), sequence=2)
    assert found(index, "芦荟") == [2]


def test_words_never_match_across_two_lines(index: TextIndex) -> None:
    fill(index, document(1, ocr=("深层补", "水保湿")), document(2, ocr=("甲", "乙丙", "丁")))
    assert found(index, "“补水”") == []
    assert found(index, "“层补水保”") == []
    assert found(index, "“甲乙”") == []
    assert found(index, "“乙丙丁”") == []
    assert found(index, "“乙丙”") == [2]


def test_a_phrase_is_better_than_all_words_and_all_better_than_some(index: TextIndex) -> None:
    fill(
        index,
        document(1, "面膜深层补水"),
        document(2, "深层补水面膜"),
        document(3, "补水面霜套装"),
        document(4, "深层清洁泥膜"),
        *(document(no, f"无关商品{no}") for no in range(5, 30)),
    )
    assert found(index, "补水 面膜")[:3] == [2, 1, 3]
    assert found(index, "补水面膜")[:3] == [2, 1, 3]


def test_a_title_is_not_drowned_by_long_recognised_text(index: TextIndex) -> None:
    long_text = [f"第{n}行介绍产品的成分与功效以及使用方法芦荟" for n in range(60)]
    fill(
        index, document(1, "某某", ocr=long_text), document(2, "芦荟胶囊"), *(document(n, "其他") for n in range(3, 20))
    )
    assert found(index, "芦荟") == [2, 1]


def test_a_long_title_finds_the_listing_that_shares_most_of_it(index: TextIndex) -> None:
    fill(
        index,
        document(1, ocr=("雅诗兰黛", "小棕瓶眼霜", "淡化细纹")),
        document(2, ocr=("雅诗兰黛", "红石榴洁面乳")),
        document(3, ocr=("面霜",)),
    )
    assert found(index, "【母亲节】雅诗兰黛小棕瓶眼霜 肌透修护眼部精华霜15ml 淡化细纹")[:2] == [1, 2]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("芦荟 AND 胶囊", [1]),
        ("芦荟 OR 减肥", [1, 2, 3]),
        ("芦荟 NOT 胶囊", [2]),
        ("芦荟 -胶囊", [2]),
        ("(芦荟 OR 减肥) AND NOT 胶囊", [2, 3]),
        ("title:芦荟", [1, 2]),
        ("ocr:芦荟", []),
        ("ocr:减肥 title:芦荟胶囊", [1, 2, 3]),
        ("减月茶~", [3]),
        ("slimtae~", [3]),
        ("“芦荟软胶囊”", [1]),
        ("荟软", [1]),
        ("imt", [3]),
        ("荟", [1, 2]),
        ("蘆薈", [1, 2]),
    ],
)
def test_the_query_language_is_followed(index: TextIndex, query: str, expected: list[int]) -> None:
    fill(
        index,
        document(1, "芦荟软胶囊"),
        document(2, "芦·荟茶"),
        document(3, "好茶", ocr=("减肥茶", "SlimTea")),
        document(4, "无关"),
    )
    assert sorted(found(index, query)) == expected
    assert index.count(parse_query(query), fields=ALL, filters=Filters()) == len(expected)


def test_parts_without_a_field_are_looked_for_in_the_given_fields_only(index: TextIndex) -> None:
    fill(index, document(1, "芦荟"), document(2, ocr=("芦荟",)), TextDocument(3, "", ("芦荟",), (), ("胶囊",)))
    assert found(index, "芦荟", fields=["ocr"]) == [2]
    assert found(index, "芦荟", fields=["spec", "caption"]) == [3]
    assert found(index, "caption:胶囊", fields=["ocr"]) == [3]


def test_filters_restrict_with_inclusive_bounds(index: TextIndex) -> None:
    day = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)
    fill(
        index,
        document(1, "茶叶", platform="京东", shop="甲店", category="食品", price=10.0, captured_at=day),
        document(2, "茶叶", platform="淘宝", shop="乙店", category="食品", price=20.5),
        document(3, "茶叶"),
    )
    assert found(index, "茶叶", filters=Filters(platforms=frozenset({"京东", "拼多多"}))) == [1]
    assert found(index, "茶叶", filters=Filters(platforms=frozenset({"jd"}))) == [1]
    assert found(index, "茶叶", filters=Filters(shops=frozenset({"乙店"}))) == [2]
    assert found(index, "茶叶", filters=Filters(categories=frozenset({"食品"}))) == [1, 2]
    assert found(index, "茶叶", filters=Filters(price_min=10.0)) == [1, 2]
    assert found(index, "茶叶", filters=Filters(price_max=10.0)) == [1]
    assert found(index, "茶叶", filters=Filters(price_min=10.1, price_max=20.5)) == [2]
    assert found(index, "茶叶", filters=Filters(captured_from=day, captured_to=day)) == [1]
    assert found(index, "茶叶", filters=Filters(captured_to=day.replace(microsecond=0))) == []
    assert index.count(Term("茶叶"), fields=ALL, filters=Filters(platforms=frozenset({"淘宝"}))) == 1


def test_filters_leave_scores_alone(index: TextIndex) -> None:
    fill(index, document(1, "茶叶", platform="京东"), document(2, "红茶叶子", platform="京东"))
    free = index.search(Term("茶叶"), fields=ALL, filters=Filters(), limit=5)
    restricted = index.search(Term("茶叶"), fields=ALL, filters=Filters(platforms=frozenset({"京东"})), limit=5)
    assert list(free) == list(restricted)
    assert all(hit.score > 0 for hit in free)


def test_given_candidates_are_scored_as_in_the_whole_index(index: TextIndex) -> None:
    fill(index, *(document(n, "茶叶" * (n % 5 + 1) + "红" * n) for n in range(1, 40)))
    scores = {hit.listing_no: hit.score for hit in index.search(Term("茶叶"), fields=ALL, filters=Filters(), limit=50)}
    some = index.search(Term("茶叶"), fields=ALL, filters=Filters(), limit=50, only=[3, 8, 21, 999])
    assert {hit.listing_no: hit.score for hit in some} == {no: scores[no] for no in (3, 8, 21)}
    assert found(index, "茶叶", only=[]) == []


@pytest.mark.parametrize(
    "query",
    [
        "面膜",
        "补水 面膜",
        '"补水面膜" OR 芦荟',
        "面膜 -芦荟",
        "面莫~",
        "title:面膜 AND 补水",
        "芦荟胶囊",
        "补水面膜 芦荟胶囊 减肥茶 保湿喷雾 美白精华 祛斑霜 清洁泥膜",  # a long text, of many parts
    ],
)
def test_a_few_candidates_are_scored_as_many_are(index: TextIndex, query: str) -> None:
    titles = ["补水面膜", "面膜 补水", "芦荟胶囊", "减肥茶", "面膜", "芦荟面膜", "美白精华 祛斑霜", "保湿喷雾"]
    fill(index, *(document(no, titles[no % len(titles)], ocr=[titles[no * 3 % len(titles)]]) for no in range(40)))
    node = parse_query(query)
    whole = index.search(node, fields=ALL, filters=Filters(), limit=40)
    asked = list(range(0, 40, 3))
    few = index.search(node, fields=ALL, filters=Filters(), limit=40, only=asked)

    expected = {hit.listing_no: hit.score for hit in whole if hit.listing_no in asked}
    assert {hit.listing_no: hit.score for hit in few} == pytest.approx(expected, abs=0.002)


def test_what_matches_is_counted_alike_before_and_after_a_search(index: TextIndex) -> None:
    texts = ["补水面膜", "面膜", "芦荟", "补水 芦荟"]
    fill(index, *(document(no, texts[no % len(texts)]) for no in range(30)))
    node = parse_query("补水 面膜")

    def count() -> int:
        return index.count(node, fields=ALL, filters=Filters())

    before = count()
    index.search(node, fields=ALL, filters=Filters(), limit=3)
    assert count() == before == len(found(index, node))
    fill(index, document(100, "面膜"), sequence=2)
    assert count() == before + 1
    index.search(node, fields=ALL, filters=Filters(), limit=3)
    assert index.count(node, fields=("ocr",), filters=Filters()) == 0
    assert index.count(node, fields=ALL, filters=Filters(platforms=frozenset({"jd"}))) == 0


def test_ties_come_by_ascending_listing_no_on_every_page(index: TextIndex) -> None:
    order = [31, 7, 19, 2, 40, 11, 5, 23, 17, 1, 36, 28]
    for sequence, listing_no in enumerate(order, 1):
        fill(index, document(listing_no, "茶叶"), sequence=sequence)
    for limit in range(1, len(order) + 1):
        assert found(index, "茶叶", limit=limit) == sorted(order)[:limit]


def test_no_query_means_every_listing_that_the_filters_leave(index: TextIndex) -> None:
    fill(index, *(document(no, "茶叶", platform="京东" if no % 2 else "淘宝") for no in (9, 4, 7, 1, 2)))
    hits = index.search(None, fields=ALL, filters=Filters(), limit=3)
    assert [(hit.listing_no, hit.score) for hit in hits] == [(1, 1.0), (2, 1.0), (4, 1.0)]
    assert [
        hit.listing_no
        for hit in index.search(
            None, fields=ALL, filters=Filters(platforms=frozenset({"京东"})), limit=9, only=[9, 4, 1]
        )
    ] == [1, 9]
    assert index.count(None, fields=ALL, filters=Filters(platforms=frozenset({"淘宝"}))) == 2


def test_no_hits_are_asked_for_with_limit_zero(index: TextIndex) -> None:
    fill(index, document(1, "茶叶"))
    assert found(index, "茶叶", limit=0) == []


def test_an_iterator_that_fails_leaves_nothing_behind(index: TextIndex) -> None:
    def broken() -> Iterator[TextDocument]:
        yield document(2, "芦荟")
        raise LookupError("the catalog went away")

    fill(index, document(1, "芦荟"))
    with pytest.raises(LookupError):
        index.apply(broken(), deleted=(1,), sequence=9)
    assert index.sequence == 1
    fill(index, document(3, "芦荟"), sequence=2)
    assert found(index, "芦荟") == [1, 3]


def test_closing_twice_does_nothing(index: TextIndex) -> None:
    fill(index, document(1, "芦荟"))
    index.close()
    index.close()


def test_words_are_found_by_their_sound_where_that_is_asked_for(index: TextIndex) -> None:
    fill(
        index,
        document(1, "加薇信详聊"),
        document(2, "手机壳", ocr=("咨询V信：abc",)),
        document(3, "微信同号"),
        document(4, "信任微笑"),
    )
    assert sorted(found(index, "微信", fields=("sound",))) == [1, 2, 3]
    assert sorted(found(index, "sound:威芯")) == [1, 2, 3]
    assert found(index, "微信") == [3]
    assert found(index, "谐音：微信 NOT 微信 NOT v信") == [1]
    assert found(index, "sound:微信 AND 手机壳") == [2]
    assert found(index, "信", fields=("sound",)) == []
    assert found(index, "abc", fields=("sound",)) == []
    assert "sound" in index.fields


def test_the_more_words_sound_alike_the_higher_a_listing_comes(index: TextIndex) -> None:
    fill(index, document(1, "减腓胶囊"), document(2, "检肥焦囊"), document(3, "胶囊咖啡"))
    assert found(index, "减肥 胶囊", fields=("sound",))[2] == 3
    assert found(index, "“减肥胶囊” OR (减肥 NOT 茶)", fields=("sound",)) == [1, 2]


def shares(index: TextIndex, query: str, fields: Sequence[TextField] = ALL) -> dict[int, float]:
    asked = [(parse_query("别的"), ALL), (parse_query(query), fields)]
    shares = index.coverage(asked, only=range(1, 100))
    assert shares.shape == (2, 99)
    return {number: float(share) for number, share in zip(range(1, 100), shares[1], strict=True) if share}


def test_coverage_is_1_where_all_stands_and_less_where_a_part_does(index: TextIndex) -> None:
    fill(
        index,
        document(1, "芦荟胶囊"),
        document(2, "胶囊", ocr=("芦荟", "荟胶")),
        document(3, "胶囊咖啡"),
        *(document(number, "其他") for number in range(4, 30)),
    )
    held = shares(index, "芦荟胶囊")
    assert held[1] == held[2] == pytest.approx(1.0, abs=1e-3)
    assert 0.1 < held[3] < 0.5
    assert set(held) == {1, 2, 3}
    assert shares(index, "芦荟胶囊", ("title",))[2] == held[3]


def test_coverage_does_not_depend_on_length_or_repetition(index: TextIndex) -> None:
    fill(index, document(1, "面膜"), document(2, "面膜面膜" + "很长的标题" * 8))
    held = shares(index, "面膜")
    assert held[1] == held[2]


@pytest.mark.parametrize(
    "query", ["“面膜”", "面膜 AND 补水", "面膜 OR 眼霜", "面膜 NOT 眼霜", "sound:缅膜", "title:面膜"]
)
def test_coverage_of_what_operators_demand_is_whole_where_it_holds(index: TextIndex, query: str) -> None:
    fill(index, document(1, "补水面膜"), *(document(number, "其他") for number in range(4, 30)))
    assert shares(index, query) == {1: pytest.approx(1.0, abs=1e-3)}


def test_coverage_of_words_that_stand_nowhere_is_none(index: TextIndex) -> None:
    fill(index, document(1, "补水面膜", ocr=("vitamin",)))
    assert shares(index, "阿胶糕 crossbow") == {}
    assert shares(index, "茶") == {}
    assert index.coverage([(Term("面膜"), ALL)], only=()).shape == (1, 0)


@pytest.mark.parametrize("count", [23, 24, 25, 60])
def test_coverage_of_long_texts_counts_the_rarest_pieces_alike(index: TextIndex, count: int) -> None:
    characters = [chr(0x4E00 + 2 * number) for number in range(count + 1)]
    pairs = [first + second for first, second in pairwise(characters)]
    titles = [*pairs, "".join(characters), "其他"]
    fill(index, *(document(number, title) for number, title in enumerate(titles)))
    (held,) = index.coverage([(Term("".join(characters)), ("title",))], only=range(len(titles)))
    *parts, whole, other = held.tolist()
    counted = min(count, 32)  # of equally rare ones as many as are looked for
    assert sorted(parts) == pytest.approx([0.0] * (count - counted) + [whole / counted] * counted)
    assert whole >= 1.0
    assert other == 0.0


PROMISES = ("全国包邮", "正品保证", "限时特惠")


def shop_window(count: int) -> list[TextDocument]:
    """Return listings of different goods, a quarter of which promise the same, and two that show the same goods."""
    others = [
        document(
            number, ocr=(*(PROMISES if number % 4 == 0 else ()), f"{chr(0x4E00 + number)}{chr(0x5E00 + number)}牌货")
        )
        for number in range(3, count + 1)
    ]
    return [
        document(1, ocr=(*PROMISES, "桐鹭芦荟胶囊", "古法手工慢熬")),
        document(2, ocr=("桐鹭芦荟胶囊", "古法手工慢熬")),
        *others,
    ]


ASKED = ("桐鹭芦荟胶囊", "古法手工慢熬", *PROMISES)


@pytest.mark.parametrize("count", [60, 400])
def test_lines_that_many_pictures_share_count_little_beside_lines_of_the_goods(index: TextIndex, count: int) -> None:
    fill(index, *shop_window(count))
    held = index.lines_held(ASKED, "ocr", only=[1, 2, 4, 5])
    whole, goods, promises, nothing = held.tolist()
    assert whole > goods > 1.2
    assert promises < 0.3 * goods
    assert nothing == 0.0
    curve = DEFAULT_CURVES["picture:lines:ocr"]
    told = curve.probability(held)
    assert told[1] > 0.6
    assert told[2] < DEFAULT_MIN_RELEVANCE


def test_a_line_counts_once_less_for_a_part_and_half_for_a_single_word(index: TextIndex) -> None:
    fill(
        index,
        document(1, ocr=("芦荟胶囊", "680")),
        document(2, ocr=("芦荟",)),
        document(3, ocr=("680",)),
        *(document(number, ocr=("其他",)) for number in range(4, 200)),
    )

    def held(*lines: str) -> list[float]:
        return [float(number) for number in index.lines_held(lines, "ocr", only=[1, 2, 3])]

    whole, part, none = held("芦荟胶囊")
    assert whole > 2.5 * part > 0.0
    assert none == 0.0
    assert held("芦荟胶囊", "芦荟胶囊") == [whole, part, none]
    assert held("芦荟胶囊", "芦荟") == [whole, part, none], "what an earlier line says tells nothing anew"
    assert held("680")[2] == pytest.approx(held("680")[0])
    assert held("680")[2] < 0.5
    assert held("芦荟胶囊", "680")[0] == pytest.approx(whole + held("680")[0])


def test_no_line_is_held_of_none_nor_by_an_empty_index(index: TextIndex) -> None:
    assert index.lines_held(("芦荟",), "ocr", only=[1]).tolist() == [0.0]
    fill(index, document(1, ocr=("芦荟",)), document(2, "只有标题"))
    assert index.lines_held((), "ocr", only=[1, 2]).tolist() == [0.0, 0.0]
    assert index.lines_held(("芦荟",), "ocr", only=()).tolist() == []
    assert index.lines_held(("❤", "别的"), "ocr", only=[1, 2]).tolist() == [0.0, 0.0]
    assert index.lines_held(("芦荟",), "title", only=[1, 2]).tolist() == [0.0, 0.0]
