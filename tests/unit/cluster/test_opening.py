"""How many workers, and what is asked of them; without Ray."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jianwei.cluster.opening import _same, reader_count
from jianwei.cluster.session import _require_answer, ray_session
from jianwei.cluster.workers import Ready, Refusal
from jianwei.errors import ClusterError, MissingPackageError, ModelError
from jianwei.settings import Settings
from jianwei.version import __version__

WITHOUT_OCR = Settings(ocr_engine="off")
GIGABYTE = 1_000_000_000.0


def test_readers_take_the_processors_that_encoders_leave() -> None:
    settings = Settings(ocr_engine="off", ray_encoders=2, ray_encoder_cpus=3.0, ray_reader_cpus=2.0)
    assert reader_count({"CPU": 32.0}, settings, models=2) == (32 - 2 * 2 * 3) // 2
    assert reader_count({"CPU": 32.0}, settings, models=0) == 16
    assert reader_count({}, settings, models=1) == 1


def test_readers_fit_into_the_memory() -> None:
    assert reader_count({"CPU": 32.0, "memory": 5.5 * GIGABYTE}, Settings(), models=0) == 5
    assert reader_count({"CPU": 32.0, "memory": 5.5 * GIGABYTE}, WITHOUT_OCR, models=0) == 32


@given(st.floats(0, 1e4), st.floats(0, 1e13), st.floats(0, 64), st.integers(0, 8), st.floats(0, 64), st.integers(0, 4))
def test_there_is_always_a_reader_and_never_more_than_fit(
    cpus: float, memory: float, reader_cpus: float, encoders: int, encoder_cpus: float, models: int
) -> None:
    settings = Settings(ray_reader_cpus=reader_cpus, ray_encoders=encoders, ray_encoder_cpus=encoder_cpus)
    count = reader_count({"CPU": cpus, "memory": memory}, settings, models=models)
    assert count >= 1
    assert count == 1 or count * reader_cpus <= cpus * (1 + 1e-9) + 0.01
    assert count == 1 or count * GIGABYTE <= memory * (1 + 1e-9)


def test_workers_have_to_be_alike_and_of_this_version() -> None:
    here = Ready(__version__, "pp-ocrv6-small@1")
    assert _same([here, here]) == here
    with pytest.raises(ClusterError, match=r"0\.0\.1 pp-ocrv6"):
        _same([here, Ready("0.0.1", "pp-ocrv6-small@1")])
    with pytest.raises(ClusterError, match="other versions or models"):
        _same([Ready("0.0.1", None)])
    with pytest.raises(ClusterError, match="pp-ocrv6-small@2"):
        _same([here, Ready(__version__, "pp-ocrv6-small@2")])


def test_a_worker_that_cannot_load_its_model_says_why() -> None:
    with pytest.raises(ModelError, match="no model folder") as caught:
        _same([Ready(__version__, None), Refusal("no model folder", "没有模型")])
    assert caught.value.message_zh == "没有模型"


def test_without_ray_the_command_that_installs_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingPackageError, match=r"pip install 'jianwei\[ray\]'"), ray_session("local"):
        pass


@pytest.mark.parametrize("address", ["127.0.0.1:{port}", "ray://127.0.0.1:{port}", "127.0.0.1:70000"])
def test_an_address_where_nobody_listens_is_refused_at_once(address: str) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(ClusterError, match="No Ray cluster could be reached") as caught:
        _require_answer(address.format(port=port))
    assert "JIANWEI_RAY_ADDRESS" in caught.value.message_zh


@pytest.mark.parametrize("address", ["local", "auto"])
def test_words_are_no_addresses(address: str) -> None:
    _require_answer(address)


def test_ray_is_not_loaded_until_it_is_asked_for() -> None:
    code = "import jianwei.cluster.opening, jianwei.library.intake, sys; print('ray' in sys.modules)"
    finished = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert finished.stdout.strip() == "False"
