from __future__ import annotations

import errno
import json
import socket
import subprocess
import sys
import time
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.child_process import child
from tests.unit.encoders.hub.conftest import HUGGINGFACE_ID, MODELSCOPE_ID, NAME
from tests.unit.encoders.hub.hub_server import LISTING, Handler, HubServer, cut_after, status, web_page
from tests.unit.encoders.tiny_models import DIMS, write_tiny_clip
from tests.waiting import PATIENCE_S, until

from jianwei.encoders.hub.installed import checked_files, installed_model
from jianwei.encoders.hub.pull_lock import pull_lock
from jianwei.encoders.hub.pulling import pull
from jianwei.encoders.manifest import read_manifest
from jianwei.encoders.opening import open_encoder
from jianwei.errors import HubError, ModelError, NotFoundError, StorageFullError
from jianwei.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jianwei.encoders.hub.progress import PullProgress

REPOSITORY_ROOT = Path(__file__).parents[4]
PULL = """
import json, os, sys
from jianwei.encoders.hub.pulling import pull
from jianwei.settings import settings_from_environment
seen = []
settings = settings_from_environment(os.environ)

def show(moment):
    seen.append(moment.stage)
    if moment.stage == "waiting" and seen.count("waiting") == 1:
        open(sys.argv[2], "x").close()

found = pull(sys.argv[1], settings=settings, progress=show)
print(json.dumps({"was_there": found.was_there, "stages": sorted(set(seen))}))
"""


@pytest.fixture
def closed_port() -> Iterator[str]:
    """Yield an address where nobody listens: bound, so that nobody else takes it, and never listened on."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{held.getsockname()[1]}"


def test_a_pulled_model_encodes_pictures_and_texts(settings: Settings) -> None:
    pulled = pull(NAME, settings=settings)

    encoder = open_encoder(settings.models_folder / NAME, threads=1)
    assert not pulled.was_there
    assert encoder.encode_texts(["红色连衣裙"]).shape == (1, DIMS)
    assert encoder.encode_images([np.zeros((40, 60, 3), np.uint8)]).shape == (1, DIMS)


def test_the_manifest_says_where_it_came_from_with_the_checksums_of_the_hub(hub: HubServer, settings: Settings) -> None:
    pull(NAME, settings=replace(settings, hub_order=("huggingface",)))

    manifest = read_manifest(settings.models_folder / NAME)
    assert manifest.source == f"{hub.url}/{HUGGINGFACE_ID}@36e679e65c2a"
    assert manifest.licence == "apache-2.0"
    weights = hub.repositories[HUGGINGFACE_ID]["model.safetensors"]
    assert manifest.source_files["model.safetensors"].size_bytes == len(weights)
    files = checked_files(installed_model(settings.models_folder, NAME), by_content=True)
    assert {file.status for file in files} == {"ok"}


def test_modelscope_is_asked_before_hugging_face_unless_told_otherwise(hub: HubServer, settings: Settings) -> None:
    pull(NAME, settings=settings)
    assert MODELSCOPE_ID in read_manifest(settings.models_folder / NAME).source

    other = replace(settings, hub_order=("huggingface", "modelscope"))
    pull(NAME, settings=other, replace_existing=True)
    assert read_manifest(settings.models_folder / NAME).source.startswith(f"{hub.url}/{HUGGINGFACE_ID}")


def test_a_second_pull_asks_nobody(hub: HubServer, settings: Settings) -> None:
    first = pull(NAME, settings=settings)
    hub.asked.clear()
    second = pull(NAME, settings=settings)

    assert second.was_there
    assert second.manifest == first.manifest
    assert hub.asked == []


def test_nothing_of_the_download_stays_behind(settings: Settings) -> None:
    pull(NAME, settings=settings)

    assert not (settings.models_folder / ".downloads" / NAME).exists()


def test_a_hub_id_is_as_good_as_a_name(hub: HubServer, settings: Settings, tiny_model: Path) -> None:
    hub.repositories["Somebody/My-CLIP_v2"] = hub.repositories[HUGGINGFACE_ID]
    pulled = pull("Somebody/My-CLIP_v2", settings=settings)

    assert pulled.manifest.name == "my-clip_v2"
    assert pulled.manifest.family == "chinese-clip"
    assert pull(HUGGINGFACE_ID, settings=settings).manifest.name == NAME


def test_when_one_hub_fails_the_next_is_asked(hub: HubServer, settings: Settings) -> None:
    del hub.repositories[MODELSCOPE_ID]
    pull(NAME, settings=settings)

    assert HUGGINGFACE_ID in read_manifest(settings.models_folder / NAME).source


def test_a_repository_with_only_weights_gets_its_tokenizer_from_the_model_it_shares_it_with(
    hub: HubServer, settings: Settings
) -> None:
    content = hub.repositories[HUGGINGFACE_ID]
    weights = {name: content[name] for name in content if name != "vocab.txt"}
    hub.repositories["OFA-Sys/chinese-clip-rn50"] = weights
    pull("chinese-clip-rn50", settings=replace(settings, hub_order=("huggingface",)))

    vocabulary = settings.models_folder / "chinese-clip-rn50" / "vocab.txt"
    assert vocabulary.read_bytes() == content["vocab.txt"]


def test_a_model_of_another_family_than_its_name_says_is_refused(
    hub: HubServer, settings: Settings, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    hub.repositories[MODELSCOPE_ID] = {path.name: path.read_bytes() for path in write_tiny_clip(other).iterdir()}
    with pytest.raises(ModelError, match="clip"):
        pull(NAME, settings=settings)

    assert not (settings.models_folder / NAME).exists()


def test_a_precision_that_is_not_there_is_told(settings: Settings) -> None:
    pull(NAME, settings=settings)
    with pytest.raises(ModelError, match="--replace"):
        pull(NAME, settings=settings, precision="fp16")
    pulled = pull(NAME, settings=settings, precision="fp16", replace_existing=True)

    assert pulled.manifest.precision == "fp16"
    assert pulled.manifest.cosine_to_fp32 is not None


def test_without_a_network_it_ends_within_seconds_and_says_what_to_do(settings: Settings, closed_port: str) -> None:
    offline = replace(
        settings,
        huggingface_endpoint=closed_port,
        modelscope_endpoint=closed_port,
        hub_timeout_s=Settings().hub_timeout_s,
    )
    started_s = time.monotonic()
    with pytest.raises(HubError) as caught:
        pull(NAME, settings=offline)

    assert time.monotonic() - started_s < 20
    assert caught.value.facts["reason"] == "unreachable"
    for text in (caught.value.message, caught.value.message_zh):
        assert "jianwei models import" in text
        assert f"HF_ENDPOINT=https://hf-mirror.com jianwei models pull {NAME}" in text
        assert "JIANWEI_MODEL_SOURCES=" in text
        assert "ModelScope" in text
    assert "无法连接" in caught.value.message_zh


def test_a_name_that_no_server_knows_ends_within_seconds(settings: Settings) -> None:
    offline = replace(settings, huggingface_endpoint="https://hub.invalid", modelscope_endpoint="https://hub.invalid")
    started_s = time.monotonic()
    with pytest.raises(HubError, match=r"hub\.invalid cannot be reached"):
        pull(NAME, settings=offline)

    assert time.monotonic() - started_s < 20


def test_modelscope_is_recommended_where_it_was_not_asked(settings: Settings, closed_port: str) -> None:
    only_huggingface = replace(settings, huggingface_endpoint=closed_port, hub_order=("huggingface",))
    with pytest.raises(HubError, match=f"JIANWEI_HUB_ORDER=modelscope jianwei models pull {NAME}"):
        pull(NAME, settings=only_huggingface)


def test_what_each_place_said_is_told(hub: HubServer, settings: Settings, closed_port: str) -> None:
    hub.faults[LISTING] = [web_page]
    with pytest.raises(HubError) as caught:
        pull(NAME, settings=replace(settings, huggingface_endpoint=closed_port))

    lines = caught.value.message.splitlines()
    assert "  your folders: not there" in lines
    assert any(line.startswith("  ModelScope: ") and "web page" in line for line in lines)
    assert any(line.startswith("  Hugging Face: ") and "cannot be reached" in line for line in lines)


def test_a_model_that_every_hub_knows_nothing_of_is_not_found(hub: HubServer, settings: Settings) -> None:
    with pytest.raises(NotFoundError, match="found nowhere"):
        pull("nobody/nothing", settings=settings)


def test_an_unknown_name_is_told_its_neighbours(settings: Settings) -> None:
    with pytest.raises(NotFoundError, match="chinese-clip-vit-base-patch16"):
        pull("chinese-clip-vit-b16", settings=settings)


def test_a_full_disk_is_told_before_the_download(
    hub: HubServer, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = type("Usage", (), {"free": 1000})
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage)
    with pytest.raises(StorageFullError, match="0 MB are free"):
        pull(NAME, settings=settings)

    assert hub.times_asked("model.safetensors") == 0


def test_a_disk_that_fills_up_meanwhile_is_told(settings: Settings) -> None:
    def full(_: PullProgress) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(StorageFullError, match="JIANWEI_MODELS"):
        pull(NAME, settings=settings, progress=full)


def test_a_models_folder_that_cannot_be_made_is_told(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(ModelError, match="JIANWEI_MODELS"):
        pull(NAME, settings=replace(settings, models_folder=tmp_path / "file" / "models"))


def test_two_processes_that_pull_at_once_download_once(hub: HubServer, settings: Settings, tmp_path: Path) -> None:
    one_waits = tmp_path / "one waits"

    def when_the_other_waits(handler: Handler, content: bytes) -> None:
        until(one_waits.exists, "no process waits for the other", look_every_s=0.01)
        handler.give(content)

    hub.faults["model.safetensors"] = [when_the_other_waits]
    environment = {
        "JIANWEI_MODELS": str(settings.models_folder),
        "JIANWEI_MODELSCOPE_ENDPOINT": hub.url,
        "JIANWEI_HUGGINGFACE_ENDPOINT": hub.url,
        "JIANWEI_HUB_ORDER": "modelscope",
        "PATH": "",
    }
    command = [sys.executable, "-W", "error", "-c", PULL, NAME, str(one_waits)]
    with ExitStack() as stack:
        both = [
            stack.enter_context(child(command, stdout=subprocess.PIPE, env=environment, cwd=REPOSITORY_ROOT))
            for _ in range(2)
        ]
        answers = [json.loads(process.communicate(timeout=PATIENCE_S)[0]) for process in both]

    assert sorted(answer["was_there"] for answer in answers) == [False, True]
    assert next(answer["stages"] for answer in answers if answer["was_there"]) == ["waiting"]
    assert hub.times_asked("model.safetensors") == 1


def test_who_waits_is_told_for_whom(tmp_path: Path) -> None:
    seen: list[PullProgress] = []

    class SeenEnoughError(Exception):
        pass

    def stop(moment: PullProgress) -> None:
        seen.append(moment)
        raise SeenEnoughError

    lock = tmp_path / "model.lock"
    with pull_lock(lock, show=seen.append), pytest.raises(SeenEnoughError), pull_lock(lock, show=stop):
        pass
    assert seen[0].stage == "waiting"
    assert seen[0].what.endswith(socket.gethostname())


def test_a_pull_that_was_broken_off_goes_on(hub: HubServer, settings: Settings) -> None:
    only = replace(settings, hub_order=("huggingface",))
    hub.faults["model.safetensors"] = [cut_after(100_000), status(404)]
    with pytest.raises(NotFoundError):
        pull(NAME, settings=only)
    pull(NAME, settings=only)

    assert hub.ranges("model.safetensors")[-1] == "bytes=100000-"
