"""The stage of an ingest that encodes pictures, between reading and recording.

Each picture was decoded once, for its hash, its thumbnail and its text; its pixels wait here until a batch is together.
Outcomes that need no vectors pass through in their place, because the recording thread relies on the order.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from jianwei.ingest.embedding import embed_failure
from jianwei.ingest.memory_budget import MemoryBudget
from jianwei.ingest.stages import BatchStage
from jianwei.runtime.cores import usable_cores

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jianwei.ingest.embedding import ContentEncoder
    from jianwei.ingest.jobs import PictureOutcome
    from jianwei.ingest.stages import Channel, Sink, StopSignal

WAITING_PIXELS_BYTES = 256 * 1024 * 1024
"""At most this much waits to be encoded: a hundred usual pictures of 900 × 900, or one of 90 million pixels."""

_LINGER_S = 0.5  # well under the time in which recording commits
_PER_CORE = 8  # one batch of a network for each core keeps all of them busy


def pictures_at_once() -> int:
    """Return how many pictures are worth encoding together on this machine."""
    return _PER_CORE * usable_cores()


class PictureEmbedding:
    """Gives outcomes that carry pixels their vectors."""

    def __init__(self, encoder: ContentEncoder, stop: StopSignal) -> None:
        self._encoder = encoder
        self._stop = stop
        self._at_once = pictures_at_once()
        self.budget = MemoryBudget(WAITING_PIXELS_BYTES, stop)

    def stage(
        self, source: Channel[PictureOutcome], sink: Sink[PictureOutcome]
    ) -> BatchStage[PictureOutcome, PictureOutcome]:
        """Return the stage; whoever puts an outcome with pixels into `source` takes their size from `budget` before."""
        return BatchStage(
            "embed", self._work, is_full=self._is_full, linger_s=_LINGER_S, source=source, sink=sink, stop=self._stop
        )

    def _is_full(self, batch: list[PictureOutcome]) -> bool:
        waiting = [outcome.pixels.nbytes for outcome in batch if outcome.pixels is not None]
        # Half of the budget: reading fills the other half meanwhile.
        return not waiting or len(waiting) >= self._at_once or sum(waiting) * 2 >= WAITING_PIXELS_BYTES

    def _work(self, batch: list[PictureOutcome]) -> Iterator[PictureOutcome]:
        waiting = {
            outcome.sha256: outcome.pixels
            for outcome in batch
            if outcome.sha256 is not None and outcome.pixels is not None
        }
        try:
            encoded = self._encoder.pictures(waiting)
        finally:
            self.budget.give_back(sum(pixels.nbytes for pixels in waiting.values()))
        for outcome in batch:
            if outcome.sha256 is None or outcome.pixels is None:
                yield outcome
                continue
            error = encoded.errors.get(outcome.sha256)
            listing_id = outcome.task.job.record.listing_id
            failure = embed_failure(error, outcome.location, listing_id=listing_id) if error else None
            yield replace(outcome, pixels=None, vectors=encoded.of(outcome.sha256), embed_failure=failure)
