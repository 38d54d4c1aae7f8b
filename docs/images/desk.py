"""Takes the pictures of the desk in docs/web.md and the READMEs, with a headless Chromium.

    python docs/images/desk.py LIBRARY [FOLDER]        # a library of the sample listings, as `make demo` leaves it

Writes each page of `PAGES` as WebP into FOLDER (this one when left out), 1440 px wide and as a phone shows it. It works
on a copy of the library. Needs playwright and a Chromium (`make browser`).
"""

from __future__ import annotations

import io
import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image
from playwright.sync_api import sync_playwright

from jianwei.settings import Settings
from jianwei.web.desk import Desk
from jianwei.web.options import ServeOptions
from jianwei.web.serving import DeskServer

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PORT = 8391
# name, address, width, language, theme
PAGES = (
    ("desk-search", "/search?words=根治 OR 抗癌 OR 加微信 OR 无效退款", 1440, "zh-CN", "light"),
    ("desk-listing", "/listings/样例商城:1001", 1440, "zh-CN", "light"),
    ("desk-overview", "/", 1440, "en-GB", "light"),
    ("desk-review", "/review", 1440, "zh-CN", "dark"),
    ("desk-ingest", "/ingest", 1440, "zh-CN", "light"),
    ("desk-phone", "/search?words=根治", 390, "zh-CN", "light"),
)
HEIGHT_PX = {1440: 900, 390: 844}


def main() -> None:
    """Serve a copy of the library and photograph it."""
    source = Path(sys.argv[1])
    target = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(__file__).parent
    with tempfile.TemporaryDirectory() as folder:
        library = Path(shutil.copytree(source, Path(folder) / "library"))
        with Desk(library, Settings(ocr_engine="off", requests_per_minute=0), ServeOptions(port=PORT)) as desk:
            desk.accounts.add("李雷", "administrator", password="three quiet herons")
            user_no = desk.accounts.named("李雷").user_no
            secret = desk.sessions.begin(user_no, address="127.0.0.1", agent="pictures")
            server = DeskServer(desk)
            thread = threading.Thread(target=server.run, daemon=True)
            thread.start()
            while not server.started:
                time.sleep(0.05)
            with sync_playwright() as playwright:
                program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
                browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
                for page in PAGES:
                    photograph(browser, secret, target, *page)
                browser.close()
            desk.stopping.set()
            server.should_exit = True
            thread.join(30)


def photograph(
    browser: Browser, secret: str, target: Path, name: str, path: str, width: int, language: str, theme: str
) -> None:
    """Save one page as WebP."""
    url = f"http://127.0.0.1:{PORT}"
    context = browser.new_context(
        viewport={"width": width, "height": HEIGHT_PX[width]},
        locale=language,
        color_scheme="dark" if theme == "dark" else "light",
    )
    context.add_cookies([{"name": "jianwei_session", "value": secret, "url": url}])
    page = context.new_page()
    page.set_default_timeout(120_000)
    for _ in range(2):  # the first search of a process loads what it needs, and the page says how long it took
        page.goto(url + path)
        page.wait_for_load_state("networkidle")
    file = target / f"{name}.webp"
    Image.open(io.BytesIO(page.screenshot())).save(file, quality=72, method=6)
    print(f"{file.name}: {file.stat().st_size / 1024:.0f} KB")
    context.close()


if __name__ == "__main__":
    main()
