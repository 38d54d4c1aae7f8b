"""Whatever a source holds comes back unchanged: any text, even half characters; any number, moment, box and JSON."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from tests.contracts.catalog.samples import facts

from jianwei.records import CaseRecord, Failure, Listing, ListingRecord, LocationState, OcrLine

if TYPE_CHECKING:
    from jianwei.ports import Catalog

# One catalog serves all examples of a test: each example replaces what the one before has put.
repeated = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)

anything = st.text(st.characters(codec=None, exclude_categories=()), max_size=30)
"""Any string that Python can hold: NUL, noncharacters and lone surrogates included."""

pairs = st.lists(st.tuples(anything, anything), max_size=4).map(tuple)
moments = st.datetimes(
    min_value=datetime(1, 1, 3),  # noqa: DTZ001 # the strategy adds the time zone
    max_value=datetime(9999, 12, 29),  # noqa: DTZ001
    timezones=st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)
cases = st.builds(
    CaseRecord,
    illegal_type=anything,
    keywords=st.lists(anything, max_size=3).map(tuple),
    basis=anything,
    description=anything,
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | anything,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(anything, inner, max_size=3),
    max_leaves=10,
)
records = st.builds(
    ListingRecord,
    listing_id=anything,
    platform=anything,
    product_code=anything,
    url=anything,
    title=anything,
    price=st.none() | st.floats(allow_nan=False),
    shop=anything,
    category=anything,
    captured_at=st.none() | moments,
    intro=pairs,
    spec=pairs,
    case=st.none() | cases,
    source=st.dictionaries(anything, json_values, max_size=4),
)
coordinates = st.floats(allow_nan=False, allow_infinity=False)
points = st.tuples(coordinates, coordinates)
lines = st.builds(OcrLine, text=anything, box=st.tuples(points, points, points, points), confidence=st.floats(0, 1))


@repeated
@given(record=records)
@example(record=ListingRecord("\ud83d", title="\ufdd00041\x00", source={"\udcff": ["\ufdd0", 2**70, 1e300]}))
def test_listings_come_back_unchanged(catalog: Catalog, record: ListingRecord) -> None:
    with catalog.writing() as writer:
        listing_no = writer.put_listing(record, record_hash="h")
    listing = catalog.listings([listing_no])[listing_no]
    for field in fields(Listing):
        if field.name != "listing_no":
            assert getattr(listing, field.name) == getattr(record, field.name)
    assert catalog.listing_by_id(record.listing_id) == listing
    assert catalog.record_hashes([record.listing_id]) == {record.listing_id: "h"}
    assert catalog.raw_source(listing_no) == record.source
    (document,) = catalog.text_documents([listing_no])
    assert (document.title, document.captured_at) == (record.title, record.captured_at)


@repeated
@given(first=st.lists(lines, max_size=4), second=st.lists(lines, max_size=4))
def test_ocr_lines_come_back_unchanged(catalog: Catalog, first: list[OcrLine], second: list[OcrLine]) -> None:
    with catalog.writing() as writer:
        one, two = (writer.put_picture(facts(number), location="/a") for number in (1, 2))
        writer.put_ocr(one, model_id="m", lines=first)
        writer.put_ocr(two, model_id="m", lines=second)
    assert catalog.ocr_lines([one, two]) == {one: first, two: second}


@repeated
@given(location=anything, message=anything, size_bytes=st.integers(0, 2**63 - 1), moment=moments)
def test_locations_and_failures_come_back_unchanged(
    catalog: Catalog, location: str, message: str, size_bytes: int, moment: datetime
) -> None:
    state = LocationState(location, size_bytes, size_bytes, None)
    failure = Failure("fetch", location, "missing", message, message[::-1], location, True, moment)
    with catalog.writing() as writer:
        writer.clear_failures([known.location for known in catalog.failures()])
        writer.put_location(state)
        writer.put_failure(failure)
        picture_no = writer.put_picture(facts(1), location=location)
    assert catalog.location_states([location]) == {location: state}
    assert catalog.failures() == [failure]
    assert catalog.pictures([picture_no])[picture_no].location == location


def test_a_moment_outside_the_years_that_exist_in_utc_becomes_the_nearest(catalog: Catalog) -> None:
    no_date = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=8)))
    with catalog.writing() as writer:
        listing_no = writer.put_listing(ListingRecord("a", captured_at=no_date), record_hash="")
    assert catalog.listings([listing_no])[listing_no].captured_at == datetime(1, 1, 1, tzinfo=UTC)


def test_what_json_does_not_know_is_kept_readable(catalog: Catalog) -> None:
    record = ListingRecord("a", source={"when": datetime(2024, 5, 1, tzinfo=UTC), "data": b"abc", "set": complex(1, 2)})
    with catalog.writing() as writer:
        listing_no = writer.put_listing(replace(record, title="t"), record_hash="")
    assert catalog.raw_source(listing_no) == {
        "when": "2024-05-01T00:00:00+00:00",
        # SHA-256 of "abc": FIPS 180-2, appendix B.1
        "data": {"bytes": 3, "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        "set": "(1+2j)",
    }
