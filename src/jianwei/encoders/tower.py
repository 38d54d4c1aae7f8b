"""One tower of a model on its runtime: batches in, embeddings out, all streams busy.

A tower loads when it is first used, because a search by words never needs the one for pictures. Left out: what goes
into it, and the scaling of what comes out.
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from jianwei.runtime.interruption import InterruptionNotice, in_threads
from jianwei.runtime.opening import open_session

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from jianwei.runtime.opening import RuntimeName
    from jianwei.runtime.sessions import Arithmetic, InferenceSession, NamedInputs


@dataclass(frozen=True, slots=True)
class TowerPlan:
    """How a tower runs: `streams` batches of at most `largest_batch` inputs at once, on `cores` cores together."""

    runtime: RuntimeName
    streams: int
    cores: int
    arithmetic: Arithmetic = "auto"
    largest_batch: int = 8


class Tower:
    """One network of a model folder. Safe to call from several threads at once."""

    def __init__(self, model_file: Path, plan: TowerPlan) -> None:
        self._model_file = model_file
        self._plan = plan
        self._lock = threading.Lock()
        self._session: InferenceSession | None = None
        self._workers = ThreadPoolExecutor(plan.streams, thread_name_prefix=f"encode-{model_file.stem}")

    @property
    def session(self) -> InferenceSession:
        """The loaded network.

        Raises:
            ModelError: the file is not a model that the runtime can run.
        """
        with self._lock:
            if self._session is None:
                plan = self._plan
                self._session = open_session(
                    plan.runtime,
                    self._model_file,
                    streams=plan.streams,
                    cores=plan.cores,
                    arithmetic=plan.arithmetic,
                )
            return self._session

    def batch_size(self, count: int) -> int:
        """Return how many of `count` inputs should go into one batch, so that every stream gets some."""
        return max(1, min(self._plan.largest_batch, -(-count // self._plan.streams)))

    def embed(self, batches: Sequence[Callable[[], NamedInputs]]) -> list[NDArray[np.float32]]:
        """Prepare and run every batch, several at once, and return the embeddings of each in the order given.

        Raises:
            ModelError: the network failed on a batch, or a batch could not be prepared.
            KeyboardInterrupt: Ctrl-C was pressed; batches under way are run to their end.
        """
        session = self.session

        def run(prepare: Callable[[], NamedInputs]) -> NDArray[np.float32]:
            return session.run_named(prepare(), lambda output: output.astype(np.float32))

        if len(batches) == 1:
            return [run(batches[0])]
        with InterruptionNotice() as interruption:
            return in_threads(self._workers, run, batches, interruption)

    def close(self) -> None:
        """Wait for batches under way and end the threads. Closing twice does nothing."""
        self._workers.shutdown(cancel_futures=True)
