from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from rich.cells import cell_len
from tests.unit.cli.pages.printing import printed
from tests.unit.export.answers import a_failure, a_hit, a_report, a_result, a_view, some_stats

from jianwei.channel_names import channel_name
from jianwei.cli.cell_width import cell_width
from jianwei.cli.common_options import CommonOptions
from jianwei.cli.pages.doctor_page import doctor_page
from jianwei.cli.pages.hits_page import hits_page, next_page_line
from jianwei.cli.pages.ingest_page import ingest_page
from jianwei.cli.pages.listing_page import listing_page, marked_page
from jianwei.cli.pages.marked_text import Paragraph, emphasised, indented, printable
from jianwei.cli.pages.stats_page import index_table, stats_page
from jianwei.cli.pages.wording import EMPHASIS, price_text, size_text, time_text
from jianwei.cli.session import Session
from jianwei.export.marked_pictures import MarkedPictures
from jianwei.library.diagnosis import Check
from jianwei.search.results import ChannelOff, FoldedListing, Highlight, Hit, PictureFold

if TYPE_CHECKING:
    from collections.abc import Callable

    from jianwei.errors import Language

ENGLISH = Session("en", CommonOptions(), {})
CHINESE = Session("zh", CommonOptions(), {})
CHECKS = [
    Check("ocr", "ok", "reads text", "可识别文字"),
    Check("vectors", "off", "no encoder", "没有编码器", "pip install x"),
]
LONG = "特价正品芦荟胶囊润肠通便排毒养颜买一送一" * 6


PAGES: dict[str, Callable[[Session], Any]] = {
    "hits": lambda session: hits_page(a_result(a_hit(), a_hit(title=LONG, shop=LONG), cursor="c" * 90), session),
    "listing": lambda session: listing_page(a_view(title=LONG, url="https://x.example/" + "a" * 200), session),
    "ingest": lambda session: ingest_page(a_report(a_failure(), a_failure(location="/很长" * 60)), session),
    "stats": lambda session: stats_page(some_stats(), session),
    "indexes": lambda session: index_table(some_stats().indexes, session),
    "doctor": lambda session: doctor_page(CHECKS, session),
    "marked": lambda session: marked_page(MarkedPictures(Path("out"), (Path("a"),), ("/gone/" * 40,)), session),
}


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("session", [ENGLISH, CHINESE], ids=["en", "zh"])
@pytest.mark.parametrize("columns", [60, 80, 140])
def test_no_line_of_a_page_is_wider_than_the_terminal(name: str, session: Session, columns: int) -> None:
    lines = printed(PAGES[name](session), columns).splitlines()

    assert lines
    assert all(cell_len(line) <= columns for line in lines)


def test_a_hit_tells_all_its_reasons() -> None:
    page = printed(hits_page(a_result(a_hit()), ENGLISH), 140)

    for part in (
        "【正品】芦荟胶囊",
        "0.873",
        "128.00",
        "康健大药房旗舰店",
        "jd:100012",
        "01_main.jpg",
        "main picture",
        "3 pictures",
        "5 of 256 bits",
        "七天根治便秘",
        "x 52, y 30, 80 × 36 px",
        "matched: 根治",
        "hash 0.98 · text:ocr 12.35",
        "known case",
    ):
        assert part in page


def test_the_foot_of_hits_tells_total_next_page_and_channels_off() -> None:
    page = printed(hits_page(a_result(a_hit(), cursor="abc"), CHINESE), 140)

    assert "显示 1 条，共 41 条" in page
    assert "没有安装编码器" in page
    assert "pip install 'jianwei[vectors]'" in page
    assert next_page_line(a_result(a_hit(), cursor="abc"), CHINESE).endswith("--cursor abc")
    assert next_page_line(a_result(a_hit()), CHINESE) == ""


def test_channels_that_are_always_off_are_named_only_and_idle_ones_not_at_all() -> None:
    usual = ChannelOff("vector", "no encoder", "没有编码器", "jianwei embed", kind="usual")
    empty = ChannelOff("text:caption", "no such text", "没有文字", kind="usual")
    idle = ChannelOff("text:sound", "not asked", "未启用", kind="idle")
    now = ChannelOff("vector", "m gave no vector", "m 未能给出向量")
    page = printed(hits_page(replace(a_result(a_hit()), channels_off=(usual, empty, idle, now)), ENGLISH), 140)

    assert page.count("Channels off") == 2
    assert "Channels off: vector, text:caption; why: jianwei doctor" in page
    assert "Channels off: vector (m gave no vector)" in page
    assert "text:sound" not in page.partition("Channels off")[2]


def test_the_id_of_a_hit_without_a_title_is_told_once() -> None:
    named, unnamed = a_hit(), a_hit()
    unnamed = replace(unnamed, listing=replace(unnamed.listing, title=""))
    assert printed(hits_page(a_result(named), ENGLISH), 140).count(named.listing.listing_id) == 1
    assert printed(hits_page(a_result(unnamed), ENGLISH), 140).count(unnamed.listing.listing_id) == 1


def test_chinese_pages_name_channels_and_fields_in_chinese() -> None:
    off = ChannelOff("vector", "no encoder", "没有编码器", "jianwei embed", kind="usual")
    hit = a_hit()
    page = printed(hits_page(replace(a_result(hit), channels_off=(off,)), CHINESE), 140)

    assert hit.channels
    assert not any(channel in page for channel in hit.channels)
    assert all(channel_name(channel).zh in page for channel in hit.channels)
    assert "未启用的通道：语义" in page


@pytest.mark.parametrize("width", [20, 41, 80])
def test_chinese_after_a_name_begins_on_its_line(width: int) -> None:
    said = "禁止 《药品、医疗器械、保健食品、特殊医学用途配方食品广告审查管理暂行办法》第七条第一款"
    lines = printed(indented(Paragraph(said), 2), width).splitlines()

    assert lines[0].startswith("  禁止 《药品")
    assert "".join(line.strip() for line in lines) == said
    assert all(cell_width(line) <= width for line in lines)


def test_no_hits_say_what_to_do() -> None:
    assert "Try fewer" in printed(hits_page(a_result(), ENGLISH), 80)


def test_a_hit_without_picture_price_or_title_is_shown_by_its_id() -> None:
    hit = replace(a_hit(title="", price=None), picture=None)

    assert printed(hits_page(a_result(hit), ENGLISH), 80).splitlines()[1].split()[:2] == ["1", "jd:100012"]


def test_a_hit_of_filters_alone_leaves_no_line_for_reasons() -> None:
    hit = replace(a_hit(), matched_words=(), channels={}, highlights=(), picture=None)
    page = printed(hits_page(replace(a_result(hit), words_read=()), ENGLISH), 80)

    blank, foot = page.splitlines()[2:4]
    assert blank.strip() == ""
    assert foot.startswith("Channels off")


def test_matched_words_are_emphasised_and_nothing_else() -> None:
    text = emphasised(Highlight("ocr", "七天根治便秘", ((2, 4),)))

    assert [(span.start, span.end, span.style) for span in text.spans] == [(2, 4, EMPHASIS)]


def test_titles_neither_colour_nor_move_the_cursor() -> None:
    page = printed(hits_page(a_result(a_hit(title="[red]红[/red] :smile: \x1b[2J\x07末")), ENGLISH), 80)

    assert "[red]红[/red] :smile:  [2J 末" in page
    assert "\x1b" not in page


def test_control_characters_become_blanks() -> None:
    assert printable("a\nb\x1bc\u202ed") == "a b c d"


def test_a_listing_shows_fields_case_pictures_and_text() -> None:
    page = printed(listing_page(a_view(), CHINESE), 140)

    for part in (
        "编号",
        "jd:100012",
        "128.00",
        "虚假宣传",
        "根治 · 无效退款",
        "产地",
        "规格",
        "800 × 1200 px",
        "七天根治便秘",
    ):
        assert part in page
    assert "尚未识别" in page
    assert "没有文字" not in page


def test_a_picture_that_was_read_and_has_no_text_says_so() -> None:
    view = a_view()
    blank = replace(view, pictures=(replace(view.pictures[0], lines=()),))

    assert "no text" in printed(listing_page(blank, ENGLISH), 80)


def test_failures_are_grouped_by_reason_most_frequent_first_and_the_first_few_shown() -> None:
    failures = [a_failure("too-large", "big.jpg"), *(a_failure("truncated", f"{number}.jpg") for number in range(5))]
    page = printed(ingest_page(a_report(*failures), ENGLISH), 80)

    assert page.index("truncated: 5") < page.index("too-large: 1")
    assert "2.jpg" in page
    assert "3.jpg" not in page
    assert "… and 2 more" in page
    assert "Fetch it again." in page
    assert "--retry-failed" in page


def test_the_summary_counts_new_changed_and_known() -> None:
    page = printed(ingest_page(a_report(), CHINESE), 80)

    assert "新增 10 · 变更 2 · 未变 3" in page
    assert "本次识别 40 · 此前已识别 5" in page
    assert "1:23" in page
    assert "下一步" in page
    assert "--retry-failed" not in page


@pytest.mark.parametrize(
    ("language", "words"), [("en", "the same command goes on"), ("zh", "再次运行同一条命令会接着做")]
)
def test_an_interrupted_ingest_says_how_to_go_on(language: Language, words: str) -> None:
    page = printed(ingest_page(a_report(interrupted=True), Session(language, CommonOptions(), {})), 80)

    assert words in page


@pytest.mark.parametrize(("distance", "told"), [(0, True), (63, True), (64, False), (114, False), (None, False)])
def test_a_distance_is_told_only_where_it_tells_of_a_likeness(distance: int | None, *, told: bool) -> None:
    hit = a_hit()
    assert hit.picture is not None
    picture = replace(hit.picture, distance=distance)
    assert picture.near_distance == (distance if told else None)
    page = printed(hits_page(a_result(replace(hit, picture=picture)), ENGLISH), 120)
    assert ("of 256 bits differ" in page) is told


@pytest.mark.parametrize(
    ("session", "said"), [(ENGLISH, "No match: words as common as 的 了"), (CHINESE, "没有匹配：的 了 过于常用")]
)
def test_words_that_tell_nothing_are_named(session: Session, said: str) -> None:
    nothing = replace(a_result(), function_words=("的", "了"), asks_nothing=True)
    assert said in printed(hits_page(nothing, session), 120)
    page = printed(hits_page(replace(a_result(a_hit()), function_words=("的",)), ENGLISH), 120)
    assert "relevance is that of the other words: 的" in page


def test_a_dry_run_says_that_nothing_was_written() -> None:
    assert "nothing was written" in printed(ingest_page(a_report(dry_run=True), ENGLISH), 80)


def test_the_next_step_names_the_library_that_was_asked_for() -> None:
    session = Session("en", CommonOptions(library=Path("my cases")), {})

    assert "jianwei search --library 'my cases' WORDS" in printed(ingest_page(a_report(), session), 80)


def test_stats_show_counts_states_and_the_largest_names() -> None:
    page = printed(stats_page(some_stats(), ENGLISH), 80)

    for part in ("812", "Vectors clip@1", "(none)", "类目20", "… 5 more", "ready", "missing", "60/60", "2.9 MB"):
        assert part in page
    assert "类目5 " not in page


def test_doctor_gives_status_finding_and_the_one_command() -> None:
    page = printed(doctor_page(CHECKS, CHINESE), 80)

    for part in ("正常", "关闭", "没有编码器", "→ pip install x", "已开启的功能均可正常使用"):
        assert part in page


def test_doctor_counts_problems() -> None:
    page = printed(doctor_page([*CHECKS, Check("disk", "problem", "full", "已满")], ENGLISH), 80)

    assert "1 of 3 checks found a problem" in page


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 B"), (1023, "1023 B"), (1024, "1.0 KB"), (5 * 1024**2, "5.0 MB"), (3 * 1024**4, "3072.0 GB")],
)
def test_sizes_take_the_unit_that_fits(size: int, text: str) -> None:
    assert size_text(size) == text


def test_what_is_unknown_is_empty() -> None:
    assert (price_text(None), time_text(None)) == ("", "")
    assert price_text(0.0) == "0.00"


def _folding(distances: tuple[int | None, ...], listings: int) -> Hit:
    hit = a_hit()
    assert hit.picture is not None
    picture = hit.picture.picture
    under = tuple(
        FoldedListing(replace(hit.listing, listing_id=f"jd:{number}"), 0.5, 0.5, picture, distance)
        for number, distance in enumerate(distances)
    )
    return replace(hit, fold=PictureFold(picture, listings, 7, under))


def test_a_hit_names_what_stands_under_it_and_why() -> None:
    hit = _folding((0, 9, None, 3, 3), listings=12)
    result = replace(a_result(hit), in_folds=11)
    english, chinese = printed(hits_page(result, ENGLISH), 140), printed(hits_page(result, CHINESE), 140)
    assert "12 listings of 7 shops show this picture" in english
    assert "jd:0 · the same file" in english
    assert "jd:1 · 9 of 256 bits differ" in english
    assert "jd:2 · the same picture" in english
    assert "jd:3" not in english
    assert "and 8 more; --all shows each" in english
    assert "11 more under hits with the same picture" in english
    assert "12 个商品、7 家店铺" in chinese
    assert "指纹相差 9/256 位" in chinese
    assert "有 11 个商品与某条结果同图" in chinese


def test_a_hit_that_stands_alone_says_nothing_of_it() -> None:
    page = printed(hits_page(a_result(a_hit()), ENGLISH), 140)
    assert "shops show" not in page
    assert "--all" not in page


def test_where_no_shop_is_known_none_are_counted() -> None:
    hit = _folding((0,), listings=2)
    assert hit.fold is not None
    result = a_result(replace(hit, fold=replace(hit.fold, shops=0)))
    assert "2 listings show this picture" in printed(hits_page(result, ENGLISH), 140)
    assert "此图共 2 个商品使用" in printed(hits_page(result, CHINESE), 140)


def test_a_full_line_with_chinese_in_it_loses_no_characters() -> None:
    hit = replace(a_hit(), channels={"text:ocr": 1.0, "text:sound": 1.0, "text:title": 1.0})
    for columns in range(50, 110):
        said = " ".join(printed(hits_page(a_result(hit), ENGLISH), columns).split())
        assert "text:sound 1.00" in said, columns
        assert "text:title 1.00" in said, columns


def test_a_source_without_listings_is_told_as_such() -> None:
    empty = replace(a_report(), listings_new=0, listings_changed=0, listings_unchanged=0, pictures_read=0)
    assert "The source holds no listings." in printed(ingest_page(empty, ENGLISH))
    assert "no listings" not in printed(ingest_page(replace(empty, failures=(a_failure(),)), ENGLISH))
    assert "来源中没有商品" not in printed(ingest_page(replace(empty, listings_unchanged=5), CHINESE))


@pytest.mark.parametrize(
    ("avoided", "english", "chinese"),
    [
        (1, "1 listing matches but says or shows what is to be avoided", "有 1 个商品相符，但含有要排除的内容"),
        (5, "5 listings match but say or show what is to be avoided", "有 5 个商品相符，但含有要排除的内容"),
        (0, "nothing in this library is relevant enough", "库中没有足够相关的商品"),
    ],
)
def test_a_page_emptied_by_what_is_avoided_says_so(avoided: int, english: str, chinese: str) -> None:
    result = replace(a_result(), folded=7, avoided=avoided)
    assert english in printed(hits_page(result, ENGLISH), 140)
    assert chinese in printed(hits_page(result, CHINESE), 140)


def test_hits_say_how_many_others_were_avoided() -> None:
    result = replace(a_result(a_hit()), folded=7, avoided=5)
    assert "Of these 5 would be shown but for what is to be avoided." in printed(hits_page(result, ENGLISH), 240)
    assert "其中 5 个因含有要排除的内容。" in printed(hits_page(result, CHINESE), 240)
    assert "avoided" not in printed(hits_page(replace(result, avoided=0), ENGLISH), 240)
