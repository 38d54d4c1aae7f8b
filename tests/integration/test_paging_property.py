"""However pages are cut, and whatever is added between them: a cursor repeats nothing and skips nothing."""

from __future__ import annotations

import json
from itertools import count
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.integration.conftest import WITHOUT_OCR

from jianwei.library import Library

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

WORDS = "芦荟胶囊"


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Library, Callable[[int], None]]]:
    """A library of listings without pictures, and how to add more that match better or worse than those there."""
    folder = tmp_path_factory.mktemp("paging")
    numbers = count()
    with Library.open(folder / "library", settings=WITHOUT_OCR) as library:

        def add(amount: int) -> None:
            if amount:
                library.ingest(_sheet(folder / "more.jsonl", [next(numbers) for _ in range(amount)]))

        add(25)
        yield library, add


def _sheet(file: Path, numbers: list[int]) -> Path:
    titles = (f"{WORDS * (1 + number % 3)} 第{number}款{'润肠' * (number % 4)}" for number in numbers)
    lines = [
        {"platform": "demo", "product_code": f"P{number:05}", "product_name": title, "shop": "甲店"}
        for number, title in zip(numbers, titles, strict=True)
    ]
    file.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), encoding="utf-8")
    return file


@settings(deadline=None, max_examples=12)
@given(limits=st.lists(st.integers(1, 9), min_size=1, max_size=4), added=st.lists(st.integers(0, 3), max_size=4))
def test_pages_are_the_ranking_of_the_first_one_while_listings_are_added(
    shelf: tuple[Library, Callable[[int], None]], limits: list[int], added: list[int]
) -> None:
    library, add = shelf
    whole = [hit.listing.listing_id for hit in library.search(WORDS, limit=1000, min_relevance=0.0).hits]
    paged: list[str] = []
    ranks: list[int] = []
    cursor = ""
    for number in range(len(whole) + 1):
        page = library.search(WORDS, limit=limits[number % len(limits)], cursor=cursor, min_relevance=0.0)
        paged += [hit.listing.listing_id for hit in page.hits]
        ranks += [hit.rank for hit in page.hits]
        cursor = page.cursor
        if not cursor:
            break
        add(added[number] if number < len(added) else 0)
    assert paged == whole
    assert ranks == list(range(1, len(whole) + 1))
