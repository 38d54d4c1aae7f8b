"""A headless Chromium in front of a running desk. Without one (or without axe-core) the tests are skipped visibly.

`make browser` installs both where it can.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from tests.watched_examples import unwatched
from tests.web.running_desk import PASSWORD, RunningDesk

from jianwei.catalog.sql_catalog import SqlCatalog
from jianwei.library import Library
from jianwei.records import OcrLine
from jianwei.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, Page, Request

ROOT = Path(__file__).parents[2]
AXE_PLACES = (ROOT / ".venv/browser/node_modules/axe-core/axe.min.js", Path("/usr/share/nodejs/axe-core/axe.min.js"))
BOX = ((60.0, 80.0), (740.0, 80.0), (740.0, 170.0), (60.0, 170.0))
SETTINGS = Settings(ocr_engine="off", requests_per_minute=0)


@dataclass
class Visit:
    """One browser window, with what it complained of and what it asked other hosts for."""

    page: Page
    url: str
    complaints: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    pending: set[Request] = field(default_factory=set)

    def open(self, path: str) -> Page:
        self.pending.clear()
        self.page.goto(self.url + path)
        return self.page

    def has_begun(self, request: Request) -> None:
        if request.resource_type != "eventsource":  # they stay open
            self.pending.add(request)

    def is_over(self, request: Request) -> None:
        self.pending.discard(request)

    def check(self) -> None:
        assert self.complaints == []
        assert self.foreign == []


@pytest.fixture(scope="module")  # while it runs, nobody in this process can run an event loop
def chromium() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        pytest.skip("no Chromium on this machine; make browser installs it where it can")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def axe() -> str:
    file = next((place for place in AXE_PLACES if place.is_file()), None)
    if file is None:
        pytest.skip("axe-core is not here; make browser installs it where there is npm")
    return file.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDesk]:
    folder = tmp_path_factory.mktemp("browser") / "library"
    # The first ingest of a process reads all rules; other tests watch what it does.
    with unwatched(), Library.open(folder, settings=SETTINGS) as library:
        library.ingest(ROOT / "samples/listings.jsonl", limit=14)
        first = library.show("样例商城:1001").pictures[0].picture
    catalog = SqlCatalog.open(folder / "catalog.sqlite", library_folder=folder)
    with catalog.writing() as writer:
        lines = [OcrLine("根治便秘 三天见效", BOX, 0.97), *(OcrLine(f"第 {n} 行", BOX, 0.9) for n in range(40))]
        writer.put_ocr(first.picture_no, model_id="test", lines=lines)
    catalog.close()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JIANWEI_OCR_ENGINE", "off")
        with RunningDesk(folder, SETTINGS) as running:
            running.desk.accounts.add("分析员", "analyst", password=PASSWORD)
            running.desk.accounts.add("viewer", "viewer", password=PASSWORD)
            running.desk.accounts.add("boss", "administrator", password=PASSWORD)
            yield running


def visit(
    chromium: Browser, desk: RunningDesk, name: str, *, width: int = 1440, language: str = "zh-CN", dark: bool = False
) -> tuple[BrowserContext, Visit]:
    """Open a window in which somebody is signed in; empty for nobody."""
    context = chromium.new_context(
        viewport={"width": width, "height": 900}, locale=language, color_scheme="dark" if dark else "light"
    )
    if name:
        secret = desk.desk.sessions.begin(desk.desk.accounts.named(name).user_no, address="127.0.0.1", agent="test")
        context.add_cookies([{"name": "jianwei_session", "value": secret, "url": desk.url}])
    page = context.new_page()
    page.set_default_timeout(60_000)
    seen = Visit(page, desk.url)
    page.on("console", lambda said: seen.complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    page.on(
        "request",
        lambda request: (
            seen.foreign.append(request.url)
            if urlsplit(request.url).scheme.startswith("http") and not request.url.startswith(desk.url)
            else None
        ),
    )
    page.on("request", seen.has_begun)
    page.on("requestfinished", seen.is_over)
    page.on("requestfailed", seen.is_over)
    return context, seen


@pytest.fixture
def analyst(chromium: Browser, desk: RunningDesk) -> Iterator[Visit]:
    context, seen = visit(chromium, desk, "分析员")
    yield seen
    context.close()
    seen.check()
