"""What a loaded neural network must offer to the code that prepares its input and reads its output.

One input and one output are enough for the models we run; several of either would be a change of this Protocol. What
is left out on purpose: devices other than the processor, training, and any preparation of pictures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Batch = NDArray[np.float32]
"""(n, …) float32, C-contiguous: what goes into a network and what comes out of it."""

Result = TypeVar("Result")


class InferenceSession(Protocol):
    """One network with one input and one output, ready to run."""

    @property
    def metadata(self) -> Mapping[str, str]:
        """The texts that the model file carries beside the network, by name."""
        ...

    def run(self, batch: Batch, consume: Callable[[Batch], Result]) -> Result:
        """Run the network on `batch` and return what `consume` makes of its output.

        Safe to call from several threads at once. The array given to `consume` may be the network's own memory: it is
        valid only inside that call, so `consume` must copy what it keeps. An output may be tens of megabytes of which
        a few kilobytes matter, hence no copy is handed out.

        Raises:
            ModelError: the network refused the batch or failed.
        """
        ...
