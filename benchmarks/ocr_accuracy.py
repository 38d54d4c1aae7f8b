"""Compares our OCR with a plain loop over RapidOCR's defaults on ONNX Runtime, on real product pictures.

    python benchmarks/ocr_accuracy.py                    # every 8th picture, four rounds
    python benchmarks/ocr_accuracy.py --every 1 --rounds 8 --json result.json
    python benchmarks/ocr_accuracy.py --every 4 --readings FILE   # accuracy alone, after every change of what is read

With `--readings` the baseline reads a picture once and for all: what it read is kept in that file, for later runs with
any `--every`, and neither speed nor memory is told. An eighth of the pictures then takes half a minute of processor,
all of them five minutes.

What is measured:

- *characters found*: share of the baseline's characters that ours has too, per picture as multisets after NFKC and
  without white space: the sum over characters of min(count of ours, count of baseline), summed over pictures, divided
  by the number of the baseline's characters. It ignores order, and it cannot say which of the two is right.
- *characters aligned*: the stricter one. For each line of the baseline, the longest common subsequence with those of
  our lines whose boxes lie on it (half of the smaller box), joined from left to right or top to bottom.
- *of sure lines*: characters found of the lines that the baseline reads with a confidence of 0.9 or more. Print of a
  few pixels is read as one nonsense or another, by both, and weighs as much as a headline in the first measure.
- *extra characters*: those only ours has, relative to the baseline's number.
- *pictures per second*: decoded pictures are read by both in the same round, the order changing from round to round;
  the ratio is taken round by round and given as median and range. The baseline runs as its users run it, one call
  after the other; ours with as many threads as it asks for.
- *peak memory*: resident memory of a process of its own that reads all the pictures with one of the two.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
import unicodedata
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageOps

from jianwei.ocr import open_ocr_engine
from picture_folder import product_pictures, sha256_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from jianwei.images.pixels import RgbPixels
    from jianwei.ports import OcrEngine

Box = tuple[float, float, float, float]
Line = tuple[str, Box]
Page = list[Line]
ScoredPage = list[tuple[str, Box, float]]
"""With the confidence of each line."""

_SURE = 0.9
_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class Comparison:
    """Counts of characters over some pictures."""

    baseline: int = 0
    ours: int = 0
    found: int = 0
    aligned: int = 0

    def __add__(self, other: Comparison) -> Comparison:
        return Comparison(*(a + b for a, b in zip(asdict(self).values(), asdict(other).values(), strict=True)))


def decode(path: Path) -> RgbPixels:
    with Image.open(path) as picture:
        upright = ImageOps.exif_transpose(picture)
        if upright.has_transparency_data:
            upright = Image.alpha_composite(Image.new("RGBA", upright.size, "white"), upright.convert("RGBA"))
        return np.asarray(upright.convert("RGB"))


def open_baseline() -> Callable[[RgbPixels], ScoredPage]:
    from rapidocr import RapidOCR

    engine: Any = RapidOCR(params={"Global.log_level": "critical"})

    def read(pixels: RgbPixels) -> ScoredPage:
        result = engine(np.ascontiguousarray(pixels[:, :, ::-1]))
        if result.txts is None:
            return []
        lines = zip(result.txts, result.boxes, result.scores, strict=True)
        return [(text, _bounds(box), float(score)) for text, box, score in lines]

    return read


def read_ours(engine: OcrEngine, pictures: Sequence[RgbPixels]) -> list[Page]:
    with ThreadPoolExecutor(engine.parallelism) as threads:
        return [[(line.text, _bounds(line.box)) for line in lines] for lines in threads.map(engine.read, pictures)]


def _bounds(box: Any) -> Box:  # noqa: ANN401  # tuples from ours, an array from the baseline
    points = np.asarray(box, float)
    return (*points.min(axis=0).tolist(), *points.max(axis=0).tolist())


def compare(ours: Page, baseline: Page) -> Comparison:
    own, reference = (Counter(_plain("".join(text for text, _ in page))) for page in (ours, baseline))
    aligned = sum(_common_length(_plain(text), _text_on(box, ours)) for text, box in baseline)
    return Comparison(reference.total(), own.total(), (own & reference).total(), aligned)


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def _text_on(box: Box, page: Page) -> str:
    here = [(line_box, text) for text, line_box in page if _overlap(box, line_box) >= 0.5]
    axis = 0 if box[2] - box[0] >= box[3] - box[1] else 1
    return _plain("".join(text for _, text in sorted(here, key=lambda item: item[0][axis])))


def _overlap(first: Box, second: Box) -> float:
    width = min(first[2], second[2]) - max(first[0], second[0])
    height = min(first[3], second[3]) - max(first[1], second[1])
    smaller = min((box[2] - box[0]) * (box[3] - box[1]) for box in (first, second))
    return max(0.0, width) * max(0.0, height) / max(smaller, 1.0)


def _common_length(first: str, second: str) -> int:
    row = [0] * (len(second) + 1)
    for character in first:
        diagonal = 0
        for position, other in enumerate(second, start=1):
            above = row[position]
            row[position] = diagonal + 1 if character == other else max(above, row[position - 1])
            diagonal = above
    return row[-1]


class KeptReadings:
    """What the baseline read, kept in a file by the hash of the picture."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._pages = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
        self._baseline: Callable[[RgbPixels], ScoredPage] | None = None

    def read(self, path: Path) -> ScoredPage:
        """Return what the baseline reads on a picture; it reads it now if it never did."""
        sha256 = sha256_of(path)
        if sha256 not in self._pages:
            self._baseline = self._baseline or open_baseline()
            self._pages[sha256] = self._baseline(decode(path))
        return [
            (text, (left, top, right, bottom), score) for text, (left, top, right, bottom), score in self._pages[sha256]
        ]

    def keep(self) -> None:
        """Write the file."""
        self._file.write_text(json.dumps(self._pages, ensure_ascii=False), encoding="utf-8")


class Accuracy:
    """What was found, summed over pictures."""

    def __init__(self) -> None:
        self._total, self._sure = Comparison(), Comparison()
        self._losses: list[tuple[int, str, str, str]] = []

    def add(self, path: Path, ours: Page, scored: ScoredPage) -> None:
        """Count one picture."""
        reference = [(text, box) for text, box, _ in scored]
        counts = compare(ours, reference)
        self._total += counts
        self._sure += compare(ours, [(text, box) for text, box, score in scored if score >= _SURE])
        self._losses.append((counts.baseline - counts.found, path.name, _all_text(ours), _all_text(reference)))

    def figures(self) -> dict[str, object]:
        """Return the counts and shares of all pictures."""
        total, sure = self._total, self._sure
        return {
            "pictures": len(self._losses),
            "characters_of_baseline": total.baseline,
            "characters_found": _share(total.found, total.baseline),
            "characters_found_of_sure_lines": _share(sure.found, sure.baseline),
            "characters_aligned": _share(total.aligned, total.baseline),
            "extra_characters": _share(total.ours - total.found, total.baseline),
            "worst_pictures": sorted(self._losses, reverse=True)[:20],
        }


def run_against(kept: KeptReadings, files: Sequence[Path]) -> dict[str, object]:
    """Compare what ours reads now with what the baseline read once; pictures are few at a time, to bound memory."""
    engine, accuracy = open_ocr_engine("auto"), Accuracy()
    before = time.process_time()
    for start in range(0, len(files), _AT_ONCE):
        names = files[start : start + _AT_ONCE]
        for path, ours in zip(names, read_ours(engine, [decode(path) for path in names]), strict=True):
            accuracy.add(path, ours, kept.read(path))
    kept.keep()
    return {**accuracy.figures(), "processor_seconds": round(time.process_time() - before, 1)}


def run_rounds(files: Sequence[Path], rounds: int) -> dict[str, object]:
    engine, baseline = open_ocr_engine("auto"), open_baseline()
    read_ours(engine, [decode(files[0])])
    baseline(decode(files[0]))
    accuracy, rates, own_rates, ratios = Accuracy(), [], [], []
    for number in range(rounds):
        names = files[number::rounds]
        pictures = [decode(path) for path in names]
        own_pages: list[Page] = []
        pages: list[ScoredPage] = []
        seconds: dict[str, float] = {}
        for name in ("baseline", "ours") if number % 2 == 0 else ("ours", "baseline"):
            started = time.perf_counter()
            if name == "ours":
                own_pages = read_ours(engine, pictures)
            else:
                pages = [baseline(pixels) for pixels in pictures]
            seconds[name] = time.perf_counter() - started
        for path, ours, scored in zip(names, own_pages, pages, strict=True):
            accuracy.add(path, ours, scored)
        own_rates.append(len(pictures) / seconds["ours"])
        rates.append(len(pictures) / seconds["baseline"])
        ratios.append(seconds["baseline"] / seconds["ours"])
        print(f"round {number + 1}: {len(pictures)} pictures, {own_rates[-1]:.2f} / {rates[-1]:.2f} per second")
    return {
        **accuracy.figures(),
        "pictures_per_second": _spread(own_rates),
        "pictures_per_second_of_baseline": _spread(rates),
        "ratio": _spread(ratios),
    }


def _all_text(page: Page) -> str:
    return " | ".join(text for text, _ in page)


def _share(some: int, of: int) -> float:
    return round(some / max(1, of), 4)


def _spread(values: Sequence[float]) -> dict[str, float]:
    return {"median": statistics.median(values), "lowest": min(values), "highest": max(values)}


def peak_memory(which: str, every: int) -> float:
    command = [sys.executable, __file__, "--every", str(every), "--memory-of", which]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()[-1])


def report_memory(which: str, files: Sequence[Path]) -> None:
    if which == "ours":
        engine = open_ocr_engine("auto")
        with ThreadPoolExecutor(engine.parallelism) as threads:
            for _ in threads.map(lambda path: engine.read(decode(path)), files):
                pass
    else:
        baseline = open_baseline()
        for path in files:
            baseline(decode(path))
    print(_peak_resident_mib())


def _peak_resident_mib() -> float:
    status = Path("/proc/self/status")
    if status.is_file():  # unlike ru_maxrss it does not count what the parent process held when it forked
        return int(status.read_text(encoding="ascii").split("VmHWM:")[1].split()[0]) / 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--every", type=int, default=8, help="take every n-th picture")
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--json", type=Path, help="also write the figures and the worst pictures there")
    parser.add_argument("--readings", type=Path, help="keep the baseline's readings in this file; accuracy alone")
    parser.add_argument("--no-memory", action="store_true", help="leave out the two extra passes for peak memory")
    parser.add_argument("--memory-of", choices=("ours", "baseline"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    files = product_pictures()[:: arguments.every]
    if arguments.memory_of:
        report_memory(arguments.memory_of, files)
        return
    if arguments.readings:
        result = run_against(KeptReadings(arguments.readings), files)
    else:
        result = run_rounds(files, arguments.rounds)
    if not (arguments.readings or arguments.no_memory):
        for which in ("ours", "baseline"):
            result[f"peak_memory_mib_{which}"] = round(peak_memory(which, arguments.every))
    if arguments.json:
        arguments.json.write_text(json.dumps(result, ensure_ascii=False, indent=1), encoding="utf-8")
    print(json.dumps({name: value for name, value in result.items() if name != "worst_pictures"}, indent=1))


if __name__ == "__main__":
    main()
