"""The tensors of a model while it is trained: which of them learn, and low-rank additions to those that do not.

Source of the additions: Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models" (2021). They are added to the
matrix itself (W + B·A · alpha/rank), not calculated beside it, so that what is exported is what was trained.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from jianwei.training.options import Method

SCALE = "logit_scale"
BIAS = "logit_bias"

_LARGEST_SCALE = math.log(100.0)
"""CLIP clips its temperature here, so that one pair cannot outweigh a batch."""

_BIAS_RATE = 10.0
"""The bias is one number for all candidates: it must reach its place before vectors move to make up for it."""

_STATISTICS = (".running_mean", ".running_var")
"""Of a ResNet's batch norms; see `residual_network`."""

_ALPHA = 2.0  # alpha / rank: additions of every rank begin to learn equally fast


class TrainedWeights:
    """Tensors by our names; those that learn are leaves with gradients."""

    def __init__(
        self, tensors: Mapping[str, NDArray[np.float32]], method: Method, *, rank: int, seed: int, device: str
    ) -> None:
        self._tensors = {name: torch.from_numpy(values.copy()).to(device) for name, values in tensors.items()}
        self._additions: dict[str, tuple[Tensor, Tensor]] = {}
        self.leaves: dict[str, Tensor] = {}
        if method == "lora":
            self._add_additions(rank, seed)
            chosen = {SCALE, BIAS}
        elif method == "locked":
            chosen = {name for name in self._tensors if not name.startswith("image.")}
        else:
            chosen = set(self._tensors)
        chosen = {name for name in chosen if not name.endswith(_STATISTICS)}
        for name in sorted(chosen & set(self._tensors)):
            self.leaves[name] = self._tensors[name].requires_grad_()

    def __getitem__(self, name: str) -> Tensor:
        """Return a tensor as it counts now."""
        tensor = self._tensors[name]
        if name in self._additions:
            left, right = self._additions[name]
            return tensor + left @ right * _ALPHA
        return tensor

    def __contains__(self, name: object) -> bool:
        return name in self._tensors

    @property
    def images_are_fixed(self) -> bool:
        """Whether nothing of the image tower learns."""
        return not any(name.startswith("image.") for name in self.leaves)

    def groups(self, weight_decay: float) -> list[dict[str, object]]:
        """Return the groups of an optimiser: only matrices decay, as in CLIP's own training.

        `rate` is what the learning rate of a step is multiplied by.
        """
        own = [leaf for name, leaf in self.leaves.items() if name == BIAS]
        decaying = [leaf for leaf in self.leaves.values() if leaf.ndim > 1]
        others = [leaf for name, leaf in self.leaves.items() if leaf.ndim <= 1 and name != BIAS]
        groups: list[dict[str, object]] = [
            {"params": decaying, "weight_decay": weight_decay, "rate": 1.0},
            {"params": others, "weight_decay": 0.0, "rate": 1.0},
        ]
        return [*groups, {"params": own, "weight_decay": 0.0, "rate": _BIAS_RATE}] if own else groups

    def limit_scale(self) -> None:
        """Keep the temperature in its range after a step."""
        if SCALE in self.leaves:
            with torch.no_grad():
                self.leaves[SCALE].clamp_(0.0, _LARGEST_SCALE)

    def state(self) -> dict[str, Tensor]:
        """Return copies of the tensors that learn."""
        return {name: leaf.detach().cpu().clone() for name, leaf in self.leaves.items()}

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Put the tensors that learn back to a state of the same model."""
        with torch.no_grad():
            for name, leaf in self.leaves.items():
                leaf.copy_(state[name])

    def merged(self) -> dict[str, NDArray[np.float32]]:
        """Return all tensors, additions added in."""
        with torch.no_grad():
            return {name: self[name].detach().float().cpu().numpy() for name in self._tensors}

    def _add_additions(self, rank: int, seed: int) -> None:
        generator = torch.Generator().manual_seed(seed)
        for name, tensor in self._tensors.items():
            if tensor.ndim != 2 or ".layers." not in name:
                continue
            outputs, inputs = tensor.shape
            right = torch.randn(rank, inputs, generator=generator) / math.sqrt(inputs)
            left = torch.zeros(outputs, rank)
            pair = tuple(part.to(tensor.device).requires_grad_() for part in (left, right))
            self._additions[name] = (pair[0], pair[1])
            self.leaves[f"{name}.left"], self.leaves[f"{name}.right"] = pair
