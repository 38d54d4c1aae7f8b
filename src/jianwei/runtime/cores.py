"""How many processor cores this process may use.

The number of cores of the machine is the wrong answer inside a container or under `taskset`: threads beyond what the
process may use only wait for each other. Left out: how busy those cores are.
"""

from __future__ import annotations

import math
import os
from pathlib import Path

_CGROUP_QUOTA = Path("/sys/fs/cgroup/cpu.max")


def usable_cores(quota_file: Path = _CGROUP_QUOTA) -> int:
    """Return the number of cores this process may keep busy, at least 1.

    The smaller of the scheduler's affinity mask and the control group's quota, rounded up; a quota file that is absent
    or unreadable limits nothing.

    Source: the format of `cpu.max` is described in the Linux kernel's "Control Group v2" documentation.
    """
    affinity = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(affinity, _quota_cores(quota_file) or affinity))


def _quota_cores(quota_file: Path) -> int | None:
    try:
        quota, period = quota_file.read_text(encoding="ascii").split()
        return math.ceil(int(quota) / int(period))
    except (OSError, ValueError, ZeroDivisionError):
        return None
