from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.ingest.fussy_encoder import FussyEncoder

from jianwei.errors import ModelError
from jianwei.ingest.embedding import ContentEncoder, encode_each
from jianwei.text.fingerprint import text_sha256

if TYPE_CHECKING:
    from jianwei.catalog.sql_catalog import SqlCatalog


@given(st.lists(st.booleans(), min_size=1, max_size=40))
def test_exactly_the_items_at_fault_fail_and_the_others_keep_their_order(bad: list[bool]) -> None:
    items = ["坏" if is_bad else "好" * (number + 1) for number, is_bad in enumerate(bad)]
    encoder = FussyEncoder(dislikes=lambda item: item == "坏")
    results = encode_each(encoder.encode_texts, items, "好")
    assert [isinstance(result, ModelError) for result in results] == bad
    good = [item for item in items if item != "坏"]
    if good:
        expected = FussyEncoder().encode_texts(good)
        assert np.array_equal([row for row in results if not isinstance(row, ModelError)], expected)


def test_a_model_that_fails_on_a_plain_item_is_broken_and_asked_no_more() -> None:
    encoder = FussyEncoder(dislikes=lambda _: True)
    with pytest.raises(ModelError):
        encode_each(encoder.encode_texts, ["甲"] * 64, "好")
    assert encoder.batches == [64, 1]


def test_only_what_a_space_lacks_is_encoded(catalog: SqlCatalog) -> None:
    one, two = FussyEncoder("one@1"), FussyEncoder("two@1")
    titles = {text_sha256(text): text for text in ("芦荟", "胶囊丸")}
    known = next(iter(titles))
    with catalog.writing() as writer:
        writer.put_vectors("title", space="one@1", keys=[known], vectors=np.eye(8, dtype=np.float32)[:1])
    encoded = ContentEncoder(catalog, [one, two]).titles(titles)
    assert (one.encoded, two.encoded) == (1, 2)
    assert known not in encoded.vectors["one@1"]
    assert set(encoded.of(known)) == {"two@1"}
    assert encoded.errors == {}


def test_a_model_that_has_nothing_to_do_is_not_asked(catalog: SqlCatalog) -> None:
    encoder = FussyEncoder()
    assert ContentEncoder(catalog, [encoder]).pictures({}).vectors == {"fussy@1": {}}
    assert encoder.batches == []
