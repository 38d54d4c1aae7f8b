from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from jianwei.runtime.cores import usable_cores

if TYPE_CHECKING:
    from pathlib import Path


def test_without_a_quota_all_cores_of_the_process_count(tmp_path: Path) -> None:
    assert usable_cores(tmp_path / "absent") == usable_cores(tmp_path / "other") >= 1


@pytest.mark.parametrize(("quota", "cores"), [("100000 100000", 1), ("50000 100000", 1), ("1 100000", 1)])
def test_a_quota_of_the_control_group_limits(tmp_path: Path, quota: str, cores: int) -> None:
    file = tmp_path / "cpu.max"
    file.write_text(quota + "\n", encoding="ascii")
    assert usable_cores(file) == cores


@pytest.mark.parametrize("content", ["max 100000", "", "nonsense", "5 0", "99999999999 100000"])
def test_no_or_an_unreadable_quota_limits_nothing(tmp_path: Path, content: str) -> None:
    file = tmp_path / "cpu.max"
    file.write_text(content, encoding="ascii")
    assert usable_cores(file) == usable_cores(tmp_path / "absent")


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="this system has no affinity masks")
def test_the_affinity_mask_limits(tmp_path: Path) -> None:
    allowed = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, {min(allowed)})
        assert usable_cores(tmp_path / "absent") == 1
    finally:
        os.sched_setaffinity(0, allowed)
