"""What an ingest tells while it runs and when it ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jianwei.ports.watches import WatchRun
    from jianwei.records import Failure


_EARLIEST_ESTIMATE_S = 3.0
"""Before, what was done is the start of threads and models, and says nothing of the rate."""


@dataclass(frozen=True, slots=True)
class IngestProgress:
    """A moment of a running ingest.

    `listings_total` is None where the source cannot tell; rates are over the whole run. When all has come in, what
    changed is screened: `to_screen` listings, of which `screened` are done after
    `screening_s`; None before that has begun.
    """

    listings_done: int
    listings_total: int | None
    pictures_done: int
    pictures_waiting: int
    failures: int
    elapsed_s: float
    screened: int = 0
    to_screen: int | None = None
    screening_s: float = 0.0

    @property
    def pictures_per_s(self) -> float:
        """Pictures finished per second since the start."""
        return self.pictures_done / self.elapsed_s if self.elapsed_s > 0 else 0.0

    @property
    def remaining_s(self) -> float | None:
        """Estimated seconds to the end; None until it can be told."""
        if self.to_screen is not None:
            return self._screening_left_s(self.to_screen)
        if not self.listings_total or not self.listings_done:
            return None
        if self.elapsed_s < _EARLIEST_ESTIMATE_S:
            return None
        left = max(self.listings_total - self.listings_done, 0)
        return self.elapsed_s * left / self.listings_done

    def _screening_left_s(self, to_screen: int) -> float | None:
        if not self.screened or self.screening_s < _EARLIEST_ESTIMATE_S:
            return None
        return self.screening_s * max(to_screen - self.screened, 0) / self.screened


_PICTURE_STAGES = frozenset({"fetch", "decode", "ocr"})


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What one ingest did.

    `listings_unchanged` were in the library already and cost no more than a look. `pictures_read` went through OCR in
    this run, `pictures_known` had been read before. `vectors_added` counts those of pictures and titles in every space.
    `failures` are those of this run.
    """

    source: str
    listings_new: int
    listings_changed: int
    listings_unchanged: int
    pictures_read: int
    pictures_known: int
    failures: tuple[Failure, ...]
    elapsed_s: float
    interrupted: bool = False
    dry_run: bool = False
    vectors_added: int = 0
    watches: tuple[WatchRun, ...] = ()
    """What standing watches found in what came in; those that found nothing are here too."""
    suspected: int = 0
    """Listings screened after this run that are suspected violations."""

    @property
    def listings(self) -> int:
        """Listings of the source that are in the library now."""
        return self.listings_new + self.listings_changed + self.listings_unchanged

    @property
    def nothing_taken(self) -> bool:
        """Whether there were records and none of them could be taken in; an empty source is no such thing."""
        return bool(self.failures) and not self.listings and not self.interrupted

    @property
    def pictures_failed(self) -> int:
        """How many pictures could not be had or read in this run; one that lost its end is read."""
        return sum(item.stage in _PICTURE_STAGES and item.reason != "incomplete" for item in self.failures)

    @property
    def no_picture_had(self) -> bool:
        """Whether listings came in and every picture of theirs failed: a wrong folder or no network, not one bad file.

        A broken picture of one new listing says nothing of thousands that did not change and were not looked at.
        """
        had = self.pictures_read or self.pictures_known or self.interrupted or self.nothing_taken
        return not had and 0 < self.pictures_failed >= self.listings_unchanged


@dataclass(frozen=True, slots=True)
class EmbedProgress:
    """A moment of filling spaces. Both numbers count vectors, those that could not be made among the done ones."""

    done: int
    total: int
    failures: int
    elapsed_s: float

    @property
    def vectors_per_s(self) -> float:
        """Vectors made per second since the start."""
        return self.done / self.elapsed_s if self.elapsed_s > 0 else 0.0

    @property
    def remaining_s(self) -> float | None:
        """Estimated seconds to the end; None until it can be told."""
        return self.elapsed_s * max(self.total - self.done, 0) / self.done if self.done else None


@dataclass(frozen=True, slots=True)
class FilledSpace:
    """One space after filling it: the vectors that were added."""

    name: str
    pictures_added: int
    titles_added: int
    captions_added: int = 0


@dataclass(frozen=True, slots=True)
class EmbedReport:
    """What filling the spaces of a library did."""

    spaces: tuple[FilledSpace, ...]
    failures: tuple[Failure, ...]
    elapsed_s: float
    interrupted: bool = False
