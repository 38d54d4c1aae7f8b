"""Where a run stands, as one file that appears whole or not at all."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

import torch

from jianwei.errors import TrainingError
from jianwei.training.measuring import Measured

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

_VERSION = 2


@dataclass(slots=True)
class RunState:
    """The tensors that learn, the optimiser, and the best so far. `epoch` and `step_of_epoch` are the next ones."""

    fingerprint: str
    """Of the pairs, the base and the options: a run is taken up only by the same one."""

    before: Measured | None = None
    best: Measured | None = None
    best_epoch: int = 0
    best_leaves: dict[str, Tensor] = field(default_factory=dict)
    epoch: int = 0
    step_of_epoch: int = 0
    losses: list[float] = field(default_factory=list)
    leaves: dict[str, Tensor] = field(default_factory=dict)
    optimiser: dict[str, Any] = field(default_factory=dict)
    scaling: dict[str, Any] = field(default_factory=dict)

    @property
    def best_score(self) -> float | None:
        """The mean recall of the best epoch; None without validation."""
        return None if self.best is None else self.best.mean_recall


def write_state(path: Path, state: RunState) -> None:
    """Write a state in place of the one before."""
    content: dict[str, Any] = {item.name: getattr(state, item.name) for item in fields(RunState)}
    for name in ("before", "best"):
        content[name] = _as_tensors(content[name])
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.part")
    with aside.open("wb") as file:
        torch.save({"version": _VERSION, **content}, file)
    aside.replace(path)


def read_state(path: Path, fingerprint: str) -> RunState | None:
    """Return the state of a run that was stopped; None where there is none.

    Raises:
        TrainingError: it is damaged, or of another run.
    """
    if not path.exists():
        return None
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
        version = content.pop("version")
        state = RunState(**content)
    except Exception as error:
        raise _unusable(path, f"it is damaged ({type(error).__name__})", f"已损坏（{type(error).__name__}）") from error
    if version != _VERSION:
        raise _unusable(path, "it was written by another version", "由其他版本写入")
    if state.fingerprint != fingerprint:
        raise _unusable(
            path,
            "its pairs, base or options were others",
            "其数据、基础模型或选项与本次不同",
        )
    state.before, state.best = _as_measured(state.before), _as_measured(state.best)
    return state


def _as_tensors(value: Measured | None) -> object:
    return None if value is None else [torch.from_numpy(value.texts), torch.from_numpy(value.pictures)]


def _as_measured(value: Any) -> Measured | None:  # noqa: ANN401  # what torch read
    return None if value is None else Measured(value[0].numpy(), value[1].numpy())


def _unusable(path: Path, reason: str, reason_zh: str) -> TrainingError:
    return TrainingError(
        f"The run in {path.parent} cannot be continued: {reason}. Take another --out folder, or delete {path.name} to "
        "begin anew.",
        zh=f"无法继续 {path.parent} 中的训练：{reason_zh}。请换一个 --out 文件夹，或删除 {path.name} 后重新开始。",
        path=str(path),
    )
