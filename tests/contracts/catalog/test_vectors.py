"""Vectors by content and space: what comes back, what is missing, and which entities a change of one reaches."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.contracts.catalog.samples import changed, facts, put_picture, put_shown, record

from jianwei.errors import CatalogError, VectorError
from jianwei.records import CaptionText, Failure, ListingRecord, TitleText, VectorSpace
from jianwei.text.fingerprint import text_sha256

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from jianwei.ports import Catalog
    from jianwei.records import VectorKind

SPACE = "model@1"
OTHER = "其他@2"


def rows(*directions: int, dims: int = 8) -> NDArray[np.float32]:
    """Return unit rows, each along one axis."""
    return np.eye(dims, dtype=np.float32)[list(directions)]


def key(number: int) -> str:
    return facts(number).sha256


def put(
    catalog: Catalog,
    kind: VectorKind,
    keys: Sequence[str],
    vectors: NDArray[np.float32],
    *,
    space: str = SPACE,
) -> None:
    with catalog.writing() as writer:
        writer.put_vectors(kind, space=space, keys=keys, vectors=vectors)


def test_vectors_come_back_by_ascending_number_as_unit_rows(catalog: Catalog) -> None:
    _, (one, two, three) = put_shown(catalog, 1, 1, 2, 3)
    given = np.random.default_rng(1).normal(size=(2, 64)).astype(np.float32)
    given /= np.linalg.norm(given, axis=1, keepdims=True)
    put(catalog, "picture", [key(2), key(1)], given)
    numbers, vectors = catalog.vectors("picture", SPACE, [three, two, one, 999])
    assert numbers.tolist() == [one, two]
    assert (numbers.dtype.name, vectors.dtype.name) == ("int64", "float32")
    assert vectors == pytest.approx(given[::-1].astype(np.float16).astype(np.float32))
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-3)


def test_an_unknown_space_is_empty(catalog: Catalog) -> None:
    _, (picture,) = put_shown(catalog, 1, 1)
    numbers, vectors = catalog.vectors("picture", "nothing@0", [picture])
    assert (numbers.shape, vectors.shape) == ((0,), (0, 0))
    assert catalog.changes("picture-vector", 0, 10, space="nothing@0") == []
    assert catalog.known_vectors("picture", "nothing@0", [key(1)]) == set()
    assert catalog.spaces() == []
    with catalog.writing() as writer:
        writer.delete_space("nothing@0")


def test_spaces_stand_side_by_side_with_dims_of_their_own(catalog: Catalog) -> None:
    _, (picture,) = put_shown(catalog, 1, 1)
    put(catalog, "picture", [key(1)], rows(0))
    put(catalog, "picture", [key(1)], rows(3, dims=4), space=OTHER)
    spaces = catalog.spaces()
    assert [(space.name, space.dims) for space in spaces] == [(SPACE, 8), (OTHER, 4)]
    assert len({space.space_no for space in spaces}) == 2
    assert catalog.vectors("picture", SPACE, [picture])[1].tolist() == rows(0).tolist()
    assert catalog.vectors("picture", OTHER, [picture])[1].tolist() == rows(3, dims=4).tolist()
    assert catalog.stats().vectors == {SPACE: 1, OTHER: 1}


def test_other_dims_for_a_space_are_refused_and_nothing_is_kept(catalog: Catalog) -> None:
    put_shown(catalog, 1, 1, 2)
    put(catalog, "picture", [key(1)], rows(0))
    with pytest.raises(CatalogError, match=r"vectors of 8 numbers.*vectors of 4 came.*embed --remove model@1"):
        put(catalog, "picture", [key(2)], rows(0, dims=4))
    assert catalog.missing_vectors("picture", SPACE) == 1


@pytest.mark.parametrize(
    "vectors",
    [rows(0, 1), rows(0)[0], np.full((1, 8), np.nan, np.float32), np.full((1, 8), np.inf, np.float32), rows(0)[:, :0]],
)
def test_rows_that_cannot_be_vectors_are_refused(catalog: Catalog, vectors: NDArray[np.float32]) -> None:
    with pytest.raises(VectorError, match="model@1"):
        put(catalog, "picture", [key(1)], vectors)
    assert catalog.spaces() == []


def test_no_vectors_make_no_space(catalog: Catalog) -> None:
    put(catalog, "picture", [], rows())
    assert catalog.spaces() == []


def test_listings_of_one_title_share_a_vector(catalog: Catalog) -> None:
    with catalog.writing() as writer:
        bearers = [writer.put_listing(record(1), record_hash=""), writer.put_listing(record(2), record_hash="")]
        twin = writer.put_listing(_titled(3, " 商品1\n"), record_hash="")
        writer.put_listing(_titled(4, "  "), record_hash="")
    expected = [
        TitleText(bearers[0], "商品1", text_sha256("商品1")),
        TitleText(bearers[1], "商品2", text_sha256("商品2")),
    ]
    assert catalog.titles_without_vector(SPACE, 0, 10) == expected
    assert catalog.missing_vectors("title", SPACE) == 2
    put(catalog, "title", [text_sha256("商品1")], rows(5))
    assert catalog.vectors("title", SPACE, [*bearers, twin])[0].tolist() == [bearers[0], twin]
    assert changed(catalog, "title-vector", 0, space=SPACE) == [(bearers[0], False), (twin, False)]
    assert catalog.titles_without_vector(SPACE, 0, 10) == expected[1:]
    assert catalog.missing_vectors("title", SPACE) == 1
    assert catalog.known_vectors("title", SPACE, [title.sha256 for title in expected]) == {expected[0].sha256}


def test_what_has_no_vector_is_streamed_by_number(catalog: Catalog) -> None:
    _, numbers = put_shown(catalog, 1, 1, 2, 3, 4)
    put(catalog, "picture", [key(2)], rows(0))
    found = catalog.pictures_without_vector(SPACE, 0, 2)
    assert [picture.picture_no for picture in found] == [numbers[0], numbers[2]]
    assert found[0].facts.sha256 == key(1)
    assert [picture.picture_no for picture in catalog.pictures_without_vector(SPACE, numbers[2], 2)] == [numbers[3]]
    assert catalog.missing_vectors("picture", SPACE) == 3
    assert catalog.missing_vectors("picture", OTHER) == 4
    assert catalog.known_vectors("picture", SPACE, [key(1), key(2)]) == {key(2)}


def test_filling_a_space_changes_nothing_for_texts_hashes_and_other_spaces(catalog: Catalog) -> None:
    _, (picture,) = put_shown(catalog, 1, 1)
    put(catalog, "picture", [key(1)], rows(0), space=OTHER)
    before = catalog.sequence()
    put(catalog, "picture", [key(1)], rows(0))
    assert changed(catalog, "picture-vector", before, space=SPACE) == [(picture, False)]
    assert changed(catalog, "picture-vector", before, space=OTHER) == []
    assert changed(catalog, "listing", before) == changed(catalog, "picture", before) == []
    assert catalog.sequence() == before + 1


def test_the_same_vector_again_is_no_change_and_another_replaces_it(catalog: Catalog) -> None:
    _, (picture,) = put_shown(catalog, 1, 1)
    put(catalog, "picture", [key(1), key(1)], rows(7, 0))
    before = catalog.sequence()
    put(catalog, "picture", [key(1)], rows(0))
    assert catalog.sequence() == before
    put(catalog, "picture", [key(1)], rows(1))
    assert changed(catalog, "picture-vector", before, space=SPACE) == [(picture, False)]
    assert catalog.vectors("picture", SPACE, [picture])[1].tolist() == rows(1).tolist()


def test_vectors_may_be_put_before_what_they_belong_to(catalog: Catalog) -> None:
    with catalog.writing() as writer:
        writer.put_vectors("picture", space=SPACE, keys=[key(1)], vectors=rows(0))
        writer.put_vectors("title", space=SPACE, keys=[text_sha256("商品1")], vectors=rows(1))
        picture = put_picture(writer, 1)
        listing = writer.put_listing(record(1), record_hash="")
    assert changed(catalog, "picture-vector", 0, space=SPACE) == [(picture, False)]
    assert changed(catalog, "title-vector", 0, space=SPACE) == [(listing, False)]


def test_a_new_title_takes_the_listing_out_until_it_has_a_vector_too(catalog: Catalog) -> None:
    listing, _ = put_shown(catalog, 1)
    put(catalog, "title", [text_sha256("商品1")], rows(0))
    before = catalog.sequence()
    with catalog.writing() as writer:
        writer.put_listing(record(1, price=5.0), record_hash="")
    assert changed(catalog, "title-vector", before, space=SPACE) == []
    with catalog.writing() as writer:
        writer.put_listing(_titled(1, "新标题"), record_hash="")
    assert changed(catalog, "title-vector", before, space=SPACE) == [(listing, True)]
    assert catalog.known_vectors("title", SPACE, [text_sha256("商品1")]) == set()  # nobody bears it any more
    put(catalog, "title", [text_sha256("新标题")], rows(1))
    assert changed(catalog, "title-vector", before, space=SPACE) == [(listing, False)]
    with catalog.writing() as writer:
        writer.put_listing(_titled(1, " "), record_hash="")
    assert changed(catalog, "title-vector", before, space=SPACE) == [(listing, True)]


def test_a_title_that_another_listing_bears_keeps_its_vector(catalog: Catalog) -> None:
    with catalog.writing() as writer:
        first = writer.put_listing(_titled(1, "同名"), record_hash="")
        second = writer.put_listing(_titled(2, "同名"), record_hash="")
    put(catalog, "title", [text_sha256("同名")], rows(0))
    before = catalog.sequence()
    with catalog.writing() as writer:
        writer.delete_listing(first)
    assert changed(catalog, "title-vector", before, space=SPACE) == [(first, True)]
    assert catalog.vectors("title", SPACE, [first, second])[0].tolist() == [second]


def test_deleting_the_last_listing_of_a_picture_deletes_its_vectors_in_every_space(catalog: Catalog) -> None:
    listing, (picture,) = put_shown(catalog, 1, 1)
    for space in (SPACE, OTHER):
        put(catalog, "picture", [key(1)], rows(0), space=space)
        put(catalog, "title", [text_sha256("商品1")], rows(0), space=space)
    before = catalog.sequence()
    with catalog.writing() as writer:
        writer.delete_listing(listing)
    for space in (SPACE, OTHER):
        assert changed(catalog, "picture-vector", before, space=space) == [(picture, True)]
        assert changed(catalog, "title-vector", before, space=space) == [(listing, True)]
    assert catalog.stats().vectors == {}


def test_a_removed_space_leaves_the_others_and_gives_no_number_twice(catalog: Catalog) -> None:
    _, (picture,) = put_shown(catalog, 1, 1)
    put(catalog, "picture", [key(1)], rows(0), space=OTHER)
    put(catalog, "picture", [key(1)], rows(0))
    numbers = {space.name: space.space_no for space in catalog.spaces()}
    newest = catalog.sequence()
    with catalog.writing() as writer:
        writer.delete_space(SPACE)
    assert [space.name for space in catalog.spaces()] == [OTHER]
    assert catalog.stats().vectors == {OTHER: 1}
    assert catalog.sequence() == newest
    put(catalog, "picture", [key(1)], rows(0, dims=4))
    assert catalog.sequence() == newest + 1
    assert catalog.spaces()[0] == VectorSpace(catalog.spaces()[0].space_no, SPACE, 4)
    assert catalog.spaces()[0].space_no not in numbers.values()
    assert catalog.vectors("picture", OTHER, [picture])[0].tolist() == [picture]


def test_failures_of_one_stage_are_forgotten_alone(catalog: Catalog) -> None:
    with catalog.writing() as writer:
        writer.put_failure(Failure("decode", "/a.jpg", "incomplete", "m", "消"))
        writer.put_failure(Failure("embed", "/a.jpg", "embed-failed", "m", "消"))
        writer.clear_failures(["/a.jpg"], stage="embed")
    assert [failure.stage for failure in catalog.failures()] == ["decode"]


def test_many_contents_are_put_and_read_at_once(catalog: Catalog) -> None:
    with catalog.writing() as writer:
        numbers = [put_picture(writer, number) for number in range(1, 701)]
        vectors = rows(*(number % 8 for number in range(700)))
        writer.put_vectors("picture", space=SPACE, keys=[key(number) for number in range(1, 701)], vectors=vectors)
    found, stored = catalog.vectors("picture", SPACE, numbers)
    assert found.tolist() == numbers
    assert stored.tolist() == vectors.tolist()


def _titled(number: int, title: str) -> ListingRecord:
    return ListingRecord(listing_id=f"shop:{number}", title=title)


def test_a_caption_goes_by_its_picture_and_a_new_one_asks_for_a_new_vector(catalog: Catalog) -> None:
    listing, (picture, bare) = put_shown(catalog, 1, 1, 2)
    put(catalog, "title", [text_sha256("商品1")], rows(1))
    assert catalog.missing_vectors("caption", SPACE) == 0
    with catalog.writing() as writer:
        writer.put_caption(picture, model_id="m@1", text=" 一把弯刀 ")
    wanted = [CaptionText(picture, "一把弯刀", key(1))]
    assert catalog.captions_without_vector(SPACE, 0, 10) == wanted
    assert (catalog.missing_vectors("caption", SPACE), catalog.missing_vectors("caption", "nothing@0")) == (1, 1)
    put(catalog, "caption", [key(1)], rows(0))
    assert catalog.captions_without_vector(SPACE, 0, 10) == []
    assert catalog.vectors("caption", SPACE, [picture, bare])[0].tolist() == [picture]
    assert catalog.vectors("picture", SPACE, [picture])[0].tolist() == []
    assert changed(catalog, "caption-vector", 0, space=SPACE) == [(picture, False)]

    with catalog.writing() as writer:
        writer.put_caption(picture, model_id="other@1", text="一把水果刀")
    assert changed(catalog, "caption-vector", 0, space=SPACE) == [(picture, True)]
    assert catalog.vectors("caption", SPACE, [picture])[0].tolist() == []
    assert catalog.captions_without_vector(SPACE, 0, 10) == [CaptionText(picture, "一把水果刀", key(1))]
    assert catalog.captions_without_vector(SPACE, picture, 10) == []

    put(catalog, "caption", [key(1)], rows(2))
    with catalog.writing() as writer:
        writer.delete_listing(listing)
    assert changed(catalog, "caption-vector", 0, space=SPACE) == [(picture, True)]
    assert catalog.stats().vectors == {}
