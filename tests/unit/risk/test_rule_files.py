"""Broken rule files name their line; the user's folders lie over the packaged rules; patterns are bounded in time."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.packaged_rules import packaged_book

from jianwei.errors import NotFoundError, RulebookError
from jianwei.risk.law_versions import citations, version_on
from jianwei.risk.patterns.bounded import SlowPattern, matches, pattern_fault
from jianwei.risk.patterns.words import anchors, may_span_lines
from jianwei.risk.rule_check import check_examples
from jianwei.risk.rule_files.rulebook_files import found_category, load_rulebook, rulebook_version
from jianwei.risk.rule_nodes import RulePlace
from jianwei.risk.rules import LawReference
from jianwei.risk.screener import Screener
from jianwei.risk.views.screened_text import ScreeningInput, text_segments

if TYPE_CHECKING:
    from jianwei.risk.rules import Rulebook

HEAD = "category: {code}\nzh: 试\nen: test\nseverity: low\n"
RULE = "rules:\n  - id: one\n    weight: 0.9\n    phrases: [蓝莓闪电]\n    match: [蓝莓闪电]\n"


def put(folder: Path, text: str, *, code: str = "test_category", name: str = "") -> Path:
    file = folder / (name or f"categories/{code}.yaml")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(HEAD.format(code=code) + text if not name else text, "utf-8")
    return file


R = "rules:\n  - id: a\n    weight: 0.5\n    phrases: [x]\n"
MISTAKES = (  # text, line, rule, field, what is told
    ("rules:\n  - id: a\n    wieght: 1\n    phrases: [x]\n", 7, "a", "wieght", "Did you mean 'weight'"),
    (
        "rules:\n  - id: a\n    weight: 3\n    phrases: [x]\n",
        7,
        "a",
        "weight",
        "from 0.05 to 1 is needed here; found: '3'",
    ),
    (
        "rules:\n  - id: a\n    weight: [1]\n    phrases: [x]\n",
        7,
        "a",
        "weight",
        "from 0.05 to 1 is needed here; found: a list",
    ),
    ("rules:\n  - id: a\n    weight: 0.5\n", 6, "a", "", "or contacts; found: id, weight"),
    ("rules:\n  - id: a\n    weight: 0.5\n    patterns: ['(']\n", 8, "a", "patterns[1]", "does not compile"),
    ("rules:\n  - id: a\n    weight: 0.5\n    patterns: [x, 'a*']\n", 8, "a", "patterns[2]", "matches the empty text"),
    (
        RULE + "  - id: one\n    weight: 0.9\n    phrases: [y]\n",
        10,
        "one",
        "",
        "two rules '{code}/one'; the other one stands in line 6",
    ),
    (
        "law:\n  - {law: 广告法}\n",
        6,
        "",
        "law[1]",
        "Give article (the same in all versions) or articles (by version); found: law",
    ),
    (R + "    when: {class: [cheese]}\n", 9, "a", "when.class[1]", "'cheese' is not known here"),
    (
        "law:\n  - {law: 广告发, article: 第九条}\n",
        6,
        "",
        "law[1].law",
        "'广告发' is not known here. Did you mean '广告法'? Allowed: ",
    ),
    (
        R + "    excuses: [{why: w}]\n",
        9,
        "a",
        "excuses[1]",
        "A context needs phrases, patterns, identifiers or contacts; found: why",
    ),
    (
        R + "    excuses: [{why: w, phrases: [y]}, {why: w, phrases: [y], within: far}]\n",
        9,
        "a",
        "excuses[2].within",
        "A whole number from 0 to 200 is needed here; found: 'far'",
    ),
    (R + "    excuses: [{why: w, phrases: [y], within: 3.5}]\n", 9, "a", "excuses[1].within", "found: '3.5'"),
    (R + "    missing: {mode: all}\n", 9, "a", "missing", "Say which statements or identifiers; found: mode"),
    (R + "    reversed: maybe\n", 9, "a", "reversed", "true or false is needed here; found: 'maybe'"),
    (R + "    explain: 说明\n", 9, "a", "explain", "(name: value) are needed here; found: '说明'"),
    (R + "    explain: {zh: 说明}\n", 9, "a", "explain.en", "'en' is missing here; found: 'zh'"),
    (
        "rules:\n  - weight: 0.5\n    phrases: [x]\n",
        6,
        "",
        "rules[1].id",
        "'id' is missing here; found: 'weight', 'phrases'",
    ),
    (
        "rules:\n  - id: a\n    weight: 0.5\n    phrases: [x, {y: z}]\n",
        8,
        "a",
        "phrases[2]",
        "A text is needed here; found: named values ('y')",
    ),
    (
        "rules:\n  - id: a\n    weight: 0.5\n    phrases: [x, '']\n",
        8,
        "a",
        "phrases[2]",
        "A text is needed here; found: nothing",
    ),
    ("severity: high\n", 5, "", "severity", "stands here twice"),
    ("rules: [\n", 6, "", "", "not YAML"),
)


def test_readings_of_a_user_take_the_place_of_those_of_a_syllable(tmp_path: Path) -> None:
    put(tmp_path, "hang: 行航\nzing: 蓝\n", name="normalisation/pinyin.yaml")
    mine, packaged = load_rulebook([tmp_path]).normalisation.syllables, packaged_book().normalisation.syllables
    assert "行" in packaged["xing"]
    assert dict(mine) == {**packaged, "hang": "行航", "zing": "蓝"}


@pytest.fixture(scope="module")
def mistaken(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Rulebook]:
    """Return a folder with each mistake in a category of its own, and what was read of it all: that takes seconds."""
    folder = tmp_path_factory.mktemp("mistaken")
    for number, (text, *_) in enumerate(MISTAKES):
        put(folder, text, code=f"mistake_{number}")
    put(folder, "", code="of_other_bytes").write_bytes("类别".encode("gb18030"))
    (folder / "categories" / "empty.yaml").write_text("", "utf-8")
    laws = "某法:\n  versions:\n    - {version: a, from: 2020-01-01}\n    - {version: b, from: 2021-01-01}\n"
    put(folder, laws, name="laws.yaml")
    return folder, load_rulebook([folder], broken="skip")


@pytest.mark.parametrize("number", range(len(MISTAKES)), ids=[message for *_, message in MISTAKES])
def test_a_mistake_is_named_with_its_line_rule_and_field(mistaken: tuple[Path, Rulebook], number: int) -> None:
    folder, book = mistaken
    code = f"mistake_{number}"
    _, line, rule, field, message = MISTAKES[number]
    file = str(folder / "categories" / f"{code}.yaml")
    (problem,) = (problem for problem in book.problems if problem.place.file == file)
    assert problem.place.line == line
    assert problem.place.rule_id == (rule and f"{code}/{rule}")
    assert problem.place.field == field
    assert message.format(code=code) in problem.message
    assert problem.message_zh


def test_what_is_broken_is_left_out_and_all_else_holds(mistaken: tuple[Path, Rulebook]) -> None:
    folder, book = mistaken
    assert len(book.problems) == len(MISTAKES) + 3
    assert all(problem.place.file.startswith(str(folder)) for problem in book.problems)
    assert packaged_book().categories.keys() <= book.categories.keys()
    assert len(packaged_book().categories) >= 29


def test_broken_rules_are_refused_with_the_file_and_the_way_on(tmp_path: Path) -> None:
    file = put(tmp_path, MISTAKES[0][0])
    with pytest.raises(RulebookError, match=str(file)) as caught:
        load_rulebook([tmp_path])
    assert f"{file}:{MISTAKES[0][1]}" in caught.value.message
    assert "JIANWEI_BROKEN_RULES=skip" in caught.value.message


def test_a_single_mistake_is_one(tmp_path: Path) -> None:
    put(tmp_path, MISTAKES[0][0])
    with pytest.raises(RulebookError, match=r"The rules have 1 mistake\. "):
        load_rulebook([tmp_path])


def test_a_file_that_nothing_reads_is_a_mistake_and_told_where_it_belongs(tmp_path: Path) -> None:
    put(tmp_path, RULE)
    stray = ("mine.yaml", "categories/mine.yml", "word_list.yaml", "normalisation/emojis.yaml")
    for name in stray:
        put(tmp_path, "a: 1\n", name=name)
    problems = [item for item in load_rulebook([tmp_path], broken="skip").problems if "nothing reads" in item.message]
    assert sorted(item.place.file for item in problems) == sorted(str(tmp_path / name) for name in stray)
    by_name = {Path(item.place.file).name: item.message for item in problems}
    assert by_name["word_list.yaml"].endswith("Did you mean word_lists.yaml?")
    assert "belongs into categories/" in by_name["mine.yaml"]
    with pytest.raises(RulebookError, match="nothing reads this file"):
        load_rulebook([tmp_path])


def test_bytes_that_are_not_utf8_and_empty_files_are_named(mistaken: tuple[Path, Rulebook]) -> None:
    messages = {Path(problem.place.file).stem: problem.message for problem in mistaken[1].problems}
    assert messages["empty"] == "The file is empty."
    assert "not UTF-8" in messages["of_other_bytes"]


def test_versions_of_a_law_must_not_overlap(mistaken: tuple[Path, Rulebook]) -> None:
    assert "overlap" in mistaken[1].problems[0].message


def without_packaged(book: Rulebook) -> Rulebook:
    """Return a rulebook with the categories of a test alone: to look for what packaged rules look for takes seconds."""
    return replace(book, categories={code: each for code, each in book.categories.items() if code.startswith("test_")})


@pytest.mark.no_cover  # reads all packaged rules, as others do
def test_a_new_category_is_laid_over_the_packaged_ones_and_screens(tmp_path: Path) -> None:
    before = rulebook_version()
    put(tmp_path, RULE)
    book = load_rulebook([tmp_path])
    assert book.version == rulebook_version([tmp_path]) != before
    screening = Screener(book).screen(ScreeningInput(text_segments("买 蓝·莓·闪·电 两件"), date(2026, 1, 1)))
    assert [(item.code, item.status) for item in screening.categories] == [("test_category", "suspected")]
    assert screening.findings[0].seen == ("蓝·莓·闪·电",)


@pytest.mark.no_cover  # reads all packaged rules, as others do
def test_a_rule_that_asks_what_else_was_found_applies_only_beside_it(tmp_path: Path) -> None:
    put(tmp_path, RULE)
    asks = "rules:\n  - id: two\n    weight: 0.9\n    phrases: [紫藤瀑布]\n    when: {found: [test_category]}\n"
    put(tmp_path, asks, code="test_other")
    screener = Screener(without_packaged(load_rulebook([tmp_path])))

    def codes(text: str) -> set[str]:
        return {item.code for item in screener.screen(ScreeningInput(text_segments(text), date(2026, 1, 1))).categories}

    assert codes("紫藤瀑布 两件") == set()
    assert codes("紫藤瀑布 蓝莓闪电 两件") == {"test_category", "test_other"}


@pytest.mark.no_cover  # reads all packaged rules, as others do
def test_user_files_replace_disable_and_drop_rules(tmp_path: Path) -> None:
    packaged = packaged_book().categories["superstition_claim"]
    first = packaged.rules[0].rule_id.partition("/")[2]
    file = put(tmp_path, "", name="categories/superstition_claim.yaml")
    head = "category: superstition_claim\n"
    file.write_text(head + f"disable: [{first}]\n", "utf-8")
    book = load_rulebook([tmp_path])
    assert packaged.rules[0].rule_id not in {rule.rule_id for rule in book.rules}
    assert book.categories["superstition_claim"].zh == packaged.zh

    file.write_text(head + f"rules: [{{id: {first}, weight: 0.3, phrases: [雪山]}}]\n", "utf-8")
    replaced = found_category(load_rulebook([tmp_path]), f"superstition_claim/{first}").rules
    assert [rule.words.phrases for rule in replaced] == [("雪山",)]

    file.write_text(head + "replace: true\nzh: 新\nen: new\nrules: [{id: a, weight: 0.3, phrases: [雪山]}]\n", "utf-8")
    assert len(load_rulebook([tmp_path]).categories["superstition_claim"].rules) == 1


def test_a_name_that_is_not_there_names_near_ones() -> None:
    with pytest.raises(NotFoundError, match="absolute_claim"):
        found_category(packaged_book(), "absolut_claim")
    with pytest.raises(NotFoundError, match="jianwei rules list") as caught:
        found_category(packaged_book(), "zzz")
    assert "absolute_claim" not in caught.value.message


def test_examples_that_fail_are_pointed_at(tmp_path: Path) -> None:
    rules = "rules:\n  - id: one\n    weight: 0.9\n    phrases: [蓝莓闪电]\n    match: [红莓]\n    clear: [蓝莓闪电]\n"
    put(tmp_path, rules + "  - {id: two, weight: 0.5, phrases: [绿莓闪电]}\n")
    book = load_rulebook([tmp_path])
    alone = replace(book, categories={"test_category": book.categories["test_category"]})
    wrong, unwanted, none = check_examples(Screener(replace(alone, identifiers={}, contacts={})))
    assert [item.place.line for item in (wrong, unwanted, none)] == [9, 10, 11]
    assert [item.place.field for item in (wrong, unwanted, none)] == ["match[1]", "clear[1]", "match"]
    assert wrong.place.rule_id == "test_category/one"
    assert "does not match" in wrong.message
    assert "must not" in unwanted.message
    assert "no example" in none.message


def test_an_example_of_a_rule_laid_over_a_packaged_category_stands_in_the_file_of_its_user(tmp_path: Path) -> None:
    file = put(tmp_path, "", name="categories/superstition_claim.yaml")
    rule = "rules: [{id: mine, weight: 0.3, phrases: [蓝莓闪电], match: [红莓]}]\n"
    file.write_text("category: superstition_claim\n" + rule, "utf-8")
    book = load_rulebook([tmp_path])
    category = book.categories["superstition_claim"]
    (mine,) = (rule for rule in category.rules if rule.rule_id == "superstition_claim/mine")
    alone = replace(book, categories={category.code: replace(category, rules=(mine,))}, identifiers={}, contacts={})
    (wrong,) = check_examples(Screener(alone))
    assert wrong.place == RulePlace(str(file), 2, 1, "superstition_claim/mine", "match[1]")


def test_an_example_that_a_table_gets_wrong_is_pointed_at(tmp_path: Path) -> None:
    table = "蓝莓号:\n  zh: 蓝莓号\n  en: no\n  pattern: 'lm\\d{4}'\n  good: [lm1234, lm12]\n  bad: [lm5678]\n"
    file = put(tmp_path, table, name="identifiers.yaml")
    book = load_rulebook([tmp_path])
    alone = replace(book, categories={}, contacts={}, identifiers={"蓝莓号": book.identifiers["蓝莓号"]})
    places = [item.place for item in check_examples(Screener(alone))]
    assert places == [RulePlace(str(file), 1, 1, "", f"蓝莓号.{field}") for field in ("good[2]", "bad[1]")]


@pytest.mark.no_cover  # reads all packaged rules, as others do
def test_a_catastrophic_pattern_is_broken_off_in_time(tmp_path: Path) -> None:
    put(tmp_path, "rules:\n  - {id: a, weight: 0.5, patterns: ['(?:蓝+)+莓'], match: [蓝莓]}\n")
    screener = Screener(without_packaged(load_rulebook([tmp_path])))
    started = time.process_time()
    screening = screener.screen(ScreeningInput(text_segments("莓" + "蓝" * 5000 + "x"), date(2026, 1, 1)))
    assert time.process_time() - started < 10
    assert screening.status == "clear"
    evil = SlowPattern()
    assert matches(r"(?:a|a|aa)+$", "a" * 60 + "b", evil) == []
    assert evil.counts == {r"(?:a|a|aa)+$": 1}


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("全(?:国|球)首[家创]", {"全国首家", "全国首创", "全球首家", "全球首创"}),
        (r"(?:NO\.?|TOP) *1", {"no", "top"}),
        ("治.{0,3}糖尿病", {"糖尿病"}),
        ("(?:治|防)+癌?", {"治", "防"}),
        (r"\d+天", {"天"}),
        (r"\d+", set()),
        ("a?b?c", set()),
        (r"(?>蓝莓)", set()),
    ],
)
def test_anchors_are_words_that_every_match_holds(pattern: str, words: set[str]) -> None:
    assert anchors(pattern) == words or (pattern == r"(?>蓝莓)" and anchors(pattern) <= {"蓝莓"})


@pytest.mark.parametrize(
    ("pattern", "spans"),
    [
        ("治.{0,3}病", False),
        (r"治[^。\n]{0,3}病", False),
        ("治[^。]{0,3}病", True),
        (r"治\s病", False),  # what stands for a line end is a space
        (r"治(?=\s)病", False),
    ],
)
def test_patterns_that_may_run_over_a_line_end_are_known(pattern: str, spans: bool) -> None:
    assert may_span_lines(pattern) is spans


def test_faults_of_patterns() -> None:
    assert pattern_fault("治(") is not None
    assert pattern_fault("治") is None


def test_the_version_in_force_on_the_day_is_cited() -> None:
    laws = packaged_book().laws
    reference = LawReference("反不正当竞争法", "prohibition", {"2019修正": "第八条第一款", "2025修订": "第九条第一款"})
    old, new = (citations([reference, reference], laws, date(2025, 10, day)) for day in (14, 15))
    assert [(item.version, item.article) for item in old] == [("2019修正", "第八条第一款")]
    assert [(item.version, item.article) for item in new] == [("2025修订", "第九条第一款")]
    future = LawReference("食品标识监督管理办法", "prohibition", {"": "第七条"})
    assert citations([future], laws, date(2027, 3, 15)) == ()
    assert [item.version for item in citations([future], laws, date(2027, 3, 16))] == ["2025"]
    assert version_on(laws["反不正当竞争法"], date(1990, 1, 1)) is None
