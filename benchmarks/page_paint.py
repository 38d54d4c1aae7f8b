"""From a request to the first hit on the screen, and what a page weighs: the search page in a headless Chromium.

    python benchmarks/page_paint.py LIBRARY        # a library of the sample listings, as `make demo` leaves it

Serves a copy of the library with `jianwei serve`, signs in, and opens searches one after the other, each in a page of
its own: with an empty cache, and with style sheets and scripts kept; then in one page, as who stays at the desk does.
Prints the median and the 95th percentile of the
time to the first byte, to the first paint, and until the first card of a hit is on the screen (its picture comes when
it has been fetched), the largest shift of the layout, and bytes without pictures. Needs playwright and a Chromium
(`make browser`). Nothing is compared with a peer: none has such a page.
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import sync_playwright

from jianwei.desk.accounts import Accounts
from jianwei.desk.database import DeskDatabase
from jianwei.desk.sessions import Sessions
from server_start import wait_until_ready

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

PORT = 8379
URL = f"http://127.0.0.1:{PORT}"
WORDS = ("根治", "胶囊", "手表", "礼盒", "根治便秘", "加微信")
# Two animation frames after its card stands in the document it is painted.
WATCH = """
  window.shifted = 0;
  window.firstHit = new Promise((done) => {
    const look = () => document.querySelector("#hits .hit-title")
      ? requestAnimationFrame(() => done(performance.now()))
      : requestAnimationFrame(look);
    requestAnimationFrame(look);
  });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifted += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
"""
READ = """async () => {
  const hit = await window.firstHit;
  await new Promise((done) => setTimeout(done, 300));
  const [page] = performance.getEntriesByType("navigation");
  const all = [page, ...performance.getEntriesByType("resource")].filter((item) => !item.name.includes("pictures/"));
  const paint = performance.getEntriesByName("first-contentful-paint")[0];
  const bytes = all.reduce((sum, item) => sum + item.encodedBodySize, 0);
  return { first_byte: page.responseStart, first_paint: paint?.startTime ?? hit, first_hit: hit, shift: shifted,
    bytes };
}"""

# From the submit of the form until the card of another search is painted in the place of the shown ones.
AGAIN = """async (words) => {
  const before = document.getElementById("hits");
  document.getElementById("words").value = words;
  const started = performance.now();
  document.getElementById("search").requestSubmit();
  return new Promise((done) => {
    const look = () => {
      const now = document.getElementById("hits");
      requestAnimationFrame(now && now !== before ? () => done(performance.now() - started) : look);
    };
    requestAnimationFrame(look);
  });
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("library", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        library = Path(shutil.copytree(options.library, Path(folder) / "library"))
        with closing(DeskDatabase(library)) as database:
            user = Accounts(database).add(f"visitor-{os.getpid()}", "analyst", password="three quiet herons")
            secret = Sessions(database).begin(user.user_no, address="127.0.0.1", agent="benchmark")
        command = [sys.executable, "-c", "from jianwei.cli.main import run; run()", "serve", "--port", str(PORT)]
        environment = {**os.environ, "JIANWEI_REQUESTS_PER_MINUTE": "0"}
        with (Path(folder) / "log").open("wb") as log:
            server = subprocess.Popen([*command, "--library", str(library)], env=environment, stderr=log)
        try:
            wait_until_ready(URL, tries=600)
            with sync_playwright() as playwright:
                program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
                browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
                visit(context_of(browser, secret), WORDS[0])  # the server reads its rules and templates once
                cold = [visit(context_of(browser, secret), words) for _ in range(options.rounds) for words in WORDS]
                report("empty cache", cold)
                context = context_of(browser, secret)
                visit(context, WORDS[0], keep=True)
                report(
                    "cache kept", [visit(context, words, keep=True) for _ in range(options.rounds) for words in WORDS]
                )
                again = search_again(context, [words for _ in range(options.rounds) for words in WORDS])
                print(f"another search in the same page: {len(again)} searches, first_hit {spread(again)}", flush=True)
        finally:
            server.terminate()
            server.wait(60)


def context_of(browser: Browser, secret: str) -> BrowserContext:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, locale="zh-CN")
    context.add_cookies([{"name": "jianwei_session", "value": secret, "url": URL}])
    context.add_init_script(WATCH)
    return context


def visit(context: BrowserContext, words: str, *, keep: bool = False) -> dict[str, Any]:
    page = context.new_page()
    page.goto(f"{URL}/search?words={words}", wait_until="domcontentloaded")
    if not page.locator("#hits .hit-title").count():
        raise SystemExit(f"no hits for {words}: {page.inner_text('main')[:200]}")
    figures: dict[str, Any] = page.evaluate(READ)
    page.close()
    if not keep:
        context.close()
    return figures


def search_again(context: BrowserContext, queries: list[str]) -> list[float]:
    """Return how long each of some searches took in one page, in milliseconds."""
    page = context.new_page()
    page.goto(f"{URL}/search?words={queries[-1]}", wait_until="networkidle")
    taken = [float(page.evaluate(AGAIN, words)) for words in queries]
    page.close()
    return taken


def spread(values_ms: list[float]) -> str:
    values = sorted(values_ms)
    return f"{statistics.median(values):.0f} ms (p95 {values[int(0.95 * (len(values) - 1))]:.0f})"


def report(title: str, visits: list[dict[str, Any]]) -> None:
    names = ("first_byte", "first_paint", "first_hit")
    parts = [f"{name} {spread([visit[name] for visit in visits])}" for name in names]
    weight, shift = max(visit["bytes"] for visit in visits), max(visit["shift"] for visit in visits)
    print(
        f"{title}: {len(visits)} pages, {', '.join(parts)}, shift at most {shift:.3f}, {weight / 1024:.0f} KB",
        flush=True,
    )


if __name__ == "__main__":
    main()
