import pytest

from jianwei.ingest.sources.duplicates import SeenListings
from jianwei.ingest.sources.raw import Place
from jianwei.records import Failure, ListingRecord

MANY = 20_000
"""More than several doublings of the table hold."""


def listing(number: int, title: str = "") -> ListingRecord:
    return ListingRecord(f"shop:{number}", title=title, source={"title": title})


@pytest.fixture(scope="module")
def seen() -> SeenListings:
    found = SeenListings()
    for number in range(MANY):
        place = Place(f"part{number // 7000}.csv", number % 7000 + 2)
        assert found.judge(listing(number, f"t{number}"), place) == "new"
    return found


def test_each_of_many_is_known_again(seen: SeenListings) -> None:
    assert {seen.judge(listing(number, f"t{number}"), Place("again.csv", 1)) for number in range(MANY)} == {"same"}


@pytest.mark.parametrize(
    ("number", "first"), [(0, "part0.csv:2"), (6999, "part0.csv:7001"), (19_999, "part2.csv:6001")]
)
def test_other_content_under_a_known_id_names_both_places(seen: SeenListings, number: int, first: str) -> None:
    failure = seen.judge(listing(number, "other"), Place("again.csv", 9))
    assert isinstance(failure, Failure)
    assert failure.reason == "duplicate-id"
    assert failure.location == "again.csv:9"
    assert first in failure.message


def test_half_of_a_surrogate_pair_in_an_id_is_no_obstacle() -> None:
    seen = SeenListings()
    assert seen.judge(ListingRecord("shop:\ud800"), Place("a.csv", 2)) == "new"
    assert seen.judge(ListingRecord("shop:\ud800"), Place("a.csv", 3)) == "same"
