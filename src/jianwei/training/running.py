"""One fine-tuning from pairs to a folder, with or without a state to go on from."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from jianwei.encoders.conversion.architecture import ResNet
from jianwei.encoders.conversion.tokenizer_files import copy_tokenizer
from jianwei.encoders.pixels import resize_picture
from jianwei.encoders.vocabulary import open_tokenizer
from jianwei.errors import MissingPackageError, SettingsError
from jianwei.training.event_log import EventLog
from jianwei.training.pairs import check_pairs, divide
from jianwei.training.result_folder import run_fingerprint, training_record, write_result

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from jianwei.images.pixels import RgbPixels
    from jianwei.ports import Encoder
    from jianwei.training.base import Base
    from jianwei.training.learning.loading import Inputs
    from jianwei.training.options import TrainingOptions
    from jianwei.training.pairs import TrainingPair
    from jianwei.training.progress import Moment

STATE_FILE = "run.state"
MODEL_FOLDER = "model"
LOGS_FOLDER = "logs"  # for TensorBoard


@dataclass(frozen=True, slots=True)
class TrainingData:
    """Pairs, how many were left out because their picture cannot be read, and how a picture is read by its SHA-256."""

    pairs: Sequence[TrainingPair]
    skipped: int
    pixels: Callable[[str], RgbPixels]


@dataclass(frozen=True, slots=True)
class TrainingReport:
    """What a run did. `record` is the content of training.json; `folder` is what can be imported."""

    folder: Path
    record: dict[str, Any]
    skipped: int
    losses: tuple[float, ...]
    stopped_early: bool


def fine_tune(
    base: Base,
    data: TrainingData,
    out: Path,
    options: TrainingOptions,
    *,
    models_folder: Path,
    teacher: Encoder | None = None,
    show: Callable[[Moment], None] = lambda _: None,
) -> TrainingReport:
    """Train `base` on `data`, keep the best epoch, and write `out/model`; a run that was stopped there goes on.

    Raises:
        MissingPackageError: torch is not installed.
        TrainingError: nothing can be learnt from these pairs, a loss is not a number, or the memory does not suffice.
        SettingsError: an option cannot be used.
        ModelError: the tokenizer of the base is missing.
        StorageFullError: the disk is full; the last state stays.
    """
    options.checked()
    _check_hidden_patches(base, options)
    check_pairs(data.pairs, skipped=data.skipped)
    division = divide(data.pairs, share=options.validation_share, seed=options.seed)
    check_pairs(division.training, skipped=data.skipped)
    require_torch()
    from jianwei.encoders.hub.free_space import disk_errors
    from jianwei.training.learning.loop import Subject, TrainingLoop

    with tempfile.TemporaryDirectory() as place, disk_errors(out):
        tokenizer_folder = Path(place)
        copy_tokenizer(
            base.text.tokenizer,
            tokenizer_folder,
            beside=base.folder,
            models_folder=models_folder,
            vocabulary=base.architecture.text.vocabulary,
        )
        inputs = encoder_inputs(base, data, tokenizer_folder, teacher)
        fingerprint = run_fingerprint(base, division, options)
        subject = Subject(base.tensors, base.architecture, division, inputs, fingerprint)
        with EventLog(out / LOGS_FOLDER) as log:

            def shown(moment: Moment) -> None:
                log.add(moment)
                show(moment)

            outcome = TrainingLoop(subject, options, out / STATE_FILE, show=shown).run()
        both = None
        if outcome.before is not None and outcome.after is not None:
            both = outcome.before, outcome.after
        record = training_record(base, division, options, measured=both, epoch=outcome.best_epoch)
        write_result(out / MODEL_FOLDER, outcome.tensors, base, record, tokenizer_folder)
    return TrainingReport(out / MODEL_FOLDER, record, data.skipped, outcome.losses, outcome.stopped_early)


def _check_hidden_patches(base: Base, options: TrainingOptions) -> None:
    if options.hidden_patches and isinstance(base.architecture.image, ResNet):
        raise SettingsError(
            f"hidden_patches is {options.hidden_patches}, but the image tower of {base.path.name} is a ResNet and "
            "has no patches to hide. Leave the option out, or take a model with a ViT.",
            zh=f"hidden_patches 为 {options.hidden_patches}，但 {base.path.name} 的图像塔是 ResNet，没有可隐藏的图块。"
            "请去掉该选项，或改用 ViT 模型。",
            path=str(base.path),
        )


def require_torch() -> None:
    """Look whether torch is installed.

    Raises:
        MissingPackageError: it is not.
    """
    try:
        import torch  # noqa: F401  # only whether it is there
    except ImportError as error:
        raise MissingPackageError(
            'Training needs PyTorch, which is not installed. Install it with: pip install "jianwei[train]"',
            zh='训练需要 PyTorch，当前未安装。请运行：pip install "jianwei[train]"',
            package="torch",
        ) from error


def encoder_inputs(base: Base, data: TrainingData, tokenizer_folder: Path, teacher: Encoder | None = None) -> Inputs:
    """Return how pictures and texts become the numbers that the base was trained on."""
    from jianwei.training.learning.loading import Inputs

    tokenizer = open_tokenizer(tokenizer_folder, base.text)

    def pixels(picture: str) -> NDArray[np.uint8]:
        return resize_picture(data.pixels(picture), base.image)

    def token_ids(texts: Sequence[str]) -> NDArray[np.int64]:
        tokens = tokenizer.encode(texts)
        if base.architecture.text.pooling == "last":
            return tokens.ids
        # Shorter rows cost less, and padding changes nothing there.
        return np.ascontiguousarray(tokens.ids[:, : max(2, int(tokens.lengths.max(initial=2)))])

    return Inputs(pixels, token_ids, base.image, None if teacher is None else TeacherVectors(teacher, data.pixels))


class TeacherVectors:
    """A teacher's vectors of pictures and texts, made once for each and kept in float16."""

    def __init__(self, teacher: Encoder, pixels: Callable[[str], RgbPixels]) -> None:
        self._teacher = teacher
        self._pixels = pixels
        self._pictures: dict[str, NDArray[np.float16]] = {}
        self._texts: dict[str, NDArray[np.float16]] = {}

    def __call__(
        self, pictures: Sequence[str], texts: Sequence[str]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return the (n, dims) vectors of both."""
        missing = list(dict.fromkeys(picture for picture in pictures if picture not in self._pictures))
        if missing:
            rows = self._teacher.encode_images([self._pixels(picture) for picture in missing]).astype(np.float16)
            self._pictures.update(zip(missing, rows, strict=True))
        unknown = list(dict.fromkeys(text for text in texts if text not in self._texts))
        if unknown:
            rows = self._teacher.encode_texts(unknown).astype(np.float16)
            self._texts.update(zip(unknown, rows, strict=True))
        images = np.stack([self._pictures[picture] for picture in pictures]).astype(np.float32)
        return images, np.stack([self._texts[text] for text in texts]).astype(np.float32)
