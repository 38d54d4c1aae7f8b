"""A network run by OpenVINO on the processor; the only module that imports it.

OpenVINO chooses the arithmetic unless told: bfloat16 where the processor has instructions for it, else float32. Each
calling thread has the network to itself, on its own share of the cores, which keeps all of them busy with less waiting
than all cores working on one picture. Left out: GPUs and NPUs, and compiled-model caches on disk.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from jianwei.errors import MissingPackageError, ModelError
from jianwei.runtime.network_copies import IdleCopies, NetworkCopy
from jianwei.runtime.openvino_rewrites import fold_enlargement, take_off_last_layer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from jianwei.runtime.sessions import Arithmetic, Batch, NamedInputs, Result, Shape

_OPERATORS_KEPT = 512
"""How many prepared operators of a kind OpenVINO keeps per network for input sizes seen before: those of seven sizes,
since a network has seventy convolutions. Its own default of 5000 grows by hundreds of megabytes over many sizes."""


_FIRST_ARRAY = threading.Lock()
"""OpenVINO's bindings set up their access to NumPy with the first array they are given. When two threads give it one at
once, one holds the interpreter and the other the C++ guard, and both wait for ever (seen with 2026.4)."""

_MAKING_CORE = threading.Lock()


class OpenVinoSession:
    """A network compiled by OpenVINO for `streams` callers at once.

    A further caller waits until one of them is done. The network is compiled once for each of them: for the first at
    once, so that a model that cannot be run is refused here, for others when they first come, in their own threads.
    """

    def __init__(
        self,
        model_file: Path,
        *,
        streams: int,
        cores: int,
        arithmetic: Arithmetic = "auto",
        last_layer_apart: bool = False,
    ) -> None:
        """Load and compile a model.

        Args:
            model_file: an ONNX or OpenVINO IR file.
            streams: how many threads will call `run` at once, at least 1.
            cores: how many cores all streams together may use, at least 1.
            arithmetic: whether OpenVINO may choose the arithmetic itself.
            last_layer_apart: whether a dense layer and softmax at the end of the network are taken off.

        Raises:
            MissingPackageError: OpenVINO is not installed.
            ModelError: the file is not a model that OpenVINO can run.
        """
        openvino = _import_openvino()
        with _errors_named(model_file):
            core = _shared_core(openvino)
            model = core.read_model(model_file)
            self._metadata = _read_metadata(model)
            self._inputs = _read_inputs(model)
            fold_enlargement(model, openvino.opset13)
            taken_off = take_off_last_layer(model) if last_layer_apart else None
            properties: dict[str, object] = {
                # A network of one stream is run by the thread that asks. Of several streams, each has a thread of its
                # own: two switches for each batch, at which the system often puts two threads on one core and leaves
                # another idle. So each caller gets a network of one stream.
                "NUM_STREAMS": 1,
                "INFERENCE_NUM_THREADS": max(1, cores // streams),
                "CPU_RUNTIME_CACHE_CAPACITY": _OPERATORS_KEPT,
                # OpenVINO would tie the first stream of every network to the same core.
                "ENABLE_CPU_PINNING": False,
            }
            if arithmetic == "fp32":
                properties["INFERENCE_PRECISION_HINT"] = "f32"

            def compiled(model: Any) -> CompiledNetwork:  # noqa: ANN401  # as below
                return CompiledNetwork(core, model, properties, streams=streams, model_file=model_file)

            self._network = compiled(model)
            self._last_layer = None
            if taken_off is not None:
                weights, bias = taken_off
                layer = _dense_layer(openvino, weights, bias)
                self._last_layer = OpenVinoLastLayer(compiled(layer), weights=weights, bias=bias)

    @property
    def metadata(self) -> Mapping[str, str]:
        """The texts that the model file carries beside the network, by name."""
        return self._metadata

    @property
    def inputs(self) -> Mapping[str, Shape]:
        """The inputs of the network by name, in its own order."""
        return self._inputs

    @property
    def last_layer(self) -> OpenVinoLastLayer | None:
        """The last layer, where it was taken off: then `run` gives what goes into it."""
        return self._last_layer

    def run(self, batch: Batch, consume: Callable[[Batch], Result]) -> Result:
        """Run the network on `batch` and return what `consume` makes of its output.

        The array given to `consume` is OpenVINO's own memory and is overwritten by the next call.

        Raises:
            ModelError: OpenVINO refused the batch or failed.
        """
        return self._network.run([batch], consume)

    def run_named(self, inputs: NamedInputs, consume: Callable[[Batch], Result]) -> Result:
        """Run a network of any number of inputs; all else is as with `run`.

        Raises:
            ModelError: OpenVINO refused the inputs or failed.
        """
        return self._network.run(dict(inputs), consume)


class OpenVinoLastLayer:
    """A dense layer that was taken off the end of a network."""

    def __init__(self, network: CompiledNetwork, *, weights: Batch, bias: Batch) -> None:
        self._network = network
        self._weights = weights
        self._bias = bias

    @property
    def weights(self) -> Batch:
        """(features, classes)."""
        return self._weights

    @property
    def bias(self) -> Batch:
        """(classes,)."""
        return self._bias

    def run(self, batch: Batch, consume: Callable[[Batch], Result]) -> Result:
        """Turn (rows, features) into (rows, classes) and return what `consume` makes of those.

        Raises:
            ModelError: OpenVINO refused the rows or failed.
        """
        return self._network.run([batch], consume)


class CompiledNetwork:
    """A network as OpenVINO runs it, once for each caller; all that is run here passes through its `run`."""

    def __init__(
        self,
        core: Any,  # noqa: ANN401  # as below
        model: Any,  # noqa: ANN401  # as below
        properties: dict[str, object],
        *,
        streams: int,
        model_file: Path,
    ) -> None:
        def compiled() -> Any:  # noqa: ANN401  # as below
            return core.compile_model(model, "CPU", properties).create_infer_request()

        self._compiled = compiled
        self._model_file = model_file
        self._copies = IdleCopies([*(NetworkCopy() for _ in range(streams - 1)), NetworkCopy(compiled())])

    def run(self, inputs: list[Batch] | dict[str, NDArray[Any]], consume: Callable[[Batch], Result]) -> Result:
        """Run the network on inputs, by their order or by name, and return what `consume` makes of its output.

        Raises:
            ModelError: OpenVINO refused the inputs or failed.
        """
        batches = inputs if isinstance(inputs, list) else list(inputs.values())
        copy = self._copies.take(tuple(batch.shape for batch in batches))
        try:
            with _errors_named(self._model_file):
                if copy.request is None:
                    copy.request = self._compiled()
                copy.request.infer(inputs, share_inputs=True)
                output = copy.request.get_output_tensor(0).data
            return consume(output)
        finally:
            self._copies.give_back(copy)


def _shared_core(openvino: Any) -> Any:  # noqa: ANN401  # as below
    """Return the one Core of this process, kept to its end.

    With each Core comes a stack on which the thread that made it handles signals. When several go in the order in which
    they came, one of them puts a stack back that is gone already, and the next Ctrl-C or SIGTERM is a segmentation
    fault (seen with 2026.4).
    """
    with _MAKING_CORE:
        return _make_core(openvino)


@cache
def _make_core(openvino: Any) -> Any:  # noqa: ANN401  # as below
    return openvino.Core()


def _import_openvino() -> Any:  # noqa: ANN401  # the library publishes no types we could name here
    try:
        import openvino
    except ImportError as error:
        message = "The OpenVINO package is not installed. Install it with: pip install openvino"
        zh = "没有安装 OpenVINO。请运行：pip install openvino"
        raise MissingPackageError(message, zh=zh, package="openvino") from error
    with _FIRST_ARRAY:
        _ = openvino.Tensor(np.zeros(1, np.float32), shared_memory=True).data
    return openvino


def _dense_layer(openvino: Any, weights: Batch, bias: Batch) -> Any:  # noqa: ANN401  # as above
    operators = openvino.opset13
    rows = operators.parameter([-1, len(weights)], np.float32, name="rows")
    product = operators.matmul(rows, operators.constant(weights), transpose_a=False, transpose_b=False)
    return openvino.Model([operators.add(product, operators.constant(bias[None]))], [rows], "last layer")


def _read_metadata(model: Any) -> dict[str, str]:  # noqa: ANN401  # as above
    # The ONNX front end files a model's metadata_props under "framework".
    information = model.get_rt_info()
    if "framework" not in information:
        return {}
    return {name: str(value.value) for name, value in information["framework"].items()}


def _read_inputs(model: Any) -> dict[str, Shape]:  # noqa: ANN401  # as above
    return {
        port.any_name: tuple(axis.get_length() if axis.is_static else None for axis in port.partial_shape)
        for port in model.inputs
    }


@contextmanager
def _errors_named(model_file: Path) -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:
        reason = str(error).strip().splitlines()[-1] if str(error).strip() else type(error).__name__
        raise ModelError(
            f"OpenVINO could not run {model_file.name}: {reason}",
            zh=f"OpenVINO 无法运行 {model_file.name}：{reason}",
            model=model_file.name,
        ) from error
