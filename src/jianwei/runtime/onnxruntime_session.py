"""A network run by ONNX Runtime on the processor or a CUDA device; the only module that imports it.

It runs where OpenVINO has no packages (ARM servers, Apple silicon) and where there is a CUDA device. One session serves
all threads; each caller gets its share of the cores. Left out: other execution providers.
"""

from __future__ import annotations

from contextlib import contextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from jianwei.errors import MissingPackageError, ModelError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from jianwei.runtime.sessions import Arithmetic, Batch, NamedInputs, Result, Shape

_LOG_ERRORS_ONLY = 3


class OnnxRuntimeSession:
    """A network loaded by ONNX Runtime for `streams` callers at once."""

    def __init__(
        self,
        model_file: Path,
        *,
        streams: int,
        cores: int,
        arithmetic: Arithmetic = "auto",
        last_layer_apart: bool = False,  # noqa: ARG002  # ONNX Runtime runs a file as it is
    ) -> None:
        """Load a model.

        Args:
            model_file: an ONNX file.
            streams: how many threads will call `run` at once, at least 1.
            cores: how many cores all callers together may use, at least 1.
            arithmetic: whether a CUDA device may round float32 to TF32; the processor keeps to the file's own types.
            last_layer_apart: makes no difference here.

        Raises:
            MissingPackageError: ONNX Runtime is not installed.
            ModelError: the file is not a model that ONNX Runtime can run.
        """
        onnxruntime = _import_onnxruntime()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = max(1, cores // streams)
        options.inter_op_num_threads = 1
        # The arena never gives memory back, and pictures of many sizes make it grow far beyond what one of them needs.
        options.enable_cpu_mem_arena = False
        options.log_severity_level = _LOG_ERRORS_ONLY
        self._model_file = model_file
        with _errors_named(model_file):
            self._session = onnxruntime.InferenceSession(model_file, options, providers=self._providers(arithmetic))
            self._metadata = dict(self._session.get_modelmeta().custom_metadata_map)
            self._inputs = {
                port.name: tuple(axis if isinstance(axis, int) else None for axis in port.shape)
                for port in self._session.get_inputs()
            }

    def _providers(self, arithmetic: Arithmetic) -> list[str | tuple[str, dict[str, str]]]:  # noqa: ARG002  # CUDA's does
        return ["CPUExecutionProvider"]

    @property
    def metadata(self) -> Mapping[str, str]:
        """The texts that the model file carries beside the network, by name."""
        return self._metadata

    @property
    def inputs(self) -> Mapping[str, Shape]:
        """The inputs of the network by name, in its own order."""
        return self._inputs

    @property
    def last_layer(self) -> None:
        """None: the network is whole."""
        return

    def run(self, batch: Batch, consume: Callable[[Batch], Result]) -> Result:
        """Run the network on `batch` and return what `consume` makes of its output.

        Raises:
            ModelError: ONNX Runtime refused the batch or failed.
        """
        return self.run_named({next(iter(self._inputs)): batch}, consume)

    def run_named(self, inputs: NamedInputs, consume: Callable[[Batch], Result]) -> Result:
        """Run a network of any number of inputs; all else is as with `run`.

        Raises:
            ModelError: ONNX Runtime refused the inputs or failed.
        """
        with _errors_named(self._model_file):
            output = self._session.run(None, dict(inputs))[0]
        return consume(output)


class CudaOnnxRuntimeSession(OnnxRuntimeSession):
    """A network loaded by ONNX Runtime on the first CUDA device; what the device cannot run stays on the processor."""

    def _providers(self, arithmetic: Arithmetic) -> list[str | tuple[str, dict[str, str]]]:
        options = {"use_tf32": "0" if arithmetic == "fp32" else "1"}
        return [("CUDAExecutionProvider", options), "CPUExecutionProvider"]


def cuda_is_available() -> bool:
    """Tell whether ONNX Runtime is installed with support for CUDA; a device may still be missing."""
    if find_spec("onnxruntime") is None:
        return False
    return "CUDAExecutionProvider" in _import_onnxruntime().get_available_providers()


def _import_onnxruntime() -> Any:  # noqa: ANN401  # the library publishes no types we could name here
    try:
        import onnxruntime
    except ImportError as error:
        message = "The ONNX Runtime package is not installed. Install it with: pip install onnxruntime"
        zh = "没有安装 ONNX Runtime。请运行：pip install onnxruntime"
        raise MissingPackageError(message, zh=zh, package="onnxruntime") from error
    return onnxruntime


@contextmanager
def _errors_named(model_file: Path) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # its exceptions share no base below Exception
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ModelError(
            f"ONNX Runtime could not run {model_file.name}: {reason}",
            zh=f"ONNX Runtime 无法运行 {model_file.name}：{reason}",
            model=model_file.name,
        ) from error
