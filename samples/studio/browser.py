"""Take a picture of an HTML page with a headless Chromium, without any network.

One process per picture keeps each render independent of the ones before it. Long strips are taken with a tall
window whose ground is a colour no page uses; the rest of that ground is then cut off.
"""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

_GROUND = (255, 0, 255)
_TALLEST_PX = 10_400  # the longest strip is about 10,000 px; Chromium's own limit is 16,384
_SWITCHES = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--force-device-scale-factor=1",
    "--force-color-profile=srgb",
    "--font-render-hinting=none",
    "--disable-lcd-text",
)


def photograph(page: str, *, width_px: int, height_px: int, chromium: str) -> Image.Image:
    """Return the page as an RGB picture; `height_px` 0 takes the height of the page itself.

    Raises:
        RuntimeError: Chromium gave no picture, or the page is taller than a strip may be.
    """
    with tempfile.TemporaryDirectory(prefix="render-") as name:
        folder = Path(name)
        (folder / "page.html").write_text(page, encoding="utf-8")
        command = [
            chromium,
            *_SWITCHES,
            f"--user-data-dir={folder / 'profile'}",
            f"--window-size={width_px},{height_px or _TALLEST_PX}",
            f"--screenshot={folder / 'shot.png'}",
            (folder / "page.html").as_uri(),
        ]
        done = subprocess.run(command, capture_output=True, timeout=120, check=False)
        if not (folder / "shot.png").exists():
            raise RuntimeError(f"Chromium made no picture: {done.stderr.decode(errors='replace')[-500:]}")
        with Image.open(folder / "shot.png") as shot:
            picture = shot.convert("RGB")
    return picture if height_px else _cut_ground(picture)


def _cut_ground(picture: Image.Image) -> Image.Image:
    rows = np.all(np.asarray(picture) == _GROUND, axis=(1, 2))
    height = int(np.argmax(rows)) if rows.any() else 0
    if height == 0:
        raise RuntimeError("the page is empty or taller than the longest strip")
    return picture.crop((0, 0, picture.width, height))
