"""The base that is read and the folder that is written: the same tensors for every family, without torch."""

from __future__ import annotations

import shutil
import signal
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.unit.encoders.openai_spelling import write_tiny_chinese_resnet, write_tiny_clip_resnet
from tests.unit.encoders.tiny_models import SIZE_PX, write_tiny_chinese_clip, write_tiny_clip, write_tiny_siglip2

from jianwei.encoders.conversion import import_model
from jianwei.errors import MissingPackageError, ModelError, SettingsError, TrainingError
from jianwei.training.base import read_base
from jianwei.training.measuring import measured
from jianwei.training.options import TrainingOptions
from jianwei.training.pairs import Division, TrainingPair
from jianwei.training.result_folder import run_fingerprint, training_record, write_result
from jianwei.training.running import TeacherVectors, TrainingData, fine_tune

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

PAIRS = tuple(TrainingPair(f"p{number}", (f"标题{number}",), f"demo:{number}") for number in range(4))
DIVISION = Division(PAIRS[:2], PAIRS[2:])


@pytest.mark.parametrize(
    "write",
    [
        write_tiny_chinese_clip,
        write_tiny_clip,
        write_tiny_siglip2,
        write_tiny_chinese_resnet,
        write_tiny_clip_resnet,
    ],
)
def test_what_is_written_is_read_again_as_the_same_model(write: Callable[[Path], Path], tmp_path: Path) -> None:
    base = read_base(write(tmp_path / "base"))
    found = measured(np.eye(2, dtype=np.float32), np.eye(2, dtype=np.float32), PAIRS[2:])
    record = training_record(base, DIVISION, TrainingOptions(), measured=(found, found), epoch=1)
    tokenizer = tmp_path / "tokenizer"
    tokenizer.mkdir()
    for name in ("vocab.txt", "vocab.json", "merges.txt", "tokenizer.json"):
        if (base.folder / name).exists():
            (tokenizer / name).write_bytes((base.folder / name).read_bytes())
    for _ in range(2):  # the second time in place of the first
        write_result(tmp_path / "out" / "model", base.tensors, base, record, tokenizer)
    again = read_base(tmp_path / "out" / "model")
    assert (again.family, again.architecture, again.image, again.text) == (
        base.family,
        base.architecture,
        base.image,
        base.text,
    )
    assert set(again.tensors) == set(base.tensors)
    assert all(np.array_equal(again.tensors[name], base.tensors[name]) for name in base.tensors)
    first = import_model(tmp_path / "base", models_folder=tmp_path / "models", name="first")
    second = import_model(tmp_path / "out" / "model", models_folder=tmp_path / "models", name="second")
    assert (first.revision, first.unused_tensors) == (second.revision, second.unused_tensors)
    assert "| text | R@1 | 1.000 | 1.000 |" in (tmp_path / "out" / "model" / "README.md").read_text("utf-8")


def test_ctrl_c_while_the_former_result_goes_leaves_the_new_one_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = read_base(write_tiny_chinese_clip(tmp_path / "base"))
    found = measured(np.eye(2, dtype=np.float32), np.eye(2, dtype=np.float32), PAIRS[2:])
    record = training_record(base, DIVISION, TrainingOptions(), measured=(found, found), epoch=1)
    tokenizer = tmp_path / "tokenizer"
    tokenizer.mkdir()
    out = tmp_path / "out" / "model"
    write_result(out, base.tensors, base, record, tokenizer)
    (out / "former").touch()
    remove = shutil.rmtree

    def pressed(folder: Path, *, ignore_errors: bool) -> None:
        if (folder / "former").exists():
            (folder / "config.json").unlink()
            signal.raise_signal(signal.SIGINT)
        remove(folder, ignore_errors=ignore_errors)

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "rmtree", pressed)
        with pytest.raises(KeyboardInterrupt):
            write_result(out, base.tensors, base, record, tokenizer)
    assert set(read_base(out).tensors) == set(base.tensors)
    write_result(out, base.tensors, base, record, tokenizer)
    assert [path.name for path in out.parent.iterdir()] == ["model"]


@pytest.mark.parametrize(
    ("licence", "forbids"),
    [("apache-2.0", False), ("cc-by-nc-4.0", True), ("apple-amlr", True), ("'mit'", False), ("Research License", True)],
)
def test_the_licence_of_a_base_is_read_from_its_card(licence: str, forbids: bool, tmp_path: Path) -> None:
    folder = write_tiny_chinese_clip(tmp_path / "base")
    assert read_base(folder).licence == ""
    (folder / "README.md").write_text(f"---\nlanguage: zh\nlicense: {licence}\n---\n# A model\n", "utf-8")
    base = read_base(folder)
    assert (base.licence, base.licence_forbids) == (licence.strip("'"), forbids)
    assert read_base(folder, licence="own").licence == "own"


def test_a_resnet_has_no_patches_to_hide(tmp_path: Path) -> None:
    base = read_base(write_tiny_chinese_resnet(tmp_path / "base"))
    options = TrainingOptions(hidden_patches=0.5)
    with pytest.raises(SettingsError, match="no patches to hide") as caught:
        fine_tune(base, TrainingData(PAIRS, 0, picture), tmp_path / "out", options, models_folder=tmp_path)
    assert "没有可隐藏的图块" in caught.value.message_zh


def test_a_base_of_another_family_or_none_is_told(tmp_path: Path) -> None:
    folder = write_tiny_clip(tmp_path / "base")
    with pytest.raises(ModelError, match="of the family clip, not chinese-clip"):
        read_base(folder, family="chinese-clip")
    with pytest.raises(ModelError, match="does not exist"):
        read_base(tmp_path / "nothing")


def test_a_run_is_known_by_what_its_result_depends_on(tmp_path: Path) -> None:
    base = read_base(write_tiny_chinese_clip(tmp_path / "base"))
    other = read_base(write_tiny_chinese_clip(tmp_path / "other", seed=1))
    one = run_fingerprint(base, DIVISION, TrainingOptions())
    assert run_fingerprint(base, DIVISION, TrainingOptions(part=1, checkpointing=True)) == one
    assert run_fingerprint(base, DIVISION, TrainingOptions(seed=1)) != one
    assert run_fingerprint(base, Division(PAIRS, ()), TrainingOptions()) != one
    assert run_fingerprint(other, DIVISION, TrainingOptions()) != one


def test_without_torch_the_command_that_installs_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = read_base(write_tiny_chinese_clip(tmp_path / "base"))
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingPackageError, match=r'pip install "jianwei\[train\]"'):
        fine_tune(base, TrainingData(PAIRS, 0, picture), tmp_path / "out", TrainingOptions(), models_folder=tmp_path)
    with pytest.raises(TrainingError, match="no pair"):
        fine_tune(base, TrainingData([], 2, picture), tmp_path / "out", TrainingOptions(), models_folder=tmp_path)


def picture(_: str) -> NDArray[np.uint8]:
    return np.zeros((SIZE_PX, SIZE_PX, 3), np.uint8)


class CountingEncoder:
    space, dims = "teacher@1", 2

    def __init__(self) -> None:
        self.encoded = 0

    def encode_images(self, pictures: Sequence[object]) -> NDArray[np.float32]:
        self.encoded += len(pictures)
        return np.ones((len(pictures), 2), np.float32)

    encode_texts = encode_images


def test_a_teacher_sees_each_picture_and_text_once() -> None:
    encoder = CountingEncoder()
    vectors = TeacherVectors(encoder, picture)
    images, texts = vectors(["a", "b", "a"], ["x", "x", "y"])
    assert (images.shape, texts.shape, encoder.encoded) == ((3, 2), (3, 2), 4)
    vectors(["b", "c"], ["y", "x"])
    assert encoder.encoded == 5
