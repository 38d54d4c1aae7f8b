"""What may be chosen about a fine-tuning; the defaults suit some thousands of pairs and one small GPU."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from jianwei.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jianwei.encoders.manifest import Family

Method = Literal["full", "locked", "lora"]
"""`full` trains everything, `locked` the text tower alone (LiT), `lora` low-rank additions to all matrices."""

Arithmetic = Literal["auto", "fp32", "bf16", "fp16"]
"""`auto` is bfloat16 on a GPU that has it, float16 on another, float32 elsewhere. Weights themselves stay float32."""

LEARNING_RATES: Mapping[Family, float] = {"clip": 2e-5, "chinese-clip": 2e-5, "siglip2": 1e-5}
"""The highest rate where none is chosen. SigLIP's judges each pair by itself, so its gradients do not fade as pairs are
told apart from their batch."""


@dataclass(frozen=True, slots=True)
class TrainingOptions:
    """The choices of one run. A run is continued only with those that its result depends on unchanged."""

    method: Method = "full"
    epochs: int = 5
    batch: int = 256
    """Pairs whose texts and pictures are told apart from each other in one step."""

    part: int = 32
    """Pairs that are in memory at once; smaller parts take longer and change nothing in the result."""

    learning_rate: float = 2e-5
    weight_decay: float = 0.001
    warmup_share: float = 0.1
    """Share of the steps in which the learning rate rises; after them it falls as a cosine does."""

    lora_rank: int = 8
    hidden_patches: float = 0.0
    """Share of the patches of a picture that each step hides, drawn anew (FLIP): half of them halves the cost."""

    checkpointing: bool = False
    """Whether the inside of each block is calculated again instead of kept: less memory, a third more time."""

    arithmetic: Arithmetic = "auto"
    device: str = "auto"
    """`auto` is `cuda` where there is a GPU, else `cpu`."""

    hard_negatives: float = 0.0
    """Share of the pairs of a batch that come in groups of one category, which are harder to tell apart."""

    ocr_texts: bool = False
    """Whether the words that OCR read on a picture are one of its texts."""

    distil_weight: float = 0.5
    """Weight of a teacher's judgement beside that of the pairs, where a teacher is given."""

    validation_share: float = 0.1
    patience: int = 3
    """Epochs without a better validation after which the run ends; 0 goes on to the last."""

    seed: int = 0
    state_every_s: float = 60.0
    """The least time between two states on disk, which hold four times the weights; the last epoch always gets one."""

    def checked(self) -> TrainingOptions:
        """Return these options.

        Raises:
            SettingsError: one of them cannot be used.
        """
        for name in ("epochs", "batch", "part", "lora_rank"):
            self._require(name, getattr(self, name) >= 1, "1 or more")
        self._require("batch", self.batch >= 2, "2 or more: a pair is told apart from others")
        self._require("learning_rate", 0 < self.learning_rate < 1, "above 0 and below 1")
        for name in ("hidden_patches", "validation_share"):
            self._require(name, 0 <= getattr(self, name) < 1, "from 0 up to, but not, 1")
        for name in ("hard_negatives", "warmup_share", "distil_weight"):
            self._require(name, 0 <= getattr(self, name) <= 1, "from 0 to 1")
        for name in ("weight_decay", "patience", "state_every_s"):
            self._require(name, getattr(self, name) >= 0, "0 or more")
        self._require("arithmetic", self.arithmetic in get_args(Arithmetic), ", ".join(get_args(Arithmetic)))
        self._require("method", self.method in get_args(Method), ", ".join(get_args(Method)))
        return self

    def _require(self, name: str, holds: bool, allowed: str) -> None:  # noqa: FBT001  # what was just compared
        if not holds:
            value = getattr(self, name)
            raise SettingsError(
                f"{name} is {value!r}. Allowed: {allowed}.",
                zh=f"{name} 的值是 {value!r}。可用的值：{allowed}。",
                name=name,
                value=value,
            )
