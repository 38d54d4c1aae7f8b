"""The numbering of changes, deleting, and who sees which state when."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from tests.contracts.catalog.samples import CASE, RECORD, changed, facts, line, put_picture, put_shown, record

from jianwei.errors import CatalogError
from jianwei.records import Failure, LocationState

if TYPE_CHECKING:
    from collections.abc import Callable

    from jianwei.ports import Catalog, Change


def test_only_the_newest_change_of_each_entity_is_kept(catalog: Catalog) -> None:
    one, _ = put_shown(catalog, 1)
    two, _ = put_shown(catalog, 2)
    with catalog.writing() as writer:
        writer.put_listing(record(1, price=1.0), record_hash="")
    changes = catalog.changes("listing", 0, 10)
    assert [change.entity_no for change in changes] == [two, one]
    assert [change.sequence for change in changes] == sorted(change.sequence for change in changes)
    assert catalog.sequence() == changes[-1].sequence


def test_changes_are_read_on_from_the_last_one_seen(catalog: Catalog) -> None:
    numbers = [put_shown(catalog, number)[0] for number in range(5)]
    seen: list[Change] = []
    while page := catalog.changes("listing", seen[-1].sequence if seen else 0, 2):
        assert len(page) <= 2
        seen += page
    assert [change.entity_no for change in seen] == numbers


def test_one_transaction_numbers_an_entity_once(catalog: Catalog) -> None:
    with catalog.writing() as writer:
        no = writer.put_listing(record(1), record_hash="")
        writer.put_case(no, CASE)
        writer.set_pictures(no, [(put_picture(writer, 1, pdq=False), "main", 0)])
    assert catalog.sequence() == 1


def test_sequence_and_numbers_are_never_given_twice(catalog: Catalog) -> None:
    sequences, numbers = [], []
    for number in range(3):
        no, pictures = put_shown(catalog, number, number)
        numbers += [("listing", no), *(("picture", picture) for picture in pictures)]
        sequences.append(catalog.sequence())
        with catalog.writing() as writer:
            writer.delete_listing(no)
        sequences.append(catalog.sequence())
    assert sequences == sorted(set(sequences))
    assert len(set(numbers)) == len(numbers)


def test_a_deleted_listing_leaves_a_tombstone(catalog: Catalog) -> None:
    no, (picture,) = put_shown(catalog, 1, 1)
    before = catalog.sequence()
    with catalog.writing() as writer:
        writer.delete_listing(no)
        writer.delete_listing(no)
        writer.delete_listing(12345)
    assert changed(catalog, "listing", 0) == [(no, True)]
    assert changed(catalog, "picture", 0) == [(picture, True)]
    assert catalog.sequence() == before + 2


def test_deleting_a_listing_keeps_pictures_that_another_one_shows(catalog: Catalog) -> None:
    first, (shared, own) = put_shown(catalog, 1, 1, 2)
    second, _ = put_shown(catalog, 2, 1)
    with catalog.writing() as writer:
        for number, picture in ((1, shared), (2, own)):
            writer.put_ocr(picture, model_id="m", lines=[line("字")])
            writer.put_location(LocationState(f"/pictures/{number}.jpg", 5, 6, facts(number).sha256))
        writer.put_failure(Failure("fetch", "/x", "missing", "m", "消", listing_id="shop:1"))
        writer.put_case(first, CASE)
    with catalog.writing() as writer:
        writer.delete_listing(first)
    assert catalog.listing_by_id("shop:1") is None
    assert list(catalog.pictures([shared, own])) == [shared]
    assert list(catalog.ocr_lines([shared, own])) == [shared]
    assert list(catalog.location_states(["/pictures/1.jpg", "/pictures/2.jpg"])) == ["/pictures/1.jpg"]
    assert catalog.listings_showing([shared, own]) == {shared: [second], own: []}
    stats = catalog.stats()
    assert (stats.listings, stats.pictures, stats.ocr_lines, stats.cases, stats.failures) == (1, 1, 1, 0, 0)


def test_a_picture_shown_again_in_the_same_transaction_is_kept(catalog: Catalog) -> None:
    first, (picture,) = put_shown(catalog, 1, 1)
    with catalog.writing() as writer:
        writer.delete_listing(first)
        second = writer.put_listing(record(2), record_hash="")
        writer.set_pictures(second, [(picture, "main", 0)])
    assert [item.picture.picture_no for item in catalog.pictures_of([second])[second]] == [picture]


def test_an_exception_undoes_the_transaction(catalog: Catalog) -> None:
    with pytest.raises(LookupError), catalog.writing() as writer:  # noqa: PT012 # what comes before it must go
        writer.put_listing(RECORD, record_hash="")
        raise LookupError
    assert catalog.listing_by_id(RECORD.listing_id) is None
    assert catalog.sequence() == 0
    with catalog.writing() as writer:
        writer.put_listing(RECORD, record_hash="")
    assert catalog.sequence() == 1


def test_a_refused_statement_undoes_the_transaction_even_when_its_error_is_caught(catalog: Catalog) -> None:
    with pytest.raises(CatalogError), catalog.writing() as writer:  # noqa: PT012 # what comes before it must go
        no = writer.put_listing(RECORD, record_hash="")
        with pytest.raises(CatalogError):
            writer.set_pictures(no, [(999, "main", 0)])
    assert catalog.listing_by_id(RECORD.listing_id) is None


def test_readers_see_the_committed_state_while_a_transaction_is_open(catalog: Catalog) -> None:
    put_shown(catalog, 1)
    with catalog.writing() as writer:
        for number in range(2, 500):
            writer.put_listing(record(number), record_hash="")
        assert catalog.stats().listings == 1
        assert catalog.listing_by_id("shop:2") is None
        assert catalog.sequence() == 1
    assert catalog.stats().listings == 499


def test_a_transaction_inside_a_transaction_is_refused(catalog: Catalog) -> None:
    with catalog.writing() as writer:
        with pytest.raises(CatalogError, match="inside a transaction"), catalog.writing():
            pass
        writer.put_listing(record(1), record_hash="")
    assert catalog.stats().listings == 1


def test_threads_take_turns_in_writing_and_read_meanwhile(catalog: Catalog) -> None:
    errors: list[Exception] = []

    def work(start: int) -> None:
        try:
            for number in range(start, start + 20):
                put_shown(catalog, number, number)
                assert catalog.listing_by_id(f"shop:{number}") is not None
                assert len(catalog.text_documents(range(1, 30))) > 0
        except Exception as error:  # noqa: BLE001 # shown by the assertion in the main thread
            errors.append(error)

    threads = [threading.Thread(target=work, args=(start,)) for start in (0, 100, 200)]
    with catalog.writer_session():
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert errors == []
    assert catalog.stats().listings == 60
    assert catalog.sequence() == 120


def test_a_closed_catalog_says_so(catalog: Catalog) -> None:
    catalog.close()
    catalog.close()
    with pytest.raises(CatalogError, match="closed"):
        catalog.stats()
    with pytest.raises(CatalogError, match="closed"), catalog.writing():
        pass


def test_a_block_of_one_moment_sees_no_later_change_in_any_read(catalog: Catalog) -> None:
    no, (picture,) = put_shown(catalog, 1, 1)
    with catalog.at_one_moment():
        before = catalog.sequence()
        _in_another_thread(lambda: put_shown(catalog, 2, 2))
        with catalog.at_one_moment():
            assert catalog.sequence() == before
        assert catalog.listings([no, no + 1]).keys() == {no}
        assert catalog.listings_showing([picture, picture + 1]) == {picture: [no], picture + 1: []}
    assert catalog.sequence() > before
    assert len(catalog.listings([no, no + 1])) == 2


def test_a_block_of_one_moment_is_of_one_thread_and_ends_with_an_error(catalog: Catalog) -> None:
    put_shown(catalog, 1, 1)
    seen: list[int] = []

    def fail() -> None:
        with catalog.at_one_moment():
            seen.append(catalog.sequence())
            put_shown(catalog, 2, 2)
            _in_another_thread(lambda: seen.append(catalog.sequence()))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    before, newest = seen
    assert before < newest == catalog.sequence()


def _in_another_thread(work: Callable[[], object]) -> None:
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
