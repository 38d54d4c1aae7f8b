from __future__ import annotations

import ctypes
import platform
import subprocess
import sys
from pathlib import Path

import pytest
from tests.waiting import PATIENCE_S

from jianwei.runtime.heap import keep_free_memory, resident_bytes, return_free_memory


def _resident_pages() -> int:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc can be asked to give memory back")
def test_memory_freed_between_blocks_in_use_goes_back_to_the_system() -> None:
    libc = ctypes.CDLL(None)
    libc.malloc.restype = ctypes.c_void_p
    libc.free.argtypes = [ctypes.c_void_p]
    size = 100_000  # below the size from which glibc maps each block on its own
    blocks = [libc.malloc(size) for _ in range(600)]
    for block in blocks:
        ctypes.memset(block, 1, size)
    for block in blocks[:-1]:
        libc.free(block)
    before = _resident_pages()
    assert return_free_memory()
    assert before - _resident_pages() > 0.5 * 599 * size / 4096
    libc.free(blocks[-1])


def test_other_systems_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert not return_free_memory()
    assert not keep_free_memory()
    assert resident_bytes() is None


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has several heaps")
def test_threads_share_a_few_heaps_where_that_can_be_said() -> None:
    script = "from jianwei.runtime.heap import use_few_arenas; print(use_few_arenas(2))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=PATIENCE_S, check=True
    )
    assert done.stdout == "True\n"


FREED_AND_TAKEN_AGAIN = """
import ctypes, sys
from jianwei.runtime.heap import keep_free_memory, resident_bytes, return_free_memory

assert sys.argv[1] == "as usual" or keep_free_memory()
libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p
libc.free.argtypes = [ctypes.c_void_p]
size = 24_000_000
block = libc.malloc(size)
ctypes.memset(block, 1, size)
full = resident_bytes()
libc.free(block)
freed = full - resident_bytes()
return_free_memory()
print(freed > size / 2, full - resident_bytes() > size / 2)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc lets one choose what is kept")
@pytest.mark.parametrize(("way", "told"), [("as usual", "True True\n"), ("kept", "False True\n")])
def test_what_is_freed_stays_only_where_it_shall_and_until_it_is_given_back(way: str, told: str) -> None:
    command = [sys.executable, "-c", FREED_AND_TAKEN_AGAIN, way]
    assert subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=True).stdout == told
