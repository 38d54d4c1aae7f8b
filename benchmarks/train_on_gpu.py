"""The training loop of `jianwei train` on one GPU, decoding included: pictures per second, memory, share of the peak.

    PYTHONPATH=src python benchmarks/train_on_gpu.py [--steps 6] [--seconds 200] [--json FILE]

Needs torch, numpy, Pillow and orjson, neither a network nor models: a full-size Chinese-CLIP ViT-B/16 with random
weights learns from 800 × 800 JPEGs that are made here (a few hundred distinct ones under thousands of names, so every
step decodes as many as it would of a real library) and from titles of twelve characters. `gpu_encode.py` tells what the
same step does when all pixels are on the GPU already; the difference is what reading costs.

- Reading alone: pictures per second that all cores decode and resize.
- Each way of training runs `fine_tune` itself: division, tokenizer, batches, reading ahead, cached gradients, AdamW,
  state and result on disk. The median step counts, the first two do not. One forward pass and twice that backward count
  as operations; what the cache and checkpointing calculate again does not.
- `--tiny` runs a small model on any device: it shows that everything works and its figures mean nothing.
"""

from __future__ import annotations

import argparse
import io
import itertools
import json
import statistics
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

try:
    import torch
except ImportError:
    sys.exit("SKIPPED: torch is not installed: pip install 'jianwei[train]'")
from PIL import Image

from gpu_encode import peak, picture_operations, text_operations
from jianwei.encoders.conversion.architecture import Architecture, TextTransformer, Transformer, VisionTransformer
from jianwei.encoders.conversion.model_inputs import stated_image_input, text_input
from jianwei.images.decoding import decode_picture
from jianwei.runtime.cores import usable_cores
from jianwei.training.base import Base
from jianwei.training.learning.loading import PictureLoader
from jianwei.training.options import TrainingOptions
from jianwei.training.pairs import TrainingPair
from jianwei.training.running import TrainingData, encoder_inputs, fine_tune

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jianwei.images.pixels import RgbPixels
    from jianwei.training.progress import Moment

DISTINCT, SIDE_PX = 256, 800
FIRST_CHARACTER, CHARACTERS = 0x4E00, 20_902
CONTEXT = 52
NOT_COUNTED = 2  # steps in which memory and kernels are found


@dataclass(frozen=True)
class Way:
    """One way of training."""

    name: str
    options: TrainingOptions
    shown: int
    """Patches that are looked at."""


@dataclass(frozen=True)
class Size:
    """How large everything is."""

    architecture: Architecture
    pairs_a_step: int


def full_size() -> Size:
    blocks = Transformer(768, 12, 12, 3072, "quick_gelu", 1e-5)
    image = VisionTransformer(blocks, 224, 16, pool_probe=False)
    text = TextTransformer(
        replace(blocks, activation="gelu", epsilon=1e-12), "first", 21_128, 512, 2, has_projection_bias=False
    )
    return Size(Architecture("chinese-clip", 512, CONTEXT, image, text), 1024)


def tiny() -> Size:
    blocks = Transformer(32, 2, 2, 64, "quick_gelu", 1e-5)
    image = VisionTransformer(blocks, 32, 8, pool_probe=False)
    text = TextTransformer(
        replace(blocks, activation="gelu", epsilon=1e-12), "first", 21_128, 64, 2, has_projection_bias=False
    )
    return Size(Architecture("chinese-clip", 16, CONTEXT, image, text), 32)


def made_base(size: Size, folder: Path) -> Base:
    """Return a base with random weights and a vocabulary of single characters."""
    random = np.random.default_rng(0)
    tensors: dict[str, NDArray[np.float32]] = {}
    for name, shape in size.architecture.shapes().items():
        is_norm = "norm" in name and name.endswith("weight")
        values = np.ones(shape) if is_norm else random.standard_normal(shape, np.float32) * 0.02
        tensors[name] = np.asarray(values, np.float32)
    tensors["logit_scale"] = np.full((), np.log(1 / 0.07), np.float32)
    unused = [f"[unused{number}]" for number in range(1, 100)]
    characters = [chr(FIRST_CHARACTER + number) for number in range(CHARACTERS)]
    words = ["[PAD]", *unused, "[UNK]", "[CLS]", "[SEP]", "[MASK]", *characters]
    (folder / "vocab.txt").write_text("\n".join(words) + "\n", "utf-8")
    image = stated_image_input("chinese-clip", size.architecture.image.size_px, {})
    text = text_input("chinese-clip", CONTEXT)
    return Base(folder, "chinese-clip", tensors, size.architecture, image, text, folder, "")


def made_jpegs() -> list[bytes]:
    """Return JPEGs as heavy as photographs of goods: smooth colours, an object, grain."""
    files = []
    for number in range(DISTINCT):
        random = np.random.default_rng(number)
        rough = Image.fromarray(random.integers(0, 256, (12, 12, 3), np.uint8)).resize((SIDE_PX, SIDE_PX))
        grain = random.integers(-12, 13, (SIDE_PX, SIDE_PX, 1), np.int16)
        pixels = np.clip(np.asarray(rough, np.int16) + grain, 0, 255).astype(np.uint8)
        buffer = io.BytesIO()
        Image.fromarray(pixels).save(buffer, "JPEG", quality=85)
        files.append(buffer.getvalue())
    return files


def made_data(pairs: int, jpegs: list[bytes]) -> TrainingData:
    random = np.random.default_rng(1)
    titles = random.integers(FIRST_CHARACTER, FIRST_CHARACTER + CHARACTERS, (pairs, 12))
    made = [
        TrainingPair(str(number), ("".join(map(chr, titles[number].tolist())),), f"demo:{number}")
        for number in range(pairs)
    ]

    def pixels(name: str) -> RgbPixels:
        return decode_picture(jpegs[int(name) % DISTINCT], max_pixels=10**8).pixels

    return TrainingData(made, 0, pixels)


def reading(base: Base, data: TrainingData, count: int) -> float:
    """Return the pictures per second that are read without any learning."""
    with tempfile.TemporaryDirectory() as place:
        (Path(place) / "vocab.txt").write_bytes((base.folder / "vocab.txt").read_bytes())
        loader = PictureLoader(encoder_inputs(base, data, Path(place)), threads=usable_cores())
        loader.read(data.pairs[: min(32, count)])
        started = time.perf_counter()
        loader.read(data.pairs[:count])
        took = time.perf_counter() - started
        loader.close()
    return count / took


def ways(size: Size, device: str) -> list[Way]:
    image = size.architecture.image
    assert isinstance(image, VisionTransformer)
    patches = (image.size_px // image.patch_px) ** 2
    batch = size.pairs_a_step
    plain = TrainingOptions(epochs=1, batch=batch, validation_share=0.0, state_every_s=600, device=device)
    plain = replace(plain, arithmetic="bf16", learning_rate=1e-5)
    return [
        Way("cached, parts of a quarter", replace(plain, part=batch // 4), patches),
        Way("one piece, checkpointing", replace(plain, part=batch, checkpointing=True), patches),
        Way("half of the patches hidden", replace(plain, part=batch // 4, hidden_patches=0.5), patches // 2),
        Way("LoRA, parts of a quarter", replace(plain, part=batch // 4, method="lora"), patches),
        Way("fp16, parts of a quarter", replace(plain, part=batch // 4, arithmetic="fp16"), patches),
        Way("cached, parts of a 16th, checkpointing", replace(plain, part=batch // 16, checkpointing=True), patches),
    ]


def measured(way: Way, base: Base, data: TrainingData, peaks: dict[str, float]) -> dict[str, object]:
    """Return what one way of training costs."""
    times: list[float] = []

    def show(moment: Moment) -> None:
        if not moment.measured:
            times.append(time.perf_counter())

    on_gpu = torch.cuda.is_available()
    if on_gpu:
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
    with tempfile.TemporaryDirectory() as place:
        started = time.perf_counter()
        report = fine_tune(base, data, Path(place), way.options, models_folder=Path(place), show=show)
        whole = time.perf_counter() - started
    batch = way.options.batch
    steps = [after - before for before, after in itertools.pairwise(times)][NOT_COUNTED - 1 :]
    took = statistics.median(steps)
    result: dict[str, object] = {
        "pictures_per_s": round(batch / took, 1),
        "step_s": [round(step, 3) for step in steps],
        "whole_run_s": round(whole, 1),
        "losses": [round(loss, 4) for loss in report.losses],
    }
    if on_gpu:
        result["memory_gib"] = round(torch.cuda.max_memory_allocated() / 2**30, 2)
    if peaks:
        operations = 3 * (picture_operations(way.shown) + text_operations()) * batch
        result["share_of_peak"] = round(operations / took / peaks[way.options.arithmetic], 3)
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=6, help="steps of each way, at least 4")
    parser.add_argument("--seconds", type=float, default=200.0, help="no further way is begun after so long")
    parser.add_argument("--tiny", action="store_true", help="a small model on any device, to see that all works")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    started = time.perf_counter()
    if not arguments.tiny and not torch.cuda.is_available():
        sys.exit("SKIPPED: no CUDA device")
    size = tiny() if arguments.tiny else full_size()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    result: dict[str, object] = {
        "device": torch.cuda.get_device_name() if device == "cuda" else device,
        "torch": torch.__version__,
        "cores": usable_cores(),
        "pairs_a_step": size.pairs_a_step,
    }
    peaks: dict[str, float] = {}
    if not arguments.tiny:
        peaks = {"bf16": peak(torch.bfloat16), "fp16": peak(torch.float16)}
        result["peak_tflops"] = {name: round(value / 1e12, 1) for name, value in peaks.items()}
    jpegs = made_jpegs()
    result["jpeg_kib"] = round(statistics.mean(map(len, jpegs)) / 1024)
    data = made_data(size.pairs_a_step * max(4, arguments.steps), jpegs)
    with tempfile.TemporaryDirectory() as place:
        base = made_base(size, Path(place))
        result["reading_pictures_per_s"] = round(reading(base, data, size.pairs_a_step), 1)
        print(json.dumps(result), flush=True)
        found: dict[str, object] = {}
        for way in ways(size, device):
            if time.perf_counter() - started > arguments.seconds:
                found[way.name] = "not begun: no time left"
                continue
            found[way.name] = measured(way, base, data, peaks)
            print(f"{way.name}: {found[way.name]}", flush=True)
        result["training"] = found
        result["options"] = asdict(ways(size, device)[0].options)
    print(json.dumps(result, indent=1))
    if arguments.json:
        arguments.json.write_text(json.dumps(result, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
