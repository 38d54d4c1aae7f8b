"""Encodes pictures and texts with a full-size Chinese-CLIP ViT-B/16, beside transformers on torch, in the same run.

    python benchmarks/encode_speed.py
    python benchmarks/encode_speed.py --pictures 16 --titles 32 --queries 20 --rounds 2 --kinds fp32 bf16

The weights are random (speed does not depend on them); the model is written as Hugging Face writes it, read back by
transformers and imported by ours. In every round each contender encodes the same picture files and the same titles,
decoding and preprocessing included, in changing order; its ratio to transformers is taken round by round and given as
median and range. transformers runs in float32 with whichever batch size was fastest in a trial before; ours uses its
own. `fp32` and `bf16` are the same files under different arithmetic, `int8` and `fp16` are files of their own.

Random weights give all inputs similar vectors, so the cosine to our float32 vectors is given twice: as it is, and after
the mean vector was subtracted from both, which is the harder test. The chip's peak is a product of two 4096 × 4096
matrices on the same cores. Needs torch, transformers, cn_clip and the folder of product pictures.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import random
import statistics
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from chinese_clip_vit_b16 import TransformersEncoder, operations_per_picture, write_full_size_model
from jianwei.encoders.conversion.importing import ImportOptions, import_model
from jianwei.encoders.opening import open_encoder
from jianwei.images.decoding import decode_picture
from jianwei.runtime.cores import usable_cores
from matrix_peak import measured_peak
from picture_folder import product_pictures
from synthetic_listings import Vocabulary

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from jianwei.encoders.manifest import Precision
    from jianwei.encoders.onnx_encoder import OnnxEncoder
    from jianwei.images.pixels import RgbPixels

Kind = Literal["fp32", "bf16", "fp16", "int8"]
Run = tuple[float, "NDArray[np.float32]"]
"""Seconds, and the vectors that came out."""

PEER = "transformers"
BATCHES = (1, 4, 16, 32)
CALIBRATION_PICTURES = 48


def main() -> None:
    """Run the benchmark and print its tables."""
    options = _options()
    cores = options.cores or usable_cores()
    chance = random.Random(5)
    paths = product_pictures()
    chance.shuffle(paths)
    files = [path.read_bytes() for path in paths[: options.pictures]]
    words = Vocabulary(chance)
    titles = [words.text(8, 30) for _ in range(options.titles)]
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(cores) as threads:
        ours = _our_encoders(Path(folder), options.kinds, paths[-CALIBRATION_PICTURES:], cores)
        peer = TransformersEncoder(Path(folder) / "checkpoint", _vocabulary(), cores=cores)
        _choose_batches(peer, files[: max(BATCHES)], titles, threads)
        pictures: dict[str, Callable[[], NDArray[np.float32]]] = {PEER: lambda: peer.encode_images(files, threads)}
        texts: dict[str, Callable[[], NDArray[np.float32]]] = {PEER: lambda: peer.encode_texts(titles)}
        queries: dict[str, Callable[[str], object]] = {PEER: lambda query: peer.encode_texts([query])}
        for kind, encoder in ours.items():
            pictures[kind] = lambda encoder=encoder: encoder.encode_images(list(threads.map(_pixels, files)))  # type: ignore[misc]  # mypy cannot type lambdas with defaults
            texts[kind] = lambda encoder=encoder: encoder.encode_texts(titles)  # type: ignore[misc]  # likewise
            queries[kind] = lambda query, encoder=encoder: encoder.encode_texts([query])  # type: ignore[misc]  # likewise
        result = {
            "cores": cores,
            "batches of transformers": [peer.picture_batch, peer.text_batch],
            "pictures": _compare("pictures", pictures, len(files), options.rounds),
            "texts": _compare("texts", texts, len(titles), options.rounds),
            "one text": _latencies(queries, [words.text(2, 12) for _ in range(options.queries)]),
        }
        result["peak"] = _shares(result["pictures"], cores)  # type: ignore[arg-type]  # written two lines above
        for encoder in ours.values():
            encoder.close()
    if options.json:
        Path(options.json).write_text(json.dumps(result, indent=2), encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=96)
    parser.add_argument("--titles", type=int, default=256)
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cores", type=int, default=0, help="0: all of this process")
    parser.add_argument("--kinds", nargs="+", choices=get_args(Kind), default=["fp32", "bf16", "int8"])
    parser.add_argument("--json")
    return parser.parse_args()


def _our_encoders(
    folder: Path, kinds: Sequence[Kind], calibration: Sequence[Path], cores: int
) -> dict[str, OnnxEncoder]:
    write_full_size_model(folder / "checkpoint")
    options = ImportOptions(pictures=[_pixels(path.read_bytes()) for path in calibration])
    encoders: dict[str, OnnxEncoder] = {}
    for kind in kinds:
        precision: Precision = "fp32" if kind == "bf16" else kind
        if not (folder / precision).is_dir():
            import_model(
                folder / "checkpoint", models_folder=folder, name=precision, precision=precision, options=options
            )
        arithmetic: Literal["auto", "fp32"] = "fp32" if kind == "fp32" else "auto"
        encoders[kind] = open_encoder(folder / precision, threads=cores, arithmetic=arithmetic)
    return encoders


def _vocabulary() -> Path:
    found = importlib.util.find_spec("cn_clip")
    assert found is not None
    assert found.submodule_search_locations
    return Path(found.submodule_search_locations[0]) / "clip" / "vocab.txt"


def _pixels(file: bytes) -> RgbPixels:
    return decode_picture(file, max_pixels=200_000_000).pixels


def _choose_batches(
    peer: TransformersEncoder, files: Sequence[bytes], titles: Sequence[str], threads: ThreadPoolExecutor
) -> None:
    def seconds(batch: int, kind: Literal["picture", "text"]) -> float:
        setattr(peer, f"{kind}_batch", batch)
        if kind == "picture":
            return _timed(lambda: peer.encode_images(files, threads))[0]
        return _timed(lambda: peer.encode_texts(titles))[0]

    peer.encode_images(files[:4], threads)
    peer.encode_texts(titles[:8])
    peer.picture_batch = min(BATCHES, key=lambda batch: seconds(batch, "picture"))
    peer.text_batch = min((8, 32, 128), key=lambda batch: seconds(batch, "text"))


def _timed(encode: Callable[[], NDArray[np.float32]]) -> Run:
    started = time.perf_counter()
    rows = encode()
    return time.perf_counter() - started, rows


def _compare(
    what: str, contenders: Mapping[str, Callable[[], NDArray[np.float32]]], count: int, rounds: int
) -> dict[str, dict[str, float]]:
    for encode in contenders.values():
        encode()  # loads the model and lets the allocator settle
    names = list(contenders)
    seconds: dict[str, list[float]] = {name: [] for name in names}
    vectors = {}
    for number in range(rounds):
        for name in names[number % len(names) :] + names[: number % len(names)]:
            took_s, vectors[name] = _timed(contenders[name])
            seconds[name].append(took_s)
    print(f"\n{what:14} per second   × {PEER} (range)      cosine, centred cosine to our float32")
    exact = vectors["fp32" if "fp32" in vectors else PEER]
    table = {}
    for name in names:
        ratios = [theirs / mine for theirs, mine in zip(seconds[PEER], seconds[name], strict=True)]
        cosine, centred = _cosines(vectors[name], exact)
        table[name] = {
            "per second": count / statistics.median(seconds[name]),
            "ratio": statistics.median(ratios),
            "lowest ratio": min(ratios),
            "highest ratio": max(ratios),
            "cosine": cosine,
            "centred cosine": centred,
        }
        row = table[name]
        print(
            f"{name:14} {row['per second']:10.1f}   {row['ratio']:.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
            f"      {cosine:.6f}  {centred:.6f}"
        )
    return table


def _cosines(rows: NDArray[np.float32], exact: NDArray[np.float32]) -> tuple[float, float]:
    """Return the mean cosine between rows of the same number, as they are and after subtracting the mean row."""
    mean = exact.mean(axis=0)
    centred, centred_exact = rows - mean, exact - mean
    lengths = np.linalg.norm(centred, axis=1) * np.linalg.norm(centred_exact, axis=1)
    products = np.einsum("nd,nd->n", centred, centred_exact)
    return float(np.einsum("nd,nd->n", rows, exact).mean()), float((products / lengths).mean())


def _latencies(
    contenders: Mapping[str, Callable[[str], object]], queries: Sequence[str]
) -> dict[str, dict[str, float]]:
    print(f"\none text       p50 ms   p99 ms   ({len(queries)} queries of 2 to 12 characters, one after the other)")
    table = {}
    for name, encode in contenders.items():
        encode(queries[0])
        took_ms = []
        for query in queries:
            started = time.perf_counter()
            encode(query)
            took_ms.append((time.perf_counter() - started) * 1000)
        p50, p99 = np.percentile(took_ms, [50, 99])
        table[name] = {"p50 ms": float(p50), "p99 ms": float(p99)}
        print(f"{name:14} {p50:6.1f}   {p99:6.1f}")
    return table


def _shares(pictures: Mapping[str, Mapping[str, float]], cores: int) -> dict[str, float]:
    peaks = {"fp32": measured_peak("f32", cores=cores), "bf16": measured_peak("bf16", cores=cores)}
    print(f"\npeak of {cores} cores: " + ", ".join(f"{name} {peak / 1e9:,.0f} GFLOP/s" for name, peak in peaks.items()))
    shares = {}
    for name, peak in peaks.items():
        if name in pictures:
            shares[name] = pictures[name]["per second"] * operations_per_picture() / peak
            print(f"{name}: {shares[name]:.0%} of it, decoding and preprocessing included")
    return {**{f"{name} operations per second": peak for name, peak in peaks.items()}, **shares}


if __name__ == "__main__":
    main()
