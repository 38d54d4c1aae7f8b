from __future__ import annotations

from typing import TYPE_CHECKING

import faiss
import pytest

from jianwei.indexes.vectors.search_threads import threads_for

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def two_threads() -> Iterator[None]:
    usual = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(2)
    yield
    faiss.omp_set_num_threads(usual)


@pytest.mark.usefixtures("two_threads")
def test_one_query_takes_one_thread_and_gives_the_others_back() -> None:
    with threads_for(1):
        assert faiss.omp_get_max_threads() == 1
    assert faiss.omp_get_max_threads() == 2


@pytest.mark.usefixtures("two_threads")
def test_many_queries_take_all_threads() -> None:
    with threads_for(50):
        assert faiss.omp_get_max_threads() == 2


@pytest.mark.usefixtures("two_threads")
def test_the_number_is_given_back_after_an_error() -> None:
    with pytest.raises(ValueError, match="boom"), threads_for(1):
        raise ValueError("boom")
    assert faiss.omp_get_max_threads() == 2
