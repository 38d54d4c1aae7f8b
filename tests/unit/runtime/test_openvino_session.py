"""What only OpenVINO needs: that two threads may begin at once."""

import subprocess
import sys

import pytest

pytest.importorskip("openvino", reason="OpenVINO is used on x86 processors only")

FIRST_ARRAYS_AT_ONCE = """
import os, sys, threading
from pathlib import Path
import numpy as np
from jianwei.ocr.model_files import find_model_files
from jianwei.runtime.openvino_session import OpenVinoSession

session = OpenVinoSession(find_model_files().recognition, streams=2, cores=2)
both = threading.Barrier(2)

def run():
    both.wait()
    session.run(np.zeros((1, 3, 48, 64), np.float32), lambda output: output.copy())

threads = [threading.Thread(target=run, daemon=True) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join(20)
os._exit(any(thread.is_alive() for thread in threads))
"""


@pytest.mark.models
def test_the_first_arrays_of_two_threads_do_not_lock_each_other_out() -> None:
    # Without the precaution in the session about every second process hangs, so six hardly pass by luck.
    for _ in range(6):
        assert subprocess.run([sys.executable, "-c", FIRST_ARRAYS_AT_ONCE], check=False).returncode == 0
