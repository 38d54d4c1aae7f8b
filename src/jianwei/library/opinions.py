"""`library.opinions`: what a vision-language model makes of the pictures, beside what rules found."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from jianwei.ingest.fetching import PictureFetcher
from jianwei.library.captioning import asking_limits, configured_endpoint
from jianwei.library.originals import original_bytes
from jianwei.risk.views.listing_input import conduct_day

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from jianwei.catalog.findings.opinion_store import SqlOpinions
    from jianwei.catalog.sql_catalog import SqlCatalog
    from jianwei.ingest.asking_run import AskingProgress
    from jianwei.ingest.opinion_run import OpinionReport
    from jianwei.library.risk import LibraryRisk
    from jianwei.ports import PictureFiles
    from jianwei.ports.findings import RiskStatus
    from jianwei.ports.opinions import Opinion, OpinionFinding, OpinionModel, Rejection
    from jianwei.records import Listing, OcrLine, Picture
    from jianwei.settings import Settings

_DOUBTED: tuple[RiskStatus, ...] = ("suspected", "review")
_ALL: tuple[RiskStatus, ...] = (*_DOUBTED, "clear")
_MOST_COMPARED = 50
"""Of a picture on more listings than these, the first are looked through for one whose title goes along."""


@dataclass(frozen=True, slots=True)
class ListingOpinion:
    """What a model makes of one listing: what holds there, of how many pictures, and what was turned down.

    No findings with `asked` pictures means that the model saw nothing, which says nothing against what rules found.
    """

    findings: tuple[OpinionFinding, ...]
    asked: int
    rejections: tuple[Rejection, ...]
    model_ids: tuple[str, ...]
    asked_at: datetime
    pictures: Mapping[int, Picture]


class LibraryOpinions:
    """Second opinions on the pictures of one library."""

    def __init__(
        self,
        catalog: SqlCatalog,
        store: SqlOpinions,
        risk: LibraryRisk,
        files: PictureFiles,
        settings: Settings,
    ) -> None:
        self._catalog = catalog
        self._store = store
        self._risk = risk
        self._files = files
        self._settings = settings

    def make(
        self,
        *,
        everything: bool = False,
        limit: int | None = None,
        budget_tokens: int | None = None,
        budget: float | None = None,
        progress: Callable[[AskingProgress], None] | None = None,
    ) -> OpinionReport:
        """Ask the model of the settings about pictures of listings that are suspected or to be reviewed.

        With `everything` about those of all screened listings. Limits and budgets are those of `captions.make`; each
        picture is asked about once for each model, prompt and table of articles. What rules found stays as it is.

        Raises:
            SettingsError: no model is configured, or `budget` is given without prices.
            RulebookError: a rule file is broken and the settings say to refuse.
            ModelError: the server refuses every request; what came before is kept.
            WriterLockedError: another process is writing to the library.
            StorageFullError: the disk is full; what was stored is kept.
        """
        from jianwei.captions.opinion_model import ChatOpinionModel
        from jianwei.ingest.opinion_run import OpinionRun, OpinionTools
        from jianwei.risk.opinions.opinion_check import opinion_guide

        endpoint = configured_endpoint(self._settings)
        limits = asking_limits(self._settings, limit, budget_tokens, budget)
        statuses = _ALL if everything else _DOUBTED
        guide = opinion_guide(self._risk.rulebook, conduct_day(datetime.now(UTC)))
        model = ChatOpinionModel(endpoint, guide, max_pixels=self._settings.max_picture_pixels)
        try:
            with self._catalog.writer_session(), PictureFetcher(self._settings, root=None) as fetcher:
                judge = self._judge(model, statuses, lambda picture: original_bytes(picture, self._files, fetcher))
                tools = OpinionTools(self._catalog, self._store, model.model_id, model.parallelism, judge)
                return OpinionRun(tools, statuses, limits, progress=progress).run()
        finally:
            model.close()

    def of(self, listing_nos: Sequence[int]) -> dict[int, ListingOpinion]:
        """Return what the model makes of listings; those none of whose pictures it was asked about are missing.

        Raises:
            RulebookError: there are opinions, a rule file is broken and the settings say to refuse.
        """
        shown = self._catalog.picture_nos_of(listing_nos)
        numbers = sorted({number for pictures in shown.values() for number in pictures})
        opinions = self._store.opinions(numbers)
        if not opinions:
            return {}
        from jianwei.risk.opinions.opinion_check import OpinionChecker

        checker = OpinionChecker(self._risk.rulebook)
        lines = self._catalog.ocr_lines(list(opinions))
        pictures = self._catalog.pictures(list(opinions))
        found = {}
        for listing_no, listing in self._catalog.listings(listing_nos).items():
            asked = [opinions[number] for number in dict.fromkeys(shown[listing_no]) if number in opinions]
            if not asked:
                continue
            day = conduct_day(listing.captured_at)
            holding = [checker.findings(one, listing.title, lines.get(one.picture_no, ()), day) for one in asked]
            found[listing_no] = ListingOpinion(
                tuple(sorted((item for each in holding for item in each), key=lambda item: -item.confidence)),
                len(asked),
                tuple(item for one in asked for item in one.rejections),
                tuple(dict.fromkeys(one.model_id for one in asked)),
                max(one.asked_at for one in asked),
                {one.picture_no: pictures[one.picture_no] for one in asked},
            )
        return found

    def _judge(
        self, model: OpinionModel, statuses: Sequence[RiskStatus], read_picture: Callable[[Picture], bytes]
    ) -> Callable[[Picture], Opinion]:
        """Return what asks about one picture and leaves of the answer what holds."""
        from jianwei.ports.opinions import PictureQuestion
        from jianwei.risk.opinions.opinion_check import OpinionChecker

        checker = OpinionChecker(self._risk.rulebook)

        def judge(picture: Picture) -> Opinion:
            number = picture.picture_no
            title = self._title(number, statuses)
            lines: Sequence[OcrLine] = self._catalog.ocr_lines([number]).get(number, ())
            question = PictureQuestion(title, tuple(line.text for line in lines))
            return checker.check(model.judge(read_picture(picture), question), title, number, lines)

        return judge

    def _title(self, picture_no: int, statuses: Sequence[RiskStatus]) -> str:
        """Return the title of the first listing with one of the statuses that shows a picture."""
        listing_nos = self._catalog.listings_showing([picture_no])[picture_no][:_MOST_COMPARED]
        screened = self._risk.of(listing_nos)
        chosen = [no for no in listing_nos if no in screened and screened[no].screening.status in statuses]
        listings: dict[int, Listing] = self._catalog.listings((chosen or listing_nos)[:1])
        return next((listing.title for listing in listings.values()), "")
