from __future__ import annotations

import hashlib
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.unit.encoders.hub.conftest import HUGGINGFACE_ID, MODELSCOPE_ID, NAME

from jianwei.encoders.hub.known_models import find_model
from jianwei.encoders.hub.local_files import in_folders, in_huggingface_cache, in_modelscope_cache
from jianwei.encoders.hub.pulling import pull
from jianwei.errors import HubError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.encoders.hub.hub_server import HubServer

    from jianwei.settings import Settings

MODEL = find_model(NAME)
COMMIT = "36e679e65c2a2fead755ae21162091293ad37834"


def _into_cache(published: Path, cache: Path, commit: str = COMMIT) -> Path:
    """Lay a model out as Hugging Face's cache does; return its snapshot."""
    place = cache / f"models--{HUGGINGFACE_ID.replace('/', '--')}"
    snapshot = place / "snapshots" / commit
    for folder in (snapshot, place / "blobs", place / "refs"):
        folder.mkdir(parents=True, exist_ok=True)
    (place / "refs" / "main").write_text(COMMIT)
    for file in published.iterdir():
        content = file.read_bytes()
        blob = place / "blobs" / hashlib.sha256(content).hexdigest()
        blob.write_bytes(content)
        (snapshot / file.name).symlink_to(f"../../blobs/{blob.name}")
    return snapshot


@pytest.mark.parametrize("place", [NAME, HUGGINGFACE_ID, MODELSCOPE_ID])
def test_a_folder_is_found_under_each_of_its_names(tiny_model: Path, tmp_path: Path, place: str) -> None:
    shutil.copytree(tiny_model, tmp_path / place)
    found = in_folders(MODEL, [tmp_path / "empty", tmp_path])

    assert found is not None
    assert found.path == tmp_path / place


def test_the_folder_of_the_model_itself_may_be_named(tiny_model: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(tiny_model, tmp_path / NAME)
    found = in_folders(MODEL, [folder])

    assert found is not None
    assert found.path == folder


def test_a_single_file_is_found_by_the_name_it_was_published_under(tmp_path: Path) -> None:
    (tmp_path / "clip_cn_vit-b-16.pt").write_bytes(b"x")
    found = in_folders(MODEL, [tmp_path])

    assert found is not None
    assert found.path.name == "clip_cn_vit-b-16.pt"


def test_a_folder_without_weights_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / NAME).mkdir()
    (tmp_path / NAME / "config.json").write_text("{}")

    assert in_folders(MODEL, [tmp_path]) is None


def test_the_snapshot_of_the_main_branch_is_taken(tiny_model: Path, tmp_path: Path) -> None:
    current = _into_cache(tiny_model, tmp_path)
    _into_cache(tiny_model, tmp_path, commit="f" * 40)
    found = in_huggingface_cache(MODEL, tmp_path)

    assert found is not None
    assert found.path == current


def test_a_snapshot_without_weights_or_tokenizer_is_passed_over(tiny_model: Path, tmp_path: Path) -> None:
    snapshot = _into_cache(tiny_model, tmp_path)
    (snapshot / "vocab.txt").unlink()
    assert in_huggingface_cache(MODEL, tmp_path) is None

    (snapshot / "model.safetensors").unlink()
    assert in_huggingface_cache(MODEL, tmp_path) is None


def test_a_cached_file_that_is_damaged_is_told(tiny_model: Path, tmp_path: Path) -> None:
    snapshot = _into_cache(tiny_model, tmp_path)
    (snapshot / "model.safetensors").resolve().write_bytes(b"other")
    with pytest.raises(HubError, match="damaged") as caught:
        in_huggingface_cache(MODEL, tmp_path)

    assert caught.value.facts["reason"] == "checksum"


@pytest.mark.parametrize("root", ["hub/models", "models", "hub"])
def test_the_cache_of_modelscope_is_looked_into(tiny_model: Path, tmp_path: Path, root: str) -> None:
    shutil.copytree(tiny_model, tmp_path / root / MODELSCOPE_ID)

    assert in_modelscope_cache(MODEL, tmp_path) is not None


def test_a_model_that_is_on_this_machine_is_not_asked_for(
    hub: HubServer, settings: Settings, tiny_model: Path, tmp_path: Path
) -> None:
    _into_cache(tiny_model, settings.huggingface_cache)
    cached = pull(NAME, settings=settings)
    assert cached.manifest.source == f"{HUGGINGFACE_ID}@{COMMIT[:12]}"

    shutil.copytree(tiny_model, tmp_path / "mine" / NAME)
    local = pull(NAME, settings=replace(settings, model_sources=(tmp_path / "mine",)), replace_existing=True)
    assert local.manifest.source == str(tmp_path / "mine" / NAME)
    assert hub.asked == []


def test_a_damaged_cache_is_passed_over_for_a_hub(hub: HubServer, settings: Settings, tiny_model: Path) -> None:
    snapshot = _into_cache(tiny_model, settings.huggingface_cache)
    (snapshot / "model.safetensors").resolve().write_bytes(b"other")
    pulled = pull(NAME, settings=settings)

    assert hub.url in pulled.manifest.source
