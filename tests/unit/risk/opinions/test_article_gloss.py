from __future__ import annotations

import pytest
from tests.packaged_rules import packaged_book

from jianwei.ports.findings import LawCitation
from jianwei.risk.opinions.article_gloss import article_gloss, law_gloss


@pytest.mark.parametrize(
    ("article", "gloss"),
    [
        ("第十八条第一款第二项", "Art. 18 para. 1 item 2"),
        ("第一百四十条第一款（转致广告法）", "Art. 140 para. 1"),
        ("第二十八条第一款、第二款第一至五项；第十一条第二款", "Art. 28 para. 1, para. 2 item 1–5; Art. 11 para. 2"),
        ("第十一条第二项至第六项", "Art. 11 item 2–item 6"),
        ("第二百八十四条之一", "Art. 284-1"),
        ("第20条第一、二项", "Art. 20 item 1, 2"),
        ("不显著依第五十九条第一款", ""),
        ("", ""),
    ],
)
def test_numbers_are_said_and_nothing_where_there_is_more(article: str, gloss: str) -> None:
    assert article_gloss(article) == gloss


def test_a_citation_is_said_with_its_law_and_version() -> None:
    laws = packaged_book().laws
    cited = LawCitation("广告法", "2021修正", "第九条第三项", "prohibition")
    assert law_gloss(cited, laws) == "Advertising Law (as amended in 2021), Art. 9 item 3"
    assert law_gloss(LawCitation("广告法", "2021修正", "见正文", "penalty"), laws) == (
        "Advertising Law (as amended in 2021)"
    )
    assert law_gloss(LawCitation("无此法", "2021", "第一条", "penalty"), laws) == ""


def test_every_law_of_the_packaged_rules_can_be_said() -> None:
    for law in packaged_book().laws.values():
        for version in law.versions:
            gloss = law_gloss(LawCitation(law.name, version.name, "第一条", "prohibition"), packaged_book().laws)
            assert gloss.startswith(law.en)
            assert gloss.endswith("Art. 1")
