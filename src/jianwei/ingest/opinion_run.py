"""Asks a vision-language model for second opinions on the pictures of a library, and counts what of them holds."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jianwei.ingest.asking_run import AskingRun, AskingSteps
from jianwei.ingest.failure_places import failure_place

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from jianwei.ingest.asking_run import AskingLimits, AskingProgress, AskingReport
    from jianwei.ports import Catalog
    from jianwei.ports.findings import RiskStatus
    from jianwei.ports.opinions import Opinion, OpinionStore, RejectionKind
    from jianwei.records import Failure, Picture


@dataclass(frozen=True, slots=True)
class OpinionTools:
    """What asking needs. `judge` returns an opinion of which only what holds is left; threads call it at once."""

    catalog: Catalog
    store: OpinionStore
    model_id: str
    parallelism: int
    judge: Callable[[Picture], Opinion]


@dataclass(frozen=True, slots=True)
class OpinionReport:
    """What a run did: pictures asked about, claims that held, and what was turned down, by its kind."""

    asking: AskingReport
    claims: int
    rejected: Mapping[RejectionKind, int]


class OpinionRun:
    """One run over the pictures of listings with some statuses. The caller holds the writer lock."""

    def __init__(
        self,
        tools: OpinionTools,
        statuses: Sequence[RiskStatus],
        limits: AskingLimits,
        *,
        progress: Callable[[AskingProgress], None] | None = None,
    ) -> None:
        self._tools = tools
        self._claims = 0
        self._rejected: Counter[RejectionKind] = Counter()
        steps = AskingSteps(
            "opinion",
            tools.model_id,
            tools.parallelism,
            missing=lambda: tools.store.missing_opinions(tools.model_id, statuses),
            page=lambda after, limit: tools.store.pictures_without_opinion(tools.model_id, statuses, after, limit),
            ask=tools.judge,
            keep=self._keep,
        )
        self._run = AskingRun(steps, limits, progress=progress)

    def run(self) -> OpinionReport:
        """Ask until no picture is left, or a limit or Ctrl-C ends it.

        Raises:
            ModelError: the server refuses all requests, or too many pictures in a row failed; what came before is kept.
            StorageFullError: the disk is full; what was committed is kept.
        """
        asking = self._run.run(lambda: None)  # nothing of an opinion stands in an index
        return OpinionReport(asking, self._claims, dict(self._rejected))

    def _keep(self, answers: Sequence[tuple[Picture, Opinion]], failures: Sequence[Failure]) -> None:
        tools = self._tools
        with tools.store.writing_opinions() as writer:
            for picture, opinion in answers:
                writer.put_opinion(picture.picture_no, model_id=tools.model_id, opinion=opinion)
        with tools.catalog.writing() as catalog_writer:
            catalog_writer.clear_failures([failure_place(picture.location) for picture, _ in answers], stage="opinion")
            for failure in failures:
                catalog_writer.put_failure(failure)
        self._claims += sum(len(opinion.claims) for _, opinion in answers)
        self._rejected.update(item.kind for _, opinion in answers for item in opinion.rejections)
