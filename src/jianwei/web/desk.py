"""Everything that a running desk works with, made once and closed by its owner."""

from __future__ import annotations

import logging
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from jianwei.desk.accounts import Accounts
from jianwei.desk.audit import AuditLog
from jianwei.desk.audit_writer import AuditWriter
from jianwei.desk.database import DeskDatabase
from jianwei.desk.duty import Duty
from jianwei.desk.jobs import Jobs
from jianwei.desk.links import Links
from jianwei.desk.sessions import Sessions
from jianwei.desk.sign_in import SignIn
from jianwei.desk.tokens import Tokens
from jianwei.errors import JianweiError
from jianwei.export.uploaded_places import picture_place_teller, place_teller
from jianwei.library import Library
from jianwei.runtime.recently_used import RecentlyUsed
from jianwei.web.admission import Admission
from jianwei.web.answer_box import AnswerBox
from jianwei.web.assets import Assets
from jianwei.web.facets import FacetCounter
from jianwei.web.lending import LOADS_FILE
from jianwei.web.limiter import RateLimiter
from jianwei.web.loads import Loads
from jianwei.web.metrics import Metrics
from jianwei.web.query_pictures import QueryPictures
from jianwei.web.request_notes import RequestNotes
from jianwei.web.templating.rendering import Pages
from jianwei.web.working.runner import JobRunner

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from jianwei.settings import Settings
    from jianwei.web.lending import Lending
    from jianwei.web.options import ServeOptions

LOG = logging.getLogger("jianwei.web")
_SHOWN_PICTURES_BYTES = 32 * 1024 * 1024  # some thousand thumbnails
LIMITS_FILE = "limits"
"""Where the processes of one server count requests together, in their shared folder."""


class Desk:
    """One library and the people who work on it."""

    def __init__(self, library_path: Path, settings: Settings, options: ServeOptions) -> None:
        # Uploads go away after their ingest, so the library keeps the originals of everything that comes this way.
        self.settings = replace(settings, keep_originals="all")
        self.options = options
        self.library = Library.open(library_path, settings=self.settings)
        self.database = DeskDatabase(self.library.path)
        self.accounts = Accounts(self.database)
        self.sessions = Sessions(self.database)
        self.tokens = Tokens(self.database)
        self.links = Links(self.database)
        self.sign_in = SignIn(self.database)
        self.audit = AuditLog(self.database)
        self.jobs = Jobs(self.database)
        shared = options.shared_folder
        self.metrics = Metrics(shared)
        self.request_notes = RequestNotes(self.metrics)
        self.limiter = RateLimiter(settings.requests_per_minute, file=shared and shared / LIMITS_FILE)
        self.loads = Loads(shared / LOADS_FILE, options.place) if shared is not None else None
        self.lending: Lending | None = None  # while it is served, where several processes do
        self.answers = AnswerBox()
        self.admission = Admission(
            at_work=options.searches_at_work,
            waiting=settings.searches_waiting,
            metrics=self.metrics,
            note=None if self.loads is None else self.loads.note_searches,
            answers=self.answers,
        )
        self.audit_writer = AuditWriter(self.audit, gather_s=self.admission.gather_s, telling=self.answers.together)
        self.query_pictures = QueryPictures(self.database.folder / "query-pictures", self.library, self.settings)
        self.runner = JobRunner(self.jobs, Duty(self.database.folder), self.library.path, self.metrics)
        self.shown_pictures: RecentlyUsed[bytes] = RecentlyUsed(_SHOWN_PICTURES_BYTES)
        self.facets = FacetCounter(self.library)
        self.assets = Assets()
        self.shown_place = place_teller(self.library.path)
        self.picture_place = picture_place_teller(self.library)
        self.pages = Pages(self.assets, shown_place=self.shown_place)
        self.stopping = threading.Event()
        self.when_prepared: Callable[[], object] | None = None

    def start(self) -> None:
        """Begin background work, and read the rules before somebody waits for them; `when_prepared` is called then."""
        self.runner.start()
        threading.Thread(target=self._prepare, name="prepare", daemon=True).start()

    def _prepare(self) -> None:
        try:
            self.database.keep_room()
        except JianweiError as error:  # searches are answered as long as what was kept before lasts
            LOG.warning("no room could be kept for the audit log", extra={"reason": error.message})
        try:
            self.library.risk.check_rules()
        except JianweiError as error:  # whoever opens a page that needs them is told
            LOG.warning("the rules cannot be used", extra={"reason": error.message})
        if self.when_prepared is not None:
            self.when_prepared()

    def close(self) -> None:
        """End background work and release files. Closing twice does nothing."""
        self.stopping.set()
        self.request_notes.write()
        self.runner.close()
        self.admission.close()
        self.audit_writer.close()
        self.facets.close()
        self.limiter.close()
        if self.loads is not None:
            self.loads.close()
        self.library.close()
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
