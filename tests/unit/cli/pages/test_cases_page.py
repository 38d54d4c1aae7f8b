from __future__ import annotations

from dataclasses import replace

from tests.unit.cli.pages.printing import printed
from tests.unit.export.answers import a_report

from jianwei.cli.common_options import CommonOptions
from jianwei.cli.pages.cases_page import import_page
from jianwei.cli.session import Session
from jianwei.library.cases import CaseImport

ENGLISH = Session("en", CommonOptions(), {})
CHINESE = Session("zh", CommonOptions(), {})


def test_an_import_that_brought_ordinary_listings_alone_says_so() -> None:
    done = CaseImport(replace(a_report(), listings_new=30), cases_added=0, cases=14)
    english = " ".join(printed(import_page(done, ENGLISH)).split())
    assert "30 new listings came in as ordinary" in english
    assert "illegal_type" in english
    assert "30 个新商品已作为普通商品入库" in printed(import_page(done, CHINESE), 200)


def test_an_import_that_brought_cases_or_nothing_new_says_nothing_of_ordinary_ones() -> None:
    some = CaseImport(replace(a_report(), listings_new=30), cases_added=1, cases=15)
    none = CaseImport(replace(a_report(), listings_new=0), cases_added=0, cases=14)
    for done in (some, none):
        assert "ordinary" not in printed(import_page(done, ENGLISH))
