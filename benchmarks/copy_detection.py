"""How PDQ survives what happens to pictures on their way from seller to seller, on real product pictures.

    python benchmarks/copy_detection.py
    python benchmarks/copy_detection.py --every 4 --json result.json

Every picture is hashed and indexed; then changed copies of each are hashed and searched for. *Found* is the share of
copies whose original is the nearest picture and within the distance. *Wrong* is the share of copies for which a picture
other than the original lies within the distance, whether the original does too or not; the same banner with another
product in it counts as wrong here. The last line counts pairs of different files by distance.
"""

from __future__ import annotations

import argparse
import io
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageDraw, ImageFont, ImageOps

from jianwei.images.decoding import decode_picture
from jianwei.images.perceptual_hash import pdq_dihedral, pdq_hash
from jianwei.indexes.pictures.hash_index import FaissHashIndex
from picture_folder import product_pictures

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

LIMITS = (31, 40, 50, 60, 70, 80, 90)


def recompressed(quality: int) -> Callable[[Image.Image], Image.Image]:
    def change(image: Image.Image) -> Image.Image:
        target = io.BytesIO()
        image.save(target, "JPEG", quality=quality)
        return Image.open(target)

    return change


def resized(scale: float) -> Callable[[Image.Image], Image.Image]:
    return lambda image: image.resize((round(image.width * scale), round(image.height * scale)))


def cropped(share: float) -> Callable[[Image.Image], Image.Image]:
    """Cut `share` of the width and of the height, half of it on each side."""
    return lambda image: ImageOps.crop(image, (round(image.width * share / 2), round(image.height * share / 2)) * 2)


def watermarked(image: Image.Image) -> Image.Image:
    """Write a half-transparent shop name across the middle, as wide as four fifths of the picture."""
    layer = Image.new("RGBA", image.size)
    text = "TRUSTED SHOP 2025"
    font = ImageFont.load_default(size=image.width * 0.8 / len(text) * 1.6)
    ImageDraw.Draw(layer).text(
        (image.width / 2, image.height / 2),
        text,
        (255, 255, 255, 160),
        font,
        anchor="mm",
        stroke_width=2,
        stroke_fill=(90, 90, 90, 160),
    )
    return Image.alpha_composite(image.convert("RGBA"), layer).convert("RGB")


def badged(image: Image.Image) -> Image.Image:
    """Lay an opaque red price bar over the lowest eighth."""
    changed = image.copy()
    changed.paste((210, 20, 40), (0, image.height * 7 // 8, image.width, image.height))
    return changed


def framed(image: Image.Image) -> Image.Image:
    """Put a frame of a twentieth of the width around the picture."""
    return ImageOps.expand(image, image.width // 20, (240, 200, 60))


CHANGES: dict[str, tuple[Callable[[Image.Image], Image.Image], bool]] = {
    "JPEG quality 40": (recompressed(40), False),
    "JPEG quality 15": (recompressed(15), False),
    "resized to 50 %": (resized(0.5), False),
    "resized to 25 %": (resized(0.25), False),
    "cropped by 5 %": (cropped(0.05), False),
    "cropped by 10 %": (cropped(0.10), False),
    "cropped by 15 %": (cropped(0.15), False),
    "watermark across": (watermarked, False),
    "price bar below": (badged, False),
    "frame around": (framed, False),
    "mirrored, plain query": (ImageOps.mirror, False),
    "mirrored, dihedral query": (ImageOps.mirror, True),
    "turned by 90°, dihedral query": (lambda image: image.rotate(90, expand=True), True),
}


def query_hashes(image: Image.Image, *, dihedral: bool) -> NDArray[np.uint8]:
    pixels = np.asarray(image.convert("RGB"))
    if dihedral:
        return pdq_dihedral(pixels)
    value, _ = pdq_hash(pixels)
    return np.frombuffer(value or b"", np.uint8).reshape(-1, 32)


def measure(index: FaissHashIndex, pictures: list[NDArray[np.uint8]], name: str) -> dict[str, object]:
    change, dihedral = CHANGES[name]
    own = np.full(len(pictures), 999)  # no hash: found nowhere
    other = np.full(len(pictures), 999)
    for number, pixels in enumerate(pictures):
        queries = query_hashes(change(Image.fromarray(pixels)), dihedral=dihedral)
        for hit in index.search(queries, max_distance=256, limit=len(pictures)):
            if hit.picture_no == number:
                own[number] = hit.distance
            elif other[number] == 999:
                other[number] = hit.distance
    return {
        "change": name,
        "distance_p50": int(np.median(own)),
        "distance_p95": int(np.percentile(own, 95)),
        "found": {limit: float(np.mean((own <= limit) & (own <= other))) for limit in LIMITS},
        "wrong": {limit: float(np.mean(other <= limit)) for limit in LIMITS},
    }


def pair_distances(hashes: NDArray[np.uint8]) -> NDArray[np.int64]:
    words = hashes.view(np.uint64)
    left, right = np.triu_indices(len(words), 1)
    distances: NDArray[np.int64] = np.bitwise_count(words[left] ^ words[right]).sum(axis=1, dtype=np.int64)
    return distances


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=int, default=1, help="take every n-th picture")
    parser.add_argument("--json", type=Path, help="where to write all figures")
    arguments = parser.parse_args()
    files = product_pictures()[:: arguments.every]
    pictures = [decode_picture(file.read_bytes(), max_pixels=200_000_000).pixels for file in files]
    hashed = [pdq_hash(pixels) for pixels in pictures]
    print(f"{len(pictures)} pictures, {sum(value is None for value, _ in hashed)} without a hash,", end=" ")
    print(f"quality: least {min(quality for _, quality in hashed)}")
    pictures = [pixels for pixels, (value, _) in zip(pictures, hashed, strict=True) if value is not None]
    hashes = np.frombuffer(b"".join(value for value, _ in hashed if value is not None), np.uint8).reshape(-1, 32)
    with tempfile.TemporaryDirectory() as folder:
        index = FaissHashIndex.create(Path(folder))
        index.apply(np.arange(len(hashes), dtype=np.int64), hashes, deleted=(), sequence=1)
        rows = []
        print(f"\n{'change':32}{'p50':>5}{'p95':>5}   found | wrong at distance {' '.join(map(str, LIMITS))}")
        for name in CHANGES:
            row = measure(index, pictures, name)
            rows.append(row)
            found, wrong = row["found"], row["wrong"]
            assert isinstance(found, dict)
            assert isinstance(wrong, dict)
            shares = " ".join(f"{found[limit]:.3f}|{wrong[limit]:.3f}" for limit in LIMITS)
            print(f"{name:32}{row['distance_p50']:>5}{row['distance_p95']:>5}   {shares}", flush=True)
    pairs = pair_distances(hashes)
    counts = {limit: int((pairs <= limit).sum()) for limit in LIMITS}
    print(f"\n{len(pairs):,} pairs of different files: {counts}; median distance {int(np.median(pairs))}")
    if arguments.json:
        arguments.json.write_text(json.dumps({"changes": rows, "pairs": len(pairs), "pairs_within": counts}, indent=1))


if __name__ == "__main__":
    main()
