"""Decisions as a desk makes them: confirmed ones become cases, dismissed ones stay away, two people cannot both win."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING

import pytest
from tests.integration.conftest import WITHOUT_OCR
from tests.unit.cli.conftest import Runner

from jianwei.errors import ConflictError, NotFoundError, QueryError
from jianwei.library import Library

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CURE = "本草清糖胶囊 保健食品 根治糖尿病 无效退款"
CODE = "health_food_disease_claim"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reviews")
    titles = [CURE, f"{CURE} ", "不锈钢保温杯 500毫升", "蓝莓叶黄素片 保健食品 三天治好白内障"]
    records = [
        {"product_code": str(number), "product_name": title, "platform": "p", "category": "保健食品"}
        for number, title in enumerate(titles)
    ]
    source = folder / "listings.jsonl"
    source.write_text("\n".join(json.dumps(record, ensure_ascii=False) for record in records), "utf-8")
    with Library.open(folder / "library", settings=WITHOUT_OCR) as opened:
        opened.ingest(source)
    return folder / "library"


@pytest.fixture
def library(tmp_path: Path, made: Path) -> Iterator[Library]:
    shutil.copytree(made, tmp_path / "library")
    with Library.open(tmp_path / "library", settings=WITHOUT_OCR) as opened:
        yield opened


def waiting(library: Library) -> list[str]:
    return [item.screened.listing.listing_id for item in library.reviews.queue()[0]]


def test_what_is_suspected_waits_until_somebody_decides(library: Library) -> None:
    assert set(waiting(library)) == {"p:0", "p:1", "p:3"}
    library.reviews.decide("p:0", "confirm", reviewer="李")
    assert set(waiting(library)) == {"p:1", "p:3"}
    assert library.reviews.listing("p:0").verdict.status == "confirmed"


def test_a_confirmed_listing_is_a_case_at_once(library: Library) -> None:
    library.reviews.decide("p:0", "confirm", reviewer="李", reason="广告宣称治愈糖尿病")
    case = library.show("p:0").listing.case
    assert case is not None
    assert "保健食品" in case.illegal_type
    assert "广告法" in case.basis
    assert case.description == "广告宣称治愈糖尿病"
    assert any("糖尿病" in word for word in case.keywords)


def test_a_dismissal_is_remembered_for_the_same_words_elsewhere(library: Library) -> None:
    library.reviews.decide("p:0", "dismiss", reviewer="李", reason="教学样例")
    assert "p:1" not in waiting(library)
    verdict = library.reviews.listing("p:1").verdict
    assert verdict.status == "dismissed"
    assert verdict.covered
    assert "p:3" in waiting(library)


def test_the_command_line_tells_what_people_decided_and_what_that_covers_elsewhere(
    library: Library, tmp_path: Path
) -> None:
    library.reviews.decide("p:0", "dismiss", reviewer="李", reason="已核对批文")
    library.close()
    findings = Runner(tmp_path / "library")("findings", "--limit", "0", language="zh").stdout
    first, second, third = (findings.partition(f"{name}  ")[2].partition("\n\n")[0] for name in ("p:0", "p:1", "p:3"))
    assert "已人工排除 · 李 · " in first
    assert "已核对批文" in first
    assert "此前已被人工排除" in second
    assert "人工" not in third.partition("由文本模型")[0]


def test_a_dismissal_that_is_not_to_be_remembered_stays_with_its_listing(library: Library) -> None:
    library.reviews.decide("p:0", "dismiss", reviewer="李", reason="已获许可", remember=False)
    assert set(waiting(library)) == {"p:1", "p:3"}


def test_reopening_forgets_what_was_remembered(library: Library) -> None:
    library.reviews.decide("p:0", "dismiss", reviewer="李", reason="教学样例")
    library.reviews.decide("p:0", "reopen", reviewer="王")
    assert set(waiting(library)) == {"p:0", "p:1", "p:3"}
    assert [review.decision for review in library.reviews.history("p:0")] == ["dismiss", "reopen"]


def test_one_category_is_decided_alone(library: Library) -> None:
    library.reviews.decide("p:0", "dismiss", category=CODE, reviewer="李", reason="误读")
    reviewed = library.reviews.listing("p:0")
    assert reviewed.verdict.categories[CODE] == "dismissed"
    assert reviewed.decisions[CODE].reviewer == "李"


def test_the_second_of_two_people_is_told(library: Library) -> None:
    library.reviews.decide("p:0", "confirm", reviewer="李", seen=0)
    with pytest.raises(ConflictError, match="meanwhile by 李") as error:
        library.reviews.decide("p:0", "dismiss", reviewer="王", reason="不是", seen=0)
    assert "李" in error.value.message_zh
    assert len(library.reviews.history("p:0")) == 1


def test_a_decision_about_all_and_one_about_a_category_clash_too(library: Library) -> None:
    first = library.reviews.decide("p:0", "confirm", reviewer="李", category=CODE, seen=0)
    with pytest.raises(ConflictError, match="meanwhile by 李"):
        library.reviews.decide("p:0", "dismiss", reviewer="王", reason="不是", seen=0)
    second = library.reviews.decide("p:0", "dismiss", reviewer="王", reason="不是", seen=first.review_no)
    with pytest.raises(ConflictError, match="meanwhile by 王") as error:
        library.reviews.decide("p:0", "reopen", reviewer="李", category=CODE, seen=first.review_no)
    assert (error.value.facts["reviewer"], error.value.facts["decision"]) == ("王", "dismiss")
    assert library.reviews.listing("p:0").seen == second.review_no


def test_an_assignment_keeps_a_listing_waiting_for_somebody(library: Library) -> None:
    library.reviews.decide("p:0", "assign", reviewer="李", assignee="王")
    mine, total = library.reviews.queue(assignee="王")
    assert ([item.screened.listing.listing_id for item in mine], total) == (["p:0"], 1)
    nobodys, _ = library.reviews.queue(assignee="")
    assert "p:0" not in [item.screened.listing.listing_id for item in nobodys]


def test_decisions_outlive_a_new_screening(library: Library) -> None:
    library.reviews.decide("p:0", "confirm", reviewer="李")
    library.risk.screen(everything=True)
    assert library.reviews.listing("p:0").verdict.status == "confirmed"
    assert [review.listing_id for review in library.reviews.recent(reviewer="李")] == ["p:0"]
    assert library.reviews.recent(reviewer="王") == []


def test_categories_narrow_the_queue(library: Library) -> None:
    found, _ = library.reviews.queue(categories=["wildlife_product"])
    assert found == []
    found, _ = library.reviews.queue(categories=[CODE])
    assert {item.screened.listing.listing_id for item in found} == {"p:0", "p:1", "p:3"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"decision": "delete"}, "not known. Allowed: confirm, dismiss, assign, reopen"),
        ({"decision": "dismiss"}, "needs a reason"),
        ({"decision": "assign"}, "name of who is to look"),
        ({"decision": "confirm", "reviewer": " "}, "name of who decides"),
    ],
)
def test_a_decision_that_cannot_be_used_is_told(library: Library, arguments: dict[str, str], message: str) -> None:
    with pytest.raises(QueryError, match=message):
        library.reviews.decide("p:0", **{"reviewer": "李", **arguments})  # type: ignore[arg-type]


def test_what_was_not_found_cannot_be_decided(library: Library) -> None:
    with pytest.raises(NotFoundError, match="Nothing of the category 'wildlife_product'"):
        library.reviews.decide("p:0", "confirm", reviewer="李", category="wildlife_product")
    with pytest.raises(NotFoundError, match="jianwei screen"):
        library.reviews.decide("p:9", "confirm", reviewer="李")


def test_a_page_out_of_range_is_told(library: Library) -> None:
    with pytest.raises(QueryError, match="limit is 0"):
        library.reviews.queue(limit=0)


def test_a_case_goes_when_its_confirmation_is_taken_back(library: Library) -> None:
    library.reviews.decide("p:0", "confirm", reviewer="李")
    assert library.search("清糖胶囊", target="cases").total == 1
    library.reviews.decide("p:0", "reopen", reviewer="王")
    assert library.show("p:0").listing.case is None
    assert library.cases.count() == 0
    assert library.search("清糖胶囊", target="cases").total == 0
    library.reviews.decide("p:0", "confirm", reviewer="李")
    library.reviews.decide("p:0", "dismiss", reviewer="王", reason="教学样例")
    assert library.cases.count() == 0


def test_a_case_stays_while_one_confirmation_stands(library: Library) -> None:
    others = [item.code for item in library.reviews.listing("p:0").screened.result.screening.categories]
    assert len(others) > 1
    for code in others:
        library.reviews.decide("p:0", "confirm", category=code, reviewer="李")
    library.reviews.decide("p:0", "dismiss", category=CODE, reviewer="王", reason="误读")
    case = library.show("p:0").listing.case
    assert case is not None
    assert library.risk.rulebook.categories[CODE].zh not in case.illegal_type
    for code in others:
        library.reviews.decide("p:0", "reopen", category=code, reviewer="王")
    assert library.show("p:0").listing.case is None


def test_a_case_of_a_source_survives_decisions(tmp_path: Path) -> None:
    record = {"product_code": "7", "product_name": CURE, "platform": "p", "illegal_type": "虚假宣传"}
    source = tmp_path / "cases.jsonl"
    source.write_text(json.dumps(record, ensure_ascii=False), "utf-8")
    with Library.open(tmp_path / "cases", settings=WITHOUT_OCR) as library:
        library.ingest(source)
        library.reviews.decide("p:7", "dismiss", reviewer="李", reason="误读")
        assert library.cases.count() == 1
        library.reviews.decide("p:7", "confirm", reviewer="李")
        library.reviews.decide("p:7", "reopen", reviewer="李")
        assert library.cases.count() == 0
        library.ingest(source)
        assert library.show("p:7").listing.case.illegal_type == "虚假宣传"  # type: ignore[union-attr]
