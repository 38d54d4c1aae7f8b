"""What travels between the stages of an ingest: a listing to store, its pictures to work on, and what came of each."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from jianwei.images.local_features import Features
    from jianwei.images.pixels import RgbPixels
    from jianwei.ingest.fetching import FetchedPicture
    from jianwei.records import (
        Failure,
        ListingRecord,
        LocationState,
        OcrLine,
        PictureCode,
        PictureFacts,
        PictureReference,
    )


@dataclass(slots=True)
class ListingJob:
    """One listing on its way into the catalog.

    `sha256s` has one place per picture reference, filled as the pictures are done; a picture that failed stays
    None. Only the recording thread changes a job after it was planned. `number` counts the jobs of a run.
    """

    record: ListingRecord
    record_hash: str
    is_new: bool
    sha256s: list[str | None]
    number: int = 0
    waiting: int = 0
    has_transient_failure: bool = False


@dataclass(frozen=True, slots=True)
class PictureTask:
    """One picture reference of a job that has to be looked at."""

    job: ListingJob
    position: int

    @property
    def reference(self) -> PictureReference:
        """The reference in the record of the job."""
        return self.job.record.pictures[self.position]


@dataclass(frozen=True, slots=True)
class FetchedTask:
    """A task whose bytes have been read."""

    task: PictureTask
    fetched: FetchedPicture = field(repr=False)
    sha256: str


@dataclass(frozen=True, slots=True)
class PictureOutcome:
    """What came of one task.

    `sha256` is None when the picture could not be used; `failure` then says why. `facts` is None when the
    catalog has the picture already; with them come the local `features`. `lines` is None when it was not read in
    this run. `pixels` are there while it waits for its vectors; those made in this run stand in `vectors` by space,
    and `embed_failure` says why one is missing.
    """

    task: PictureTask
    sha256: str | None
    location: str
    state: LocationState | None = None
    facts: PictureFacts | None = None
    lines: tuple[OcrLine, ...] | None = None
    failure: Failure | None = None
    features: Features | None = field(default=None, repr=False)
    codes: tuple[PictureCode, ...] = ()
    pixels: RgbPixels | None = field(default=None, repr=False)
    vectors: Mapping[str, NDArray[np.float32]] = field(default_factory=dict, repr=False)
    embed_failure: Failure | None = None
