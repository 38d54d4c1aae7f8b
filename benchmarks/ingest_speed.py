"""Compares a whole ingest with a plain loop over RapidOCR's defaults on ONNX Runtime, on real product pictures.

    python benchmarks/ingest_speed.py                       # all pictures, four rounds
    python benchmarks/ingest_speed.py --every 8 --rounds 2  # a quick look

The peer only reads: `for file in files: rapidocr(file)`, its models already loaded when the clock starts. Ours does
everything a library needs, from an empty folder to a searchable one: loading the models, decoding, hashing,
thumbnails, OCR, catalog, indexes. Each side runs in a process of its own on its share of the pictures, round by
round in changing order; the ratio of pictures per second is taken per round and given as median and range, and peak
memory is that of the process. The ratio of processor seconds says the same where other programs run meanwhile, but it
does not show cores that stay idle.

*Characters found* is the share of the peer's characters that ours has too, per picture as multisets after NFKC
without white space.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import unicodedata
from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from picture_folder import product_pictures, sha256_of

Reading = dict[str, str]
"""All characters read on each picture, by its hash."""


@dataclass(frozen=True, slots=True)
class Seconds:
    """What a side took: by the clock, and of processors."""

    wall: float
    processor: float


class Clock:
    """Measures both from when it is made."""

    def __init__(self) -> None:
        self._wall, self._processor = time.perf_counter(), time.process_time()

    def read(self) -> Seconds:
        """Return what has passed."""
        return Seconds(time.perf_counter() - self._wall, time.process_time() - self._processor)


@dataclass(frozen=True, slots=True)
class Measured:
    """One side of one round."""

    seconds: Seconds
    reading: Reading
    peak_gb: float


def read_with_peer(folder: Path) -> tuple[Seconds, Reading]:
    from rapidocr import RapidOCR

    engine: Any = RapidOCR(params={"Global.log_level": "critical"})
    files = sorted(folder.iterdir())
    clock = Clock()
    texts = {file: engine(str(file)).txts or () for file in files}
    seconds = clock.read()
    return seconds, {sha256_of(file): "".join(lines) for file, lines in texts.items()}


def read_with_ours(folder: Path) -> tuple[Seconds, Reading]:
    from jianwei import Library

    with tempfile.TemporaryDirectory() as place:
        clock = Clock()
        with Library.open(Path(place) / "library") as library:
            report = library.ingest(folder)
            seconds = clock.read()
            if report.failures:
                sys.exit(f"unexpected failures: {report.failures[:3]}")
            reading = {
                picture.picture.facts.sha256: "".join(line.text for line in picture.lines)
                for row in library.rows()
                for picture in row.pictures
            }
    return seconds, reading


def measure(which: str, folder: Path) -> Measured:
    """Run one side in a process of its own."""
    command = [sys.executable, __file__, "--child", which, "--folder", str(folder)]
    finished = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    answer = json.loads(finished.stdout.splitlines()[-1])
    return Measured(Seconds(**answer["seconds"]), answer["reading"], answer["peak_gb"])


def run_child(which: str, folder: Path) -> None:
    seconds, reading = (read_with_ours if which == "ours" else read_with_peer)(folder)
    peak_gb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(json.dumps({"seconds": asdict(seconds), "reading": reading, "peak_gb": peak_gb}))


def characters(text: str) -> Counter[str]:
    return Counter("".join(unicodedata.normalize("NFKC", text).split()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=int, default=1, help="take every n-th picture")
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--child", choices=["ours", "peer"], help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        run_child(options.child, options.folder)
        return
    figures = compare(product_pictures()[:: options.every], options.rounds)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2))
    for name, value in figures.items():
        print(f"{name}: {value}")


def compare(files: list[Path], rounds: int) -> dict[str, object]:
    measured: dict[str, list[Measured]] = {"ours": [], "peer": []}
    rates: dict[str, list[float]] = {"ours": [], "peer": []}
    found, wanted = 0, 0
    for number in range(rounds):
        share = files[number::rounds]
        with tempfile.TemporaryDirectory() as place:
            for file in share:
                shutil.copy(file, Path(place) / f"{sha256_of(file)[:16]}{file.suffix}")
            for which in ("ours", "peer") if number % 2 else ("peer", "ours"):
                measured[which].append(measure(which, Path(place)))
                rates[which].append(len(share) / measured[which][-1].seconds.wall)
        ours, peer = (measured[which][-1] for which in ("ours", "peer"))
        for sha256, text in peer.reading.items():
            reference = characters(text)
            wanted += reference.total()
            found += (reference & characters(ours.reading.get(sha256, ""))).total()
        print(
            f"round {number + 1}: {len(share)} pictures, ours {rates['ours'][-1]:.2f}/s, "
            f"peer {rates['peer'][-1]:.2f}/s, ratio {rates['ours'][-1] / rates['peer'][-1]:.2f}; processor "
            f"{ours.seconds.processor:.0f} s and {peer.seconds.processor:.0f} s",
            flush=True,
        )
    pairs = list(zip(measured["ours"], measured["peer"], strict=True))
    return {
        "pictures": len(files),
        "ratio (median, range)": spread([peer.seconds.wall / ours.seconds.wall for ours, peer in pairs]),
        "ratio of processor seconds": spread([peer.seconds.processor / ours.seconds.processor for ours, peer in pairs]),
        "ours, pictures per second": spread(rates["ours"]),
        "peer, pictures per second": spread(rates["peer"]),
        "characters of the peer": wanted,
        "characters found": round(found / max(wanted, 1), 4),
        "ours, peak GB": round(max(ours.peak_gb for ours, _ in pairs), 2),
        "peer, peak GB": round(max(peer.peak_gb for _, peer in pairs), 2),
    }


def spread(values: list[float]) -> str:
    return f"{statistics.median(values):.2f} ({min(values):.2f}–{max(values):.2f})"


if __name__ == "__main__":
    main()
