"""The loop: epochs of steps, a validation after each, a state on disk from which a run goes on as if never stopped.

Every random choice follows from the seed and the step, never from what happened before, so a run that was killed and
taken up again ends with the same weights as one that was not (on the same machine and torch).
"""

from __future__ import annotations

import math
import time
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from jianwei.encoders.conversion.architecture import ResNet
from jianwei.errors import TrainingError
from jianwei.runtime.cores import usable_cores
from jianwei.training.batches import Batch, epoch_batches, same_thing, steps_of
from jianwei.training.learning.devices import chosen_device, chosen_precision, memory_told
from jianwei.training.learning.loading import Inputs, PictureLoader, scaled
from jianwei.training.learning.losses import (
    Judgement,
    cached_backward,
    contrastive,
    distilled,
    pairwise,
    plain_backward,
)
from jianwei.training.learning.network import image_vectors, text_vectors
from jianwei.training.learning.residual_network import residual_vectors
from jianwei.training.learning.state import RunState, read_state, write_state
from jianwei.training.learning.weights import BIAS, SCALE, TrainedWeights
from jianwei.training.learning_rate import learning_rate
from jianwei.training.measuring import Measured, measured
from jianwei.training.pixel_cache import PixelCache
from jianwei.training.progress import Moment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from jianwei.encoders.conversion.architecture import Architecture
    from jianwei.training.options import TrainingOptions
    from jianwei.training.pairs import Division, TrainingPair

_MEASURED_AT_ONCE = 64
_BETAS = (0.9, 0.98)  # those of CLIP's own training, as is epsilon
_SIGMOID_BETAS = (0.9, 0.95)  # those of SigLIP's
_EPSILON = 1e-6


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run ends with: the best tensors by our names, what was measured before and with them, all losses."""

    tensors: dict[str, NDArray[np.float32]]
    before: Measured | None
    after: Measured | None
    best_epoch: int
    losses: tuple[float, ...]
    stopped_early: bool


@dataclass(frozen=True, slots=True)
class Subject:
    """What is trained on what: tensors by our names, and pairs. `fingerprint` tells this run from others."""

    tensors: Mapping[str, NDArray[np.float32]]
    architecture: Architecture
    division: Division
    inputs: Inputs
    fingerprint: str


class TrainingLoop:
    """One run. `state_file` is where it stands; it is continued from there."""

    def __init__(
        self,
        subject: Subject,
        options: TrainingOptions,
        state_file: Path,
        *,
        show: Callable[[Moment], None] = lambda _: None,
    ) -> None:
        """Prepare the tensors.

        Raises:
            SettingsError: torch knows no such device here.
        """
        self._subject = subject
        self._options = options
        self._state_file = state_file
        self._show = show
        self._device = chosen_device(options.device)
        self._precision = chosen_precision(options.arithmetic, self._device)
        self._scaling = self._precision.loss_scaling()
        self._weights = TrainedWeights(
            subject.tensors, options.method, rank=options.lora_rank, seed=options.seed, device=self._device
        )
        self._steps = options.epochs * steps_of(len(subject.division.training), options.batch)
        groups = self._weights.groups(options.weight_decay)
        betas = _SIGMOID_BETAS if BIAS in self._weights else _BETAS
        self._optimiser: Any = torch.optim.AdamW(groups, lr=options.learning_rate, betas=betas, eps=_EPSILON)

    def run(self) -> Outcome:
        """Train from the beginning or from the state on disk, and return the best of all epochs.

        Raises:
            TrainingError: a loss is not a number, the memory does not suffice, or the state is of another run.
            StorageFullError: the disk is full; the last state stays.
        """
        self._loader = PictureLoader(self._subject.inputs, threads=usable_cores(), kept=self._cache())
        with closing(self._loader):
            self._state = self._begun()
            self._saved_at_s = time.monotonic()
            while self._state.epoch < self._options.epochs and not self._is_patient_no_more():
                self._one_epoch(self._state.epoch)
        return self._outcome(stopped_early=self._state.epoch < self._options.epochs)

    def _cache(self) -> PixelCache | None:
        division, options = self._subject.division, self._options
        if options.epochs == 1 and not division.validation:
            return None
        folder = self._state_file.parent
        folder.mkdir(parents=True, exist_ok=True)
        pictures = [pair.picture for pair in (*division.validation, *division.training)]
        return PixelCache(folder, pictures, size_px=self._subject.inputs.image.size_px)

    # --- state --------------------------------------------------------------------------------------------------------

    def _begun(self) -> RunState:
        found = read_state(self._state_file, self._subject.fingerprint)
        if found is not None:
            self._weights.restore(found.leaves)
            self._optimiser.load_state_dict(found.optimiser)
            self._scaling.load_state_dict(found.scaling)
            return found
        before = self._measured()
        return RunState(self._subject.fingerprint, before=before, best=before, best_leaves=self._weights.state())

    def _saved_now_and_then(self, *, always: bool = False) -> None:
        if not always and time.monotonic() - self._saved_at_s < self._options.state_every_s:
            return
        self._saved_at_s = time.monotonic()
        self._state.leaves = self._weights.state()
        self._state.optimiser = self._optimiser.state_dict()
        self._state.scaling = self._scaling.state_dict()
        write_state(self._state_file, self._state)

    def _is_patient_no_more(self) -> bool:
        patience = self._options.patience
        return bool(
            patience and self._subject.division.validation and self._state.epoch - self._state.best_epoch >= patience
        )

    def _outcome(self, *, stopped_early: bool) -> Outcome:
        state = self._state
        self._weights.restore(state.best_leaves)
        losses = tuple(state.losses)
        return Outcome(self._weights.merged(), state.before, state.best, state.best_epoch, losses, stopped_early)

    # --- an epoch -----------------------------------------------------------------------------------------------------

    def _one_epoch(self, epoch: int) -> None:
        state = self._state
        pairs = self._subject.division.training
        batches = epoch_batches(pairs, self._options, epoch)
        left = self._loader.batches(batches[state.step_of_epoch :], pairs)
        for at, (batch, pixels) in enumerate(left, state.step_of_epoch):
            loss = self._step(batch, pixels, step=epoch * len(batches) + at)
            state.losses.append(loss)
            state.step_of_epoch = at + 1
            self._show(Moment(epoch, self._options.epochs, at + 1, len(batches), loss, state.best_score))
            self._saved_now_and_then()
        state.epoch, state.step_of_epoch = epoch + 1, 0
        now = self._measured()
        if now is None or state.best is None or now.mean_recall > state.best.mean_recall:
            state.best, state.best_epoch, state.best_leaves = now, epoch + 1, self._weights.state()
        self._saved_now_and_then(always=state.epoch == self._options.epochs or self._is_patient_no_more())
        score = None if now is None else now.mean_recall
        self._show(
            Moment(epoch, self._options.epochs, len(batches), len(batches), state.losses[-1], score, measured=True)
        )

    def _step(self, batch: Batch, pixels: Tensor, *, step: int) -> float:
        for group in self._optimiser.param_groups:
            group["lr"] = group["rate"] * learning_rate(self._options, step, self._steps)
        part = min(self._options.part, len(batch.numbers))
        with memory_told(part, lambda smaller: self._fits(batch, pixels, smaller)):
            loss = self._gradients(batch, pixels, step, part)
            if not math.isfinite(loss):
                raise _not_a_number(step, self._state_file)
            self._scaling.step(self._optimiser)
            self._scaling.update()
        self._optimiser.zero_grad(set_to_none=True)
        self._weights.limit_scale()
        return loss

    def _fits(self, batch: Batch, pixels: Tensor, part: int) -> bool:
        try:
            self._gradients(Batch(batch.numbers[:part], batch.texts[:part]), pixels[:part], 0, part)
        except (torch.OutOfMemoryError, MemoryError):
            return False
        finally:
            self._optimiser.zero_grad(set_to_none=True)
        return True

    # --- a step -------------------------------------------------------------------------------------------------------

    def _gradients(self, batch: Batch, pixels: Tensor, step: int, part: int) -> float:
        """Give the leaves their gradients and return the loss."""
        pairs = [self._subject.division.training[at] for at in batch.numbers]
        refuted = [(at, text) for at, pair in enumerate(pairs) for text in pair.dismissed]
        count = len(pairs)
        starts = range(0, count, part)
        shown = self._shown(count, step)
        images = [
            partial(self._images, pixels[at : at + part], shown if shown is None else shown[at : at + part])
            for at in starts
        ]
        texts = [partial(self._texts, self._ids(batch.texts[at : at + part])) for at in starts]
        negatives = [partial(self._texts, self._ids([text for _, text in refuted]))] if refuted else []
        judgement = Judgement(
            torch.from_numpy(same_thing(self._subject.division.training, batch)).to(self._device),
            torch.tensor([at for at, _ in refuted], device=self._device) if refuted else None,
            self._teacher(pairs, batch.texts),
            self._options.distil_weight,
        )

        def loss_of(vectors: list[Tensor]) -> Tensor:
            own, other = torch.cat(vectors[: len(images)]), torch.cat(vectors[len(images) : 2 * len(images)])
            return self._loss(own, other, judgement, vectors[-1] if refuted else None)

        encoders = [*images, *texts, *negatives]
        backward = plain_backward if len(images) == 1 else cached_backward
        return backward(encoders, loss_of, arithmetic=self._precision, enlarged=self._scaling.scale)

    def _loss(self, images: Tensor, texts: Tensor, judgement: Judgement, refuted: Tensor | None) -> Tensor:
        scale = self._weights[SCALE]
        if BIAS in self._weights:
            loss = pairwise(images, texts, scale, self._weights[BIAS], judgement, refuted)
        else:
            loss = contrastive(images, texts, scale, judgement, refuted)
        if judgement.teacher is None:
            return loss
        weight = judgement.distil_weight
        return (1 - weight) * loss + weight * distilled(images, texts, scale, judgement.teacher)

    def _shown(self, count: int, step: int) -> Tensor | None:
        image = self._subject.architecture.image
        hidden = self._options.hidden_patches
        if not hidden:
            return None
        assert not isinstance(image, ResNet)  # refused before anything is learnt
        patches = (image.size_px // image.patch_px) ** 2
        kept = max(1, round(patches * (1 - hidden)))
        random = np.random.default_rng([self._options.seed, 2, step])
        order = random.random((count, patches)).argsort(axis=1)[:, :kept]
        return torch.from_numpy(np.sort(order, axis=1)).to(self._device)

    def _teacher(self, pairs: Sequence[TrainingPair], texts: Sequence[str]) -> tuple[Tensor, Tensor] | None:
        if self._subject.inputs.teacher is None:
            return None
        images, words = self._subject.inputs.teacher([pair.picture for pair in pairs], texts)
        return torch.from_numpy(images).to(self._device), torch.from_numpy(words).to(self._device)

    def _ids(self, texts: Sequence[str]) -> Tensor:
        return torch.from_numpy(self._subject.inputs.token_ids(texts)).to(self._device)

    def _images(self, pixels: Tensor, shown: Tensor | None = None) -> Tensor:
        checkpointing = self._options.checkpointing and torch.is_grad_enabled()
        learns = torch.is_grad_enabled() and not self._weights.images_are_fixed
        with torch.set_grad_enabled(learns):
            tower = self._subject.architecture.image
            placed = scaled(pixels, self._subject.inputs.image, self._device)
            if isinstance(tower, ResNet):
                return residual_vectors(self._weights, tower, placed, checkpointing=checkpointing and learns)
            return image_vectors(self._weights, tower, placed, shown=shown, checkpointing=checkpointing and learns)

    def _texts(self, ids: Tensor) -> Tensor:
        checkpointing = self._options.checkpointing and torch.is_grad_enabled()
        return text_vectors(self._weights, self._subject.architecture, ids, checkpointing=checkpointing)

    # --- measuring ----------------------------------------------------------------------------------------------------

    def _measured(self) -> Measured | None:
        pairs = self._subject.division.validation
        if not pairs:
            return None
        with torch.no_grad(), self._precision():
            images = [self._images(self._loader.read(some)).float().cpu() for some in _some(pairs)]
            texts = [self._texts(self._ids([pair.texts[0] for pair in some])).float().cpu() for some in _some(pairs)]
        return measured(torch.cat(images).numpy(), torch.cat(texts).numpy(), pairs)


def _some(pairs: Sequence[TrainingPair]) -> Iterator[Sequence[TrainingPair]]:
    for start in range(0, len(pairs), _MEASURED_AT_ONCE):
        yield pairs[start : start + _MEASURED_AT_ONCE]


def _not_a_number(step: int, state_file: Path) -> TrainingError:
    return TrainingError(
        f"The loss of step {step + 1} is not a number. The state before it is kept in {state_file}. Run again in a new "
        "folder with a lower --learning-rate; if it happens at the first step, with --arithmetic fp32.",
        zh=f"第 {step + 1} 步的损失不是有效数值。此前的状态保存在 {state_file}。"
        "请在新文件夹中用更小的 --learning-rate 重新运行；若第一步即出现，请加 --arithmetic fp32。",
        step=step + 1,
        state=str(state_file),
    )
