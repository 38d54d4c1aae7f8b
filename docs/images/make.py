"""Makes the picture of the README: one search, what screening says of its hit, and the picture they point into.

    python docs/images/make.py LIBRARY        # a library of the sample listings, as `make demo` leaves it

Needs a headless Chromium (Debian: apt-get install chromium fonts-noto-cjk).
"""

from __future__ import annotations

import base64
import html
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from jianwei import Library
from jianwei.images.decoding import decode_picture
from jianwei.images.marking import mark_boxes

WORDS = "抗癌抗肿瘤"
PAGE = """<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; background: #f4f1ea; font: 15px/1.55 "Noto Sans CJK SC", sans-serif; width: 1400px; height: 640px; }}
main {{ display: flex; gap: 28px; padding: 28px; }}
pre {{ flex: 1; margin: 0; padding: 22px 26px; background: #1e2430; color: #d8dee9; border-radius: 10px; height: 540px;
  overflow: hidden; font: 14px/1.6 "Noto Sans Mono CJK SC", monospace; white-space: pre-wrap; }}
img {{ height: 584px; border-radius: 10px; }} b {{ color: #ffb454; }}
</style><main><pre>$ jianwei search {words}

{answer}

$ jianwei findings {listing}

{findings}</pre><img src="data:image/png;base64,{picture}"></main>"""


def main() -> None:
    folder = Path(sys.argv[1])
    with Library.open(folder, create=False) as library:
        hit = library.search(WORDS).hits[0]
        if hit.picture is None:
            sys.exit("the first hit shows no picture")
        data = library.picture_bytes(hit.picture.picture.facts.sha256)
    boxes = [box for line in hit.picture.highlights for box in line.boxes]
    marked = mark_boxes(decode_picture(data, max_pixels=10**8).pixels, boxes)
    answer = told(folder, "search", WORDS).partition("\n\n")[0]  # the first hit
    findings = until_the_first_law(told(folder, "findings", hit.listing.listing_id))
    text = {"words": WORDS, "listing": hit.listing.listing_id, "picture": base64.b64encode(marked).decode()}
    shown = {name: bold(page) for name, page in (("answer", answer), ("findings", findings))}
    with tempfile.TemporaryDirectory() as place:
        source = Path(place) / "page.html"
        source.write_text(PAGE.format(**text, **shown), encoding="utf-8")
        flags = "--headless --no-sandbox --disable-gpu --no-first-run --hide-scrollbars --disable-background-networking"
        target = Path(__file__).with_name("result.png")
        command = ["chromium", *flags.split(), f"--user-data-dir={place}/profile", "--window-size=1400,640"]
        subprocess.run([*command, f"--screenshot={target}", source.as_uri()], check=True)


def told(folder: Path, *arguments: str) -> str:
    """Return what the command prints."""
    program = Path(sys.executable).with_name("jianwei")
    environment = {**os.environ, "COLUMNS": "84"}
    command = [str(program), *arguments, "--lang", "zh", "-l", str(folder)]
    page = subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout
    return "\n".join(line.rstrip() for line in page.splitlines())


def until_the_first_law(page: str) -> str:
    """Return the first type of violation with its words and law, without the places of pictures on this machine."""
    lines = [line for line in page.splitlines() if not line.lstrip().startswith("/")]
    end = next(number for number, line in enumerate(lines) if "《" in line)
    return "\n".join((*lines[: end + 1], "    …"))


def bold(page: str) -> str:
    return html.escape(page).replace(WORDS, f"<b>{WORDS}</b>")


if __name__ == "__main__":
    main()
