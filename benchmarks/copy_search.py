"""Does a changed copy of a picture find its original first? 1,000 generated cases on real product pictures, by search.

    python benchmarks/copy_search.py --library /tmp/copies-library
    python benchmarks/copy_search.py --cases 200 --samples

The pictures are ingested without reading their text, so that only `hash` and `copy` can find anything. Each case takes
a picture and a change by chance (fixed seed): re-compressed, resized, cropped by 15 % of width and height anywhere,
watermarked, mirrored; further changes are reported beside the aim. *First* is the share of cases whose original is the
first hit; pictures that are the same but for a few pixels count as the original (PDQ distance 6 or less).

*Others* asks each picture with itself taken away: how often anything else is called a copy, by likeness. Among shop
pictures many are related: one banner with another product, one phone in two colours, detail of the same dress.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import random
import resource
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageOps

from copy_detection import badged, framed, recompressed, resized, watermarked
from jianwei import Library
from jianwei.images.decoding import decode_picture
from jianwei.images.fingerprint import picture_sha256
from jianwei.images.local_features import FEATURE_BYTES, local_features
from jianwei.images.perceptual_hash import pdq_hash
from jianwei.indexes.pictures.feature_index import INDEXED_FEATURES
from jianwei.settings import Settings
from picture_folder import picture_folder, product_pictures

if TYPE_CHECKING:
    from collections.abc import Callable

    from jianwei.search.results import Channel

    Change = Callable[[Image.Image, random.Random], Image.Image]

AIM = 0.95
_SAME_BITS = 6
_WAYS: dict[str, frozenset[Channel]] = {
    "hash": frozenset({"hash"}),
    "copy": frozenset({"copy"}),
    "both": frozenset({"hash", "copy"}),
}


def cropped(share: float) -> Change:
    """Cut `share` of width and height off, anywhere."""

    def change(image: Image.Image, chance: random.Random) -> Image.Image:
        width, height = round(image.width * (1 - share)), round(image.height * (1 - share))
        left, top = chance.randint(0, image.width - width), chance.randint(0, image.height - height)
        return image.crop((left, top, left + width, top + height))

    return change


AIMED: dict[str, Change] = {
    "re-compressed": lambda image, chance: recompressed(chance.randint(15, 60))(image),
    "resized": lambda image, chance: resized(chance.uniform(0.25, 0.75))(image),
    "cropped by 15 %": cropped(0.15),
    "watermarked": lambda image, _: watermarked(image),
    "mirrored": lambda image, _: ImageOps.mirror(image),
}
FURTHER: dict[str, Change] = {
    "price bar": lambda image, _: badged(image),
    "framed": lambda image, _: framed(image),
    "turned by 90°": lambda image, _: image.rotate(90, expand=True),
    "cropped by 30 %": cropped(0.3),
    "cropped by 50 %": cropped(0.5),
    "crop, mirror, JPEG": lambda image, chance: recompressed(40)(ImageOps.mirror(cropped(0.15)(image, chance))),
    "half of a collage": lambda image, _: _collage(image),
}


def _collage(image: Image.Image) -> Image.Image:
    made = Image.new("RGB", (800, 400), (255, 255, 255))
    made.paste(image.resize((400, 400)), (0, 0))
    return made


def png(image: Image.Image) -> bytes:
    target = io.BytesIO()
    image.convert("RGB").save(target, "PNG", compress_level=1)
    return target.getvalue()


class Pictures:
    """The pictures, their bytes, and which of them are the same to the eye."""

    def __init__(self, files: list[Path]) -> None:
        self.images: list[Image.Image] = []
        self.sha256s: list[str] = []
        hashes, self.feature_ms = [], []
        for file in files:
            data = file.read_bytes()
            pixels = decode_picture(data, max_pixels=200_000_000).pixels
            self.images.append(Image.fromarray(pixels))
            self.sha256s.append(picture_sha256(data))
            hashes.append(np.frombuffer(pdq_hash(pixels)[0] or bytes(32), np.uint8))
            started = time.process_time()
            local_features(pixels)
            self.feature_ms.append(1000 * (time.process_time() - started))
        self._hashes = np.array(hashes)

    def same(self, number: int) -> set[str]:
        """Return the SHA-256 of a picture and of those that one cannot tell from it."""
        distances = np.bitwise_count(self._hashes ^ self._hashes[number]).sum(axis=1)
        return {self.sha256s[other] for other in np.flatnonzero(distances <= _SAME_BITS)} | {self.sha256s[number]}


def first_hits(library: Library, data: bytes, channels: frozenset[Channel], limit: int = 3) -> list[tuple[str, float]]:
    """Return the pictures of the first hits and their likeness in the channel `copy`."""
    hits = library.search(picture=data, channels=channels, limit=limit, min_relevance=0.0).hits
    found = [(hit.picture.picture.facts.sha256, hit.channels.get("copy", 0.0)) for hit in hits if hit.picture]
    return [(sha256, score) for sha256, score in found]


def measure_changes(library: Library, pictures: Pictures, cases: int) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for aimed, changes in ((True, AIMED), (False, FURTHER)):
        for name, change in changes.items():
            chance = random.Random(f"copies {name}")
            count = cases // len(AIMED) if aimed else max(20, cases // 20)
            first = dict.fromkeys(_WAYS, 0)
            times: list[float] = []
            for _ in range(count):
                number = chance.randrange(len(pictures.images))
                data, wanted = png(change(pictures.images[number], chance)), pictures.same(number)
                for way, channels in _WAYS.items():
                    started = time.process_time()
                    found = first_hits(library, data, channels)
                    if way == "both":
                        times.append(1000 * (time.process_time() - started))
                    first[way] += bool(found) and found[0][0] in wanted
            shares = {way: hits / count for way, hits in first.items()}
            rows.append({"change": name, "aimed": aimed, "cases": count, "first": shares, "cpu_ms_p50": median(times)})
            told = "   ".join(f"{way} {share:6.1%}" for way, share in shares.items())
            print(f"{name:22}{count:>5}   {told}   {median(times):6.0f} ms CPU", flush=True)
    return rows


def measure_others(library: Library, pictures: Pictures, count: int) -> dict[str, float]:
    numbers = random.Random(7).sample(range(len(pictures.images)), min(count, len(pictures.images)))
    best = []
    for number in numbers:
        same = pictures.same(number)
        found = first_hits(library, png(pictures.images[number]), _WAYS["copy"], limit=10)
        best.append(max((score for sha256, score in found if sha256 not in same), default=0.0))
    return {f"{limit:.1f}": float(np.mean(np.array(best) >= limit)) for limit in (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--library", type=Path, help="keep the library of the pictures here for the next run")
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--samples", action="store_true", help="take the drawn pictures of the sample set instead")
    parser.add_argument("--json", type=Path, help="where to write all figures")
    options = parser.parse_args()
    folder = Path(__file__).parents[1] / "samples" / "pictures" if options.samples else picture_folder()
    files = sorted(folder.glob("*.webp")) if options.samples else product_pictures()
    files = [file for file in files if file.name != "1107-m2.webp"]  # cut short on purpose
    pictures = Pictures(files)
    print(f"{len(files)} pictures; features take {median(pictures.feature_ms):.1f} ms CPU a picture")
    with tempfile.TemporaryDirectory() as place:
        where = options.library or Path(place) / "library"
        with Library.open(where, settings=Settings(ocr_engine="off")) as library:
            library.ingest(folder)
            sizes = {state.name: state.size_bytes for state in library.stats().indexes}
            rows = measure_changes(library, pictures, options.cases)
            others = measure_others(library, pictures, options.cases // 4)
    aimed = [row for row in rows if row["aimed"]]
    shares = [row["first"]["both"] for row in aimed if isinstance(row["first"], dict)]
    print(
        f"\nall {len(aimed)} changes of the aim: {np.mean(shares):.1%} first (aim {AIM:.0%}), worst {min(shares):.1%}"
    )
    print("others called a copy, by likeness: " + "  ".join(f"≥{limit} {share:.1%}" for limit, share in others.items()))
    print(
        f"a picture takes {96 * FEATURE_BYTES:,} bytes in the catalog and {8 * INDEXED_FEATURES + 8} in the index, "
        f"{INDEXED_FEATURES * (8 + 16)} in memory; index here {sizes['feature']:,} bytes; "
        f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB, {os.cpu_count()} cores"
    )
    if options.json:
        options.json.write_text(
            json.dumps({"changes": rows, "others": others, "aim": float(np.mean(shares))}, indent=1)
        )


if __name__ == "__main__":
    main()
