from jianwei.search.channels import restricted_to
from jianwei.text.query_syntax import And, Not, Or, Phrase, Term, Words


def test_terms_without_a_field_concern_every_field() -> None:
    assert restricted_to(Term("芦荟"), "ocr") == Term("芦荟")


def test_terms_of_another_field_are_left_out() -> None:
    query = And((Term("芦荟", "title"), Phrase("根治", "ocr")))
    assert restricted_to(query, "ocr") == Words((Phrase("根治", "ocr"),))
    assert restricted_to(query, "spec") is None


def test_what_must_not_match_asks_for_nothing() -> None:
    assert restricted_to(And((Term("刀"), Not(Term("厨房")))), "title") == Words((Term("刀"),))
    assert restricted_to(Not(Term("厨房")), "title") is None


def test_nesting_is_kept() -> None:
    query = Or((Words((Term("a"), Term("b", "spec"))), Term("c", "ocr")))
    assert restricted_to(query, "ocr") == Words((Words((Term("a"),)), Term("c", "ocr")))
