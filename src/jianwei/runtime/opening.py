"""Which library runs a network on this machine: a table, so that a further one is one more entry.

OpenVINO is more than twice as fast on x86 processors; ONNX Runtime runs everywhere.
"""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING, Literal

from jianwei.runtime.onnxruntime_session import CudaOnnxRuntimeSession, OnnxRuntimeSession
from jianwei.runtime.openvino_session import OpenVinoSession

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from jianwei.runtime.sessions import Arithmetic, InferenceSession

RuntimeName = Literal["openvino", "onnxruntime", "onnxruntime-cuda"]

_SESSIONS: dict[RuntimeName, Callable[..., InferenceSession]] = {
    "openvino": OpenVinoSession,
    "onnxruntime": OnnxRuntimeSession,
    "onnxruntime-cuda": CudaOnnxRuntimeSession,
}
_X86 = frozenset({"x86_64", "amd64", "i386", "i686"})


def choose_runtime(name: RuntimeName | Literal["auto"], *, machine: str | None = None) -> RuntimeName:
    """Return the runtime meant by `name`: `auto` is OpenVINO on x86 processors and ONNX Runtime elsewhere.

    `machine` is a processor family as `platform.machine()` names it; None means this machine's.
    """
    if name != "auto":
        return name
    return "openvino" if (machine or platform.machine()).lower() in _X86 else "onnxruntime"


def open_session(
    runtime: RuntimeName,
    model_file: Path,
    *,
    streams: int,
    cores: int,
    arithmetic: Arithmetic = "auto",
    last_layer_apart: bool = False,
) -> InferenceSession:
    """Load `model_file` for `streams` callers at once that together use `cores` cores.

    `last_layer_apart` lets a runtime that can take off a layer of many classes at the network's end, with the softmax
    behind it: whoever knows for which rows the classes matter has less work with those alone. The session has that
    layer then; where it has none, the network is whole.

    Raises:
        MissingPackageError: the runtime's package is not installed; names the command that installs it.
        ModelError: the file is not a model that the runtime can run.
    """
    return _SESSIONS[runtime](
        model_file, streams=streams, cores=cores, arithmetic=arithmetic, last_layer_apart=last_layer_apart
    )
