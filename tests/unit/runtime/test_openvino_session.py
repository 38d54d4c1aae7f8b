"""What only OpenVINO needs: that two threads may begin at once, and that networks do not crowd on one core."""

import os
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


CORES_OF_THREADS = """
import os, threading
from pathlib import Path
import numpy as np
from jianwei.ocr.model_files import find_model_files
from jianwei.runtime.openvino_session import OpenVinoSession

session = OpenVinoSession(find_model_files().recognition, streams=2, cores=2)
over = threading.Event()

def run():
    while not over.is_set():
        session.run(np.zeros((1, 3, 48, 320), np.float32), lambda output: None)

threads = [threading.Thread(target=run, daemon=True) for _ in range(2)]
for thread in threads:
    thread.start()
seen = set()
for _ in range(40):
    for task in os.listdir("/proc/self/task"):
        try:
            seen.add(frozenset(os.sched_getaffinity(int(task))))
        except ProcessLookupError:
            pass
    over.wait(0.01)
over.set()
for thread in threads:
    thread.join(60)
print(sorted(map(sorted, seen)))
"""


@pytest.mark.models
@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="only Linux tells which cores a thread may use")
def test_a_network_that_runs_is_tied_to_no_core() -> None:
    # Every network would be tied to the first core first, so that two different ones share it while others are idle.
    told = subprocess.run([sys.executable, "-c", CORES_OF_THREADS], check=True, capture_output=True, text=True).stdout
    assert told.strip() == str([sorted(os.sched_getaffinity(0))])


TIME_OF_CALLERS = """
import threading, time
import numpy as np
from jianwei.ocr.model_files import find_model_files
from jianwei.runtime.openvino_session import OpenVinoSession

session = OpenVinoSession(find_model_files().recognition, streams=2, cores=2)
lines = np.zeros((1, 3, 48, 320), np.float32)
both, own = threading.Barrier(2, timeout=60), []

def run():
    both.wait()
    begun = time.thread_time()
    for _ in range(10):
        session.run(lines, lambda output: None)
    own.append(time.thread_time() - begun)

begun = time.process_time()
threads = [threading.Thread(target=run) for _ in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(sum(own) / (time.process_time() - begun))
"""


@pytest.mark.models
def test_a_network_runs_in_the_thread_that_asks() -> None:
    # Handed to threads of OpenVINO, callers would have a hundredth of the time.
    told = subprocess.run([sys.executable, "-c", TIME_OF_CALLERS], check=True, capture_output=True, text=True).stdout
    assert float(told) > 0.8


CTRL_C_AFTER_NETWORKS = """
import gc, signal
from jianwei.ocr.opening import open_ocr_engine

open_ocr_engine("openvino", threads=1)
gc.collect()
try:
    signal.raise_signal(signal.SIGINT)
except KeyboardInterrupt:
    print("interrupted")
"""


@pytest.mark.models
def test_ctrl_c_is_heard_after_two_networks_are_gone() -> None:
    # With a Core for each network it was a segmentation fault: each leaves its stack for signals behind.
    done = subprocess.run([sys.executable, "-c", CTRL_C_AFTER_NETWORKS], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "interrupted\n"), done.stderr
