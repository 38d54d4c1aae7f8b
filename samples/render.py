# /// script
# requires-python = ">=3.11"
# dependencies = ["jinja2>=3.1", "numpy>=2.0", "pillow>=11.3", "pyyaml>=6.0", "segno>=1.6"]
# ///
"""Draw the pictures of the sample set and write its text files. Not part of the demo or the tests.

It needs a headless Chromium and the fonts named in docs/samples.md. Pictures whose page has not changed since the
last run are not drawn again (their page hashes are kept in a cache folder outside the repository).
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from studio.browser import photograph
from studio.catalogue import read_products
from studio.copies import derive, encode
from studio.page import DETAIL_WIDTH_PX, MAIN_PX, build_environment, page_of
from studio.records import write_records

if TYPE_CHECKING:
    from jinja2 import Environment
    from studio.catalogue import PictureOrder

HERE = Path(__file__).resolve().parent
QUALITIES = {"detail": 66, "promo": 68, "shout": 62, "flyer": 68}  # busy grounds hide what compression does
USUAL_QUALITY = 75


def main() -> int:
    """Render everything that changed; return the exit status."""
    arguments = _arguments()
    chromium = arguments.chromium or shutil.which("chromium") or shutil.which("chromium-browser")
    if not chromium:
        print("No Chromium found. Install one, or name it with --chromium.", file=sys.stderr)
        return 1
    products = read_products(HERE / "products")
    orders = {order.name: order for product in products for order in product.pictures}
    environment = build_environment(HERE / "templates")
    pictures = HERE / "pictures"
    pictures.mkdir(exist_ok=True)
    drawn = [order for order in orders.values() if order.copy is None and arguments.only in order.name]
    with ThreadPoolExecutor(arguments.jobs) as pool:
        for message in pool.map(lambda order: _draw(order, environment, chromium, arguments.cache), drawn):
            print(message)
    for order in orders.values():
        if order.copy is not None and order.copy.how != "same":
            original = (pictures / f"{order.copy.of}.webp").read_bytes()
            (pictures / f"{order.name}.webp").write_bytes(derive(original, order.copy.how))
    _remove_leftovers(pictures, set(orders))
    write_records(products, HERE)
    files = list(pictures.glob("*.webp"))
    print(f"{len(products)} listings, {len(files)} pictures, {sum(f.stat().st_size for f in files):,} bytes")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="draw only pictures whose name contains this")
    parser.add_argument("--jobs", type=int, default=2, help="browsers at once")
    parser.add_argument("--chromium", default="", help="path of the browser")
    parser.add_argument("--cache", type=Path, default=Path(tempfile.gettempdir()) / "sample-pages", help="page cache")
    return parser.parse_args()


def _draw(order: PictureOrder, environment: Environment, chromium: str, cache: Path) -> str:
    page = page_of(order, environment)
    path = HERE / "pictures" / f"{order.name}.webp"
    quality = order.quality or QUALITIES.get(order.layout, USUAL_QUALITY)
    digest = hashlib.sha256(f"{quality} {order.turned}\n{page}".encode()).hexdigest()
    mark = cache / order.name
    if path.exists() and mark.exists() and mark.read_text() == digest:
        return f"{order.name}: unchanged"
    strip = order.layout == "detail"
    picture = photograph(
        page,
        width_px=DETAIL_WIDTH_PX if strip else MAIN_PX,
        height_px=0 if strip else MAIN_PX,
        chromium=chromium,
    )
    path.write_bytes(encode(picture, quality, turned=order.turned))
    cache.mkdir(parents=True, exist_ok=True)
    mark.write_text(digest)
    return f"{order.name}: {picture.width} x {picture.height}, {path.stat().st_size:,} bytes"


def _remove_leftovers(pictures: Path, names: set[str]) -> None:
    for path in pictures.glob("*.webp"):
        if path.stem not in names:
            path.unlink()


if __name__ == "__main__":
    sys.exit(main())
