"""What a loaded neural network must offer to the code that prepares its input and reads its output.

One output is enough for the models we run; several inputs are told apart by their names. What is left out on purpose:
training, and any preparation of pictures or texts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Callable

Batch = NDArray[np.float32]
"""(n, …) float32, C-contiguous: what goes into a network and what comes out of it."""

NamedInputs = Mapping[str, NDArray[Any]]
"""One C-contiguous array per input of a network, in the type that the network declares for it."""

Shape = tuple[int | None, ...]
"""Sizes of an input's axes; None where each call may choose."""

Arithmetic = Literal["auto", "fp32"]
"""`auto` lets the runtime calculate in a shorter type where the processor is faster at it (bfloat16 in OpenVINO, TF32
on CUDA); `fp32` keeps to float32. Networks stored in a shorter type stay in that type."""

Result = TypeVar("Result")


class LastLayer(Protocol):
    """The layer that ends a network, run by itself on as many rows as its caller wants.

    It adds to each row of features, multiplied by weights, one number per class.
    """

    @property
    def weights(self) -> Batch:
        """(features, classes)."""
        ...

    @property
    def bias(self) -> Batch:
        """(classes,)."""
        ...

    def run(self, batch: Batch, consume: Callable[[Batch], Result]) -> Result:
        """Turn (rows, features) into (rows, classes) and return what `consume` makes of those; else as a session's.

        Raises:
            ModelError: the runtime refused the rows or failed.
        """
        ...


class InferenceSession(Protocol):
    """One network with one output, ready to run."""

    @property
    def metadata(self) -> Mapping[str, str]:
        """The texts that the model file carries beside the network, by name."""
        ...

    @property
    def inputs(self) -> Mapping[str, Shape]:
        """The inputs of the network by name, in its own order."""
        ...

    @property
    def last_layer(self) -> LastLayer | None:
        """The last layer, where the caller wanted it apart and it was: then `run` gives what goes into it."""
        ...

    def run(self, batch: Batch, consume: Callable[[Batch], Result]) -> Result:
        """Run a network of one input on `batch` and return what `consume` makes of its output.

        Safe to call from several threads at once. The array given to `consume` may be the network's own memory: it is
        valid only inside that call, so `consume` must copy what it keeps. An output may be tens of megabytes of which
        a few kilobytes matter, hence no copy is handed out.

        Raises:
            ModelError: the network refused the batch or failed.
        """
        ...

    def run_named(self, inputs: NamedInputs, consume: Callable[[Batch], Result]) -> Result:
        """Run a network of any number of inputs; all else is as with `run`.

        Raises:
            ModelError: the network refused the inputs or failed.
        """
        ...
