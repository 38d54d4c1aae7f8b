"""What a search may answer with keeps the order in which it was asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from jianwei.records import Filters, ListingRecord
from jianwei.search import scope as scopes
from jianwei.search.scope import Scope

if TYPE_CHECKING:
    from jianwei.catalog.sql_catalog import SqlCatalog


@pytest.mark.parametrize("few", [0, 2000])
def test_listings_inside_keep_their_order(catalog: SqlCatalog, monkeypatch: pytest.MonkeyPatch, few: int) -> None:
    monkeypatch.setattr(scopes, "_FEW", few)
    with catalog.writing() as writer:
        first, other, last = (
            writer.put_listing(ListingRecord(f"{platform}:{place}", platform), record_hash="")
            for place, platform in enumerate(("jd", "tb", "jd"))
        )
    scope = Scope(catalog, Filters(platforms=frozenset({"jd"})))
    assert scope.only_inside(np.array([last, 99, other, first], np.int64)).tolist() == [last, first]
