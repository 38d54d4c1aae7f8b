from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from jianwei.ports.findings import CategoryScore, Finding, Place, Screening
from jianwei.ports.opinions import OpinionFinding
from jianwei.ports.probes import ProbeVoice
from jianwei.ports.reviews import Mark, Review
from jianwei.risk.verdict import folded_line, judge, marks_of

if TYPE_CHECKING:
    from jianwei.ports.reviews import Decision

PICTURES = {7: "sha-of-7", 8: "sha-of-8"}


def finding(category: str, *places: Place, score: float = 0.8) -> Finding:
    return Finding(category, f"{category}.rule", "high", "plain", ("词",), ("词",), score, places, (), "why", "理由")


def in_picture(number: int) -> Place:
    return Place("ocr", "根治", 0, 2, picture_no=number, line_no=0)


def in_title(line: str) -> Place:
    return Place("title", line, 0, 2)


def screening(*findings: Finding) -> Screening:
    codes = dict.fromkeys(item.category for item in findings)
    categories = tuple(CategoryScore(code, 0.9, "suspected") for code in codes)
    return Screening("suspected" if findings else "clear", 0.9, categories, findings, (), (), (), "v")


def review(number: int, decision: Decision, category: str = "") -> Review:
    return Review(number, "a:1", category, decision, "", "li", "", datetime.now(UTC))


def test_without_decisions_the_screening_stands() -> None:
    verdict = judge(screening(finding("a", in_picture(7))), decisions={}, marks=(), pictures=PICTURES)
    assert (verdict.status, dict(verdict.categories), verdict.covered) == ("suspected", {"a": "suspected"}, ())


def test_nothing_found_is_clear() -> None:
    verdict = judge(screening(), decisions={}, marks=(), pictures={})
    assert (verdict.status, verdict.score) == ("clear", 0.0)


def test_a_dismissed_picture_does_not_count_elsewhere_in_its_category() -> None:
    marks = marks_of([finding("a", in_picture(7))], PICTURES)
    elsewhere = screening(finding("a", in_picture(7)), finding("b", in_picture(7)))
    verdict = judge(elsewhere, decisions={}, marks=marks, pictures=PICTURES)
    assert dict(verdict.categories) == {"a": "dismissed", "b": "suspected"}
    assert [item.category for item in verdict.covered] == ["a"]


def test_a_finding_with_a_place_that_nobody_dismissed_still_counts() -> None:
    marks = marks_of([finding("a", in_picture(7))], PICTURES)
    verdict = judge(screening(finding("a", in_picture(7), in_picture(8))), decisions={}, marks=marks, pictures=PICTURES)
    assert verdict.status == "suspected"


def test_what_is_left_of_a_category_waits_for_a_person() -> None:
    marks = marks_of([finding("a", in_picture(7))], PICTURES)
    both = screening(finding("a", in_picture(7)), finding("a", in_title("根治"), score=0.5))
    verdict = judge(both, decisions={}, marks=marks, pictures=PICTURES)
    assert (verdict.status, verdict.open_categories) == ("review", (CategoryScore("a", 0.5, "review"),))


def test_a_missing_statement_is_never_covered() -> None:
    missing = finding("a")
    assert marks_of([missing], PICTURES) == []
    verdict = judge(screening(missing), decisions={}, marks={Mark("a", "line", "")}, pictures=PICTURES)
    assert verdict.status == "suspected"


def test_a_line_is_remembered_whatever_its_width_and_spaces() -> None:
    marks = marks_of([finding("a", in_title("加 ＶＸ abc"))], PICTURES)
    verdict = judge(screening(finding("a", in_title("加vx ABC"))), decisions={}, marks=marks, pictures={})
    assert verdict.status == "dismissed"


def test_the_word_of_a_person_stands_above_all() -> None:
    found = screening(finding("a", in_picture(7)), finding("b", in_picture(8)))
    confirmed = judge(found, decisions={"a": review(1, "confirm", "a")}, marks=(), pictures=PICTURES)
    assert (confirmed.status, dict(confirmed.categories)) == ("confirmed", {"a": "confirmed", "b": "suspected"})
    dismissed = judge(found, decisions={"": review(1, "dismiss")}, marks=(), pictures=PICTURES)
    assert (dismissed.status, dismissed.score) == ("dismissed", 0.0)


def test_of_two_decisions_the_later_counts() -> None:
    found = screening(finding("a", in_picture(7)))
    decisions = {"": review(2, "dismiss"), "a": review(5, "confirm", "a")}
    assert dict(judge(found, decisions=decisions, marks=(), pictures=PICTURES).categories) == {"a": "confirmed"}
    decisions = {"": review(6, "reopen"), "a": review(5, "confirm", "a")}
    assert judge(found, decisions=decisions, marks=(), pictures=PICTURES).status == "suspected"


def test_an_assignment_decides_nothing() -> None:
    found = screening(finding("a", in_picture(7)))
    assert judge(found, decisions={"": review(1, "assign")}, marks=(), pictures=PICTURES).status == "suspected"


def voice(*, called: bool = True) -> ProbeVoice:
    return ProbeVoice("*", 0.8, called, 0.6, 0.5, 0.3, 40)


def test_a_probe_that_calls_asks_for_a_look_where_nothing_was_found() -> None:
    for called, status in ((True, "review"), (False, "clear")):
        verdict = judge(screening(), decisions={}, marks=(), pictures={}, voices=[voice(called=called)])
        assert (verdict.status, verdict.score, verdict.open_categories) == (status, 0.0, ())
        assert verdict.voices == (voice(called=called),)


def test_a_probe_changes_nothing_that_a_rule_or_a_person_said() -> None:
    found = screening(finding("a", in_title("根治便秘")))
    for decisions in ({}, {"": review(1, "dismiss")}, {"": review(1, "confirm")}, {"a": review(1, "dismiss", "a")}):
        without = judge(found, decisions=decisions, marks=(), pictures={})
        heard = judge(found, decisions=decisions, marks=(), pictures={}, voices=[voice()])
        assert (heard.status, heard.score, heard.categories) == (without.status, without.score, without.categories)
    nothing = judge(screening(), decisions={"": review(1, "dismiss")}, marks=(), pictures={}, voices=[voice()])
    assert nothing.status == "dismissed"


@given(st.text(max_size=600))
def test_folding_a_line_twice_changes_nothing(line: str) -> None:
    once = folded_line(line)
    assert len(once) <= 500
    assert len(once) == 500 or folded_line(once) == once


@given(st.sets(st.sampled_from([7, 8])), st.sets(st.sampled_from([7, 8]), min_size=1))
def test_more_marks_never_raise_a_score(dismissed: set[int], shown: set[int]) -> None:
    found = screening(*(finding("a", in_picture(number), score=0.6) for number in sorted(shown)))
    marks = marks_of([finding("a", *(in_picture(number) for number in sorted(dismissed)))], PICTURES)
    without = judge(found, decisions={}, marks=(), pictures=PICTURES)
    assert judge(found, decisions={}, marks=marks, pictures=PICTURES).score <= without.score


def opinion(category: str = "a") -> OpinionFinding:
    return OpinionFinding(category, 7, "a-model", ("词",), (), (), 1.0, "理由")


def test_an_opinion_alone_asks_for_a_look_and_no_more() -> None:
    verdict = judge(screening(), decisions={}, marks=(), pictures={}, opinions=[opinion(), opinion("b")])
    assert (verdict.status, verdict.score, dict(verdict.categories)) == ("review", 0.0, {})
    assert [item.category for item in verdict.opinions] == ["a", "b"]


@given(st.lists(st.sampled_from(["a", "b", "c"]), max_size=4), st.booleans())
def test_opinions_never_change_what_rules_or_people_said(seen: list[str], decided: bool) -> None:
    found = screening(finding("a", in_picture(7)), finding("b", in_title("标题")))
    decisions = {"a": review(1, "dismiss", "a")} if decided else {}
    without = judge(found, decisions=decisions, marks=(), pictures=PICTURES)
    heard = judge(found, decisions=decisions, marks=(), pictures=PICTURES, opinions=[opinion(code) for code in seen])
    assert (heard.status, heard.score, heard.categories) == (without.status, without.score, without.categories)
    dismissed = judge(screening(), decisions={"": review(1, "dismiss")}, marks=(), pictures={}, opinions=[opinion()])
    assert dismissed.status == "dismissed"
