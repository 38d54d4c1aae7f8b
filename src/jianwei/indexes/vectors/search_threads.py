"""How many threads of Faiss a search takes.

Faiss divides a search among threads by its queries, so one query keeps one thread busy and only waits for the others:
0.1 ms become 30 and more where other processes use the cores. Left out: building, which uses all cores.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def threads_for(queries: int) -> Iterator[None]:
    """Let Faiss use at most as many threads as there are queries, in calls of this thread while the block runs."""
    import faiss

    usual = faiss.omp_get_max_threads()
    if queries >= usual:
        yield
        return
    # OpenMP keeps this number for each calling thread, so searches of other threads are not touched.
    faiss.omp_set_num_threads(queries)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(usual)
