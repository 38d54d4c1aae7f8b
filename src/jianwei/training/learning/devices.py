"""Where and in which arithmetic torch calculates, and what its running out of memory means to a person."""

from __future__ import annotations

from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import torch

from jianwei.errors import SettingsError, TrainingError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jianwei.training.options import Arithmetic


def chosen_device(name: str) -> str:
    """Return the device that `auto` means, or the named one.

    Raises:
        SettingsError: torch knows no such device here.
    """
    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        torch.empty(1, device=name)
    except (RuntimeError, AssertionError) as error:
        raise SettingsError(
            f"The device {name!r} cannot be used here ({str(error).splitlines()[0]}). Allowed: auto, cpu, and cuda "
            "where torch finds a GPU.",
            zh=f"无法使用设备 {name!r}（{str(error).splitlines()[0]}）。可用的值：auto、cpu，以及有 GPU 时的 cuda。",
            name="device",
        ) from error
    return name


@dataclass(frozen=True, slots=True)
class Precision:
    """The arithmetic of a forward pass: `half` is the type that matrix products are in, None for float32.

    float16 has no numbers below 6e-8, where gradients are: the loss is multiplied before they are calculated and they
    are divided after (Micikevicius et al., "Mixed Precision Training", 2018). bfloat16 needs none of that.
    """

    kind: str
    half: torch.dtype | None

    def __call__(self) -> AbstractContextManager[object]:
        """Return what a forward pass runs inside of."""
        return nullcontext() if self.half is None else torch.autocast(self.kind, dtype=self.half)

    def loss_scaling(self) -> Any:  # noqa: ANN401  # torch is not there where types are checked
        """Return the scaler of torch, which does nothing unless this is float16."""
        return torch.amp.GradScaler(self.kind, enabled=self.half is torch.float16)


_HALVES: dict[Arithmetic, torch.dtype | None] = {"fp32": None, "bf16": torch.bfloat16, "fp16": torch.float16}


def chosen_precision(wanted: Arithmetic, device: str) -> Precision:
    """Return what an arithmetic means on a device: `auto` is float32 on processors and the better half on GPUs."""
    kind = torch.device(device).type
    if wanted == "auto":
        has_bf16 = kind == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
        wanted = "fp32" if kind != "cuda" else "bf16" if has_bf16 else "fp16"
    return Precision(kind, _HALVES[wanted])


@contextmanager
def memory_told(part: int, fits: Callable[[int], bool]) -> Iterator[None]:
    """Turn running out of memory into an error that names the largest smaller part for which `fits` says yes.

    Raises:
        TrainingError: the block ran out of memory.
    """
    try:
        yield
    except (torch.OutOfMemoryError, MemoryError) as error:
        short = error
    except RuntimeError as error:
        # What torch's allocator for processors raises is of no class of its own.
        if "not enough memory" not in str(error):
            raise
        short = error
    else:
        return
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    smaller = part // 2
    while smaller and not fits(smaller):
        smaller //= 2
    raise _out_of_memory(part, smaller) from short


def _out_of_memory(part: int, fitting: int) -> TrainingError:
    if fitting:
        advice = f"{fitting} at once fit: run again with --part {fitting}; the result is the same, only slower."
        advice_zh = f"一次 {fitting} 对可以放下：请加 --part {fitting} 重新运行，结果相同，只是更慢。"
    else:
        advice = "Not even one pair fits: try --checkpointing, --method lora or a smaller model."
        advice_zh = "一次一对也放不下：请尝试 --checkpointing、--method lora 或更小的模型。"
    return TrainingError(
        f"The memory does not suffice for {part} pairs at once. {advice}",
        zh=f"内存不足以一次处理 {part} 对数据。{advice_zh}",
        part=part,
        fitting=fitting,
    )
