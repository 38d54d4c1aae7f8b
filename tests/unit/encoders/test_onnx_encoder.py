"""Model folders of tiny models with random weights, imported and run."""

from __future__ import annotations

import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests.pressed_ctrl_c import press_ctrl_c, pressed_from_another_thread
from tests.unit.encoders.tiny_models import DIMS, write_tiny_chinese_clip, write_tiny_clip, write_tiny_siglip2

from jianwei.encoders.conversion import import_model
from jianwei.encoders.manifest import read_manifest, write_manifest
from jianwei.encoders.opening import open_encoder
from jianwei.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from jianwei.encoders.onnx_encoder import OnnxEncoder

WRITERS: dict[str, Callable[[Path], Path]] = {
    "chinese-clip": write_tiny_chinese_clip,
    "clip": write_tiny_clip,
    "siglip2": write_tiny_siglip2,
}
TEXTS = ["", "减肥茶", "red dress", "减肥药茶芦荟胶囊" * 20, "tea", "红色连衣裙 red dress"]


@pytest.fixture(scope="module", params=WRITERS)
def model_folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    models_folder = tmp_path_factory.mktemp("models")
    source = WRITERS[request.param](tmp_path_factory.mktemp("source") / "tiny")
    import_model(source, models_folder=models_folder, name="tiny")
    return models_folder / "tiny"


@pytest.fixture(scope="module")
def encoder(model_folder: Path) -> Iterator[OnnxEncoder]:
    opened = open_encoder(model_folder, arithmetic="fp32")
    yield opened
    opened.close()


def _pictures(count: int) -> list[np.ndarray]:
    rng = np.random.default_rng(7)
    sizes_px = rng.integers(1, 90, (count, 2))
    return [rng.integers(0, 256, (height_px, width_px, 3), np.uint8) for height_px, width_px in sizes_px]


def test_rows_are_unit_rows_of_the_models_length(encoder: OnnxEncoder) -> None:
    for rows in (encoder.encode_texts(TEXTS), encoder.encode_images(_pictures(5))):
        assert rows.dtype == np.float32
        assert rows.shape[1] == encoder.dims == DIMS
        assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-6)


def test_nothing_to_encode_gives_no_rows(encoder: OnnxEncoder) -> None:
    assert encoder.encode_texts([]).shape == (0, DIMS)
    assert encoder.encode_images([]).shape == (0, DIMS)


def test_a_text_has_the_same_vector_in_any_company(encoder: OnnxEncoder) -> None:
    together = encoder.encode_texts(TEXTS * 30)
    alone = np.concatenate([encoder.encode_texts([text]) for text in TEXTS])
    assert np.allclose(together, np.tile(alone, (30, 1)), atol=1e-5)
    assert np.linalg.norm(alone[1] - alone[2]) > 0.01


def test_a_picture_has_the_same_vector_in_any_company(encoder: OnnxEncoder) -> None:
    pictures = _pictures(21)
    alone = np.concatenate([encoder.encode_images([picture]) for picture in pictures])
    assert np.allclose(encoder.encode_images(pictures), alone, atol=1e-5)
    assert np.linalg.norm(alone[0] - alone[1]) > 0.01


def test_threads_get_their_own_rows(encoder: OnnxEncoder) -> None:
    expected = encoder.encode_texts(TEXTS)
    with ThreadPoolExecutor(6) as threads:
        found = list(threads.map(lambda number: encoder.encode_texts([TEXTS[number % len(TEXTS)]])[0], range(60)))
    assert all(np.allclose(row, expected[number % len(TEXTS)], atol=1e-5) for number, row in enumerate(found))


def test_both_runtimes_agree(model_folder: Path, encoder: OnnxEncoder) -> None:
    pytest.importorskip("onnxruntime")
    other = open_encoder(model_folder, runtime="onnxruntime", threads=1)
    assert np.allclose(other.encode_texts(TEXTS), encoder.encode_texts(TEXTS), atol=1e-4)
    pictures = _pictures(9)
    assert np.allclose(other.encode_images(pictures), encoder.encode_images(pictures), atol=1e-4)
    other.close()


def test_the_space_is_the_manifests(model_folder: Path, encoder: OnnxEncoder) -> None:
    assert encoder.space == read_manifest(model_folder).space
    assert encoder.manifest == read_manifest(model_folder)


@pytest.fixture(scope="module")
def chinese_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    models_folder = tmp_path_factory.mktemp("models")
    import_model(write_tiny_chinese_clip(tmp_path_factory.mktemp("source")), models_folder=models_folder, name="tiny")
    return models_folder / "tiny"


@pytest.fixture
def own_folder(chinese_folder: Path, tmp_path: Path) -> Path:
    return shutil.copytree(chinese_folder, tmp_path / "tiny")


def test_a_tower_that_is_not_used_is_not_loaded(own_folder: Path) -> None:
    size_bytes = (own_folder / "image.onnx").stat().st_size
    (own_folder / "image.onnx").write_bytes(b"\0" * size_bytes)
    encoder = open_encoder(own_folder)
    assert encoder.encode_texts(["tea"]).shape == (1, DIMS)
    with pytest.raises(ModelError, match=r"image\.onnx"):
        encoder.encode_images(_pictures(1))


@pytest.mark.parametrize("name", ["image.onnx", "text.onnx", "vocab.txt"])
def test_an_incomplete_file_is_found_at_once(own_folder: Path, name: str) -> None:
    content = (own_folder / name).read_bytes()
    (own_folder / name).write_bytes(content[:-1])
    with pytest.raises(ModelError, match=f"{name} has {len(content) - 1} bytes instead of {len(content)}"):
        open_encoder(own_folder)


@pytest.mark.parametrize("name", ["image.onnx", "text.onnx", "vocab.txt"])
def test_a_missing_file_is_found_at_once(own_folder: Path, name: str) -> None:
    (own_folder / name).unlink()
    with pytest.raises(ModelError, match=f"{name} is missing"):
        open_encoder(own_folder)


def test_a_folder_without_a_manifest_is_no_model_folder(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="jianwei models import"):
        open_encoder(tmp_path)


def test_a_model_whose_vectors_have_another_length_than_it_says_is_refused(own_folder: Path) -> None:
    write_manifest(own_folder, replace(read_manifest(own_folder), dims=DIMS + 1))
    with pytest.raises(ModelError, match=f"vectors of {DIMS} numbers; {DIMS + 1} were expected"):
        open_encoder(own_folder).encode_texts(["tea"])


def test_one_bad_picture_names_itself(own_folder: Path) -> None:
    with pytest.raises(ModelError, match="uint8"):
        open_encoder(own_folder).encode_images([*_pictures(9), np.zeros((3, 3), np.uint8)])


@pressed_from_another_thread
def test_ctrl_c_is_noticed_while_a_tower_works(encoder: OnnxEncoder, monkeypatch: pytest.MonkeyPatch) -> None:
    session = encoder._text.session
    run, begun = session.run_named, []

    def slow_run(*arguments: Any) -> np.ndarray:
        begun.append(1)
        if len(begun) == 1:
            press_ctrl_c()
        time.sleep(0.02)
        return run(*arguments)

    with monkeypatch.context() as patched:
        patched.setattr(type(session), "run_named", lambda _, *arguments: slow_run(*arguments))
        with pytest.raises(KeyboardInterrupt):
            encoder.encode_texts(["词"] * 8 * 200)
    assert len(begun) < 100
    assert len(encoder.encode_texts(["词"] * 30)) == 30
