"""Encoding and contrastive training of a full-size ViT-B/16 with its text tower on one GPU: needs torch alone.

    python benchmarks/gpu_encode.py [--seconds 4] [--json FILE]

Random weights (speed does not depend on them), so neither a network nor files are needed; the towers have the sizes of
Chinese-CLIP ViT-B/16 (86 million numbers for pictures, 102 for texts). Without a CUDA device it says so and ends.

- The peak is a product of two 8192 × 8192 matrices in the same arithmetic, the best of 12.
- Encoding: pictures and texts per second with the pixels on the device already, the share of the peak that the
  arithmetic of the pictures is, and the latency of one picture and one text. Compared with float32 in the same run.
- Training: one step of batch 1,024 with the cached loss of `jianwei train` (vectors of all pairs first, then their
  gradients, then each part again), AdamW, mixed precision; also with gradient checkpointing, with half of the patches
  hidden, and in one piece without the cache where memory allows. Pictures per second, memory at the peak, and the share
  of the peak, counting three forward passes a picture (one forward, twice that backward); the cache's own extra forward
  pass is overhead and not counted.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

try:
    import torch
    from torch import Tensor, nn
    from torch.nn import functional
    from torch.utils.checkpoint import checkpoint
except ImportError:
    sys.exit("SKIPPED: torch is not installed: pip install 'jianwei[train]'")

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

WIDTH, LAYERS, HEADS, SIZE_PX, PATCH_PX, DIMS = 768, 12, 12, 224, 16, 512
VOCABULARY, CONTEXT = 21128, 52
PATCHES = (SIZE_PX // PATCH_PX) ** 2
STEP_PAIRS = 1024


def blocks_operations(tokens: int) -> int:
    """Return the multiplications and additions of the blocks for one row of tokens."""
    return 2 * LAYERS * (12 * tokens * WIDTH**2 + 2 * tokens**2 * WIDTH)


def picture_operations(patches: int = PATCHES) -> int:
    return blocks_operations(patches + 1) + 2 * (PATCHES * 3 * PATCH_PX**2 * WIDTH + WIDTH * DIMS)


def text_operations() -> int:
    return blocks_operations(CONTEXT) + 2 * WIDTH * DIMS


class Block(nn.Module):  # type: ignore[misc]  # torch is not there where types are checked
    """One block, norms first."""

    def __init__(self) -> None:
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.joined, self.output = nn.Linear(WIDTH, 3 * WIDTH), nn.Linear(WIDTH, WIDTH)
        self.wide, self.narrow = nn.Linear(WIDTH, 4 * WIDTH), nn.Linear(4 * WIDTH, WIDTH)

    def forward(self, value: Tensor) -> Tensor:
        """Return the rows after the block."""
        rows, length, _ = value.shape
        parts = self.joined(self.norm1(value)).view(rows, length, 3, HEADS, WIDTH // HEADS)
        query, key, values = parts.permute(2, 0, 3, 1, 4)
        mixed = functional.scaled_dot_product_attention(query, key, values)
        value = value + self.output(mixed.transpose(1, 2).reshape(rows, length, WIDTH))
        return value + self.narrow(functional.gelu(self.wide(self.norm2(value))))


class Towers(nn.Module):  # type: ignore[misc]  # likewise
    """Both towers."""

    def __init__(self) -> None:
        super().__init__()
        self.patch = nn.Conv2d(3, WIDTH, PATCH_PX, PATCH_PX, bias=False)
        self.first = nn.Parameter(torch.randn(WIDTH) * 0.02)
        self.places = nn.Parameter(torch.randn(PATCHES + 1, WIDTH) * 0.02)
        self.token, self.text_places = nn.Embedding(VOCABULARY, WIDTH), nn.Embedding(512, WIDTH)
        self.image_blocks = nn.ModuleList(Block() for _ in range(LAYERS))
        self.text_blocks = nn.ModuleList(Block() for _ in range(LAYERS))
        self.image_end, self.text_end = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)
        self.image_projection = nn.Linear(WIDTH, DIMS, bias=False)
        self.text_projection = nn.Linear(WIDTH, DIMS, bias=False)
        self.checkpointing, self.shown = False, PATCHES

    def through(self, blocks: Iterable[nn.Module], value: Tensor) -> Tensor:
        """Return the rows after all blocks."""
        for block in blocks:
            value = checkpoint(block, value, use_reentrant=False) if self.checkpointing else block(value)
        return value

    def image(self, pixels: Tensor) -> Tensor:
        """Return the unit vectors of pictures."""
        tokens = self.patch(pixels).flatten(2).transpose(1, 2) + self.places[1:]
        if self.shown < PATCHES:
            order = torch.rand(tokens.shape[:2], device=tokens.device).argsort(dim=1)[:, : self.shown]
            tokens = tokens.gather(1, order[:, :, None].expand(-1, -1, WIDTH))
        first = (self.first + self.places[0]).expand(len(tokens), 1, -1)
        value = self.through(self.image_blocks, torch.cat([first, tokens], dim=1))
        return functional.normalize(self.image_projection(self.image_end(value[:, 0])), dim=-1)

    def text(self, ids: Tensor) -> Tensor:
        """Return the unit vectors of texts."""
        value = self.token(ids) + self.text_places.weight[: ids.shape[1]]
        value = self.through(self.text_blocks, value)
        return functional.normalize(self.text_projection(self.text_end(value[:, 0])), dim=-1)


def new_model() -> Towers:
    torch.manual_seed(0)
    return Towers()


def timed(run: Callable[[], object], seconds: float) -> list[float]:
    """Return the seconds of each call, for about so long, after three calls that do not count."""
    for _ in range(3):
        run()
    torch.cuda.synchronize()
    took: list[float] = []
    until = time.perf_counter() + seconds
    while time.perf_counter() < until or len(took) < 3:
        started = time.perf_counter()
        run()
        torch.cuda.synchronize()
        took.append(time.perf_counter() - started)
    return took


def peak(dtype: torch.dtype) -> float:
    side = 8192
    left, right = (torch.randn(side, side, device="cuda", dtype=dtype) for _ in range(2))
    took = [timed(lambda: left @ right, 0.1) for _ in range(4)]
    return 2 * side**3 / min(min(times) for times in took)


def encoding(seconds: float, peaks: dict[str, float]) -> dict[str, object]:
    result: dict[str, object] = {}
    for name, dtype in (("fp32", torch.float32), ("bf16", torch.bfloat16), ("fp16", torch.float16)):
        model = new_model().eval().to("cuda", dtype)
        measured: dict[str, float] = {}
        with torch.inference_mode():
            for batch in (64, 256, 1024):
                pixels = torch.randn(batch, 3, SIZE_PX, SIZE_PX, device="cuda", dtype=dtype)
                took = timed(partial(model.image, pixels), seconds / 3)
                measured[f"pictures_per_s at {batch}"] = batch / statistics.median(took)
            best = max(rate for rate in measured.values())
            ids = torch.randint(0, VOCABULARY, (1024, CONTEXT), device="cuda")
            measured["texts_per_s at 1024"] = 1024 / statistics.median(timed(partial(model.text, ids), seconds / 3))
            for what, run in (
                ("picture", partial(model.image, pixels[:1])),
                ("text", partial(model.text, ids[:1])),
            ):
                times = sorted(timed(run, seconds / 4))
                measured[f"one {what} p50_ms"] = times[len(times) // 2] * 1000
                measured[f"one {what} p99_ms"] = times[int(len(times) * 0.99)] * 1000
        measured["share_of_peak"] = best * picture_operations() / peaks[name]
        result[name] = {key: round(value, 3) for key, value in measured.items()}
        print(f"encoding {name}: {result[name]}", flush=True)
        torch.cuda.empty_cache()
    return result


class Step:
    """One training step over `STEP_PAIRS` pairs, in parts of `part`; in one piece where a part is the whole."""

    def __init__(self, model: Towers, part: int) -> None:
        self.model, self.part = model, part
        self.scale = torch.nn.Parameter(torch.tensor(2.6592, device="cuda"))
        parameters = [*model.parameters(), self.scale]
        self.optimiser = torch.optim.AdamW(parameters, lr=5e-5, weight_decay=0.001, fused=True)
        self.pixels = torch.randn(STEP_PAIRS, 3, SIZE_PX, SIZE_PX, device="cuda", dtype=torch.bfloat16)
        self.ids = torch.randint(0, VOCABULARY, (STEP_PAIRS, CONTEXT), device="cuda")

    def vectors(self, start: int) -> tuple[Tensor, Tensor]:
        """Return the vectors of the part that begins at `start`."""
        with torch.autocast("cuda", dtype=torch.bfloat16):
            part = slice(start, start + self.part)
            return self.model.image(self.pixels[part]), self.model.text(self.ids[part])

    def loss(self, images: Tensor, texts: Tensor) -> Tensor:
        """Return the contrastive loss of all pairs."""
        logits = self.scale.exp() * images.float() @ texts.float().T
        own = torch.arange(len(logits), device="cuda")
        return (functional.cross_entropy(logits, own) + functional.cross_entropy(logits.T, own)) / 2

    def run(self) -> None:
        """Take one step."""
        starts = range(0, STEP_PAIRS, self.part)
        if self.part == STEP_PAIRS:
            self.loss(*self.vectors(0)).backward()
        else:
            states = []
            with torch.no_grad():
                parts = []
                for start in starts:
                    states.append(torch.cuda.get_rng_state())
                    parts.append(self.vectors(start))
            images, texts = (torch.cat(rows).detach().requires_grad_() for rows in zip(*parts, strict=True))
            self.loss(images, texts).backward()
            for start, state in zip(starts, states, strict=True):
                torch.cuda.set_rng_state(state)
                own = self.vectors(start)
                part = slice(start, start + self.part)
                torch.autograd.backward(own, (images.grad[part].to(own[0].dtype), texts.grad[part].to(own[1].dtype)))
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)


def training(seconds: float, peak_bf16: float) -> dict[str, object]:
    result: dict[str, object] = {}
    for name, part, checkpointing, shown in (
        ("cached, parts of 128", 128, False, PATCHES),
        ("cached, parts of 256", 256, False, PATCHES),
        ("cached, parts of 64, checkpointing", 64, True, PATCHES),
        ("cached, parts of 256, half of the patches hidden", 256, False, PATCHES // 2),
        ("one piece", STEP_PAIRS, False, PATCHES),
        ("one piece, checkpointing", STEP_PAIRS, True, PATCHES),
    ):
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
        try:
            model = new_model().cuda()
            model.checkpointing, model.shown = checkpointing, shown
            took = statistics.median(timed(Step(model, part).run, seconds))
        except torch.cuda.OutOfMemoryError:
            result[name] = "out of memory"
        else:
            operations = 3 * (picture_operations(shown) + text_operations()) * STEP_PAIRS
            result[name] = {
                "pictures_per_s": round(STEP_PAIRS / took, 1),
                "step_s": round(took, 4),
                "memory_gib": round(torch.cuda.max_memory_allocated() / 2**30, 2),
                "share_of_peak": round(operations / took / peak_bf16, 3),
            }
        print(f"training {name}: {result[name]}", flush=True)
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=4.0, help="how long each figure is measured")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    if not torch.cuda.is_available():
        sys.exit("SKIPPED: no CUDA device")
    torch.backends.cuda.matmul.allow_tf32 = False
    names = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
    peaks = {name: peak(dtype) for name, dtype in names.items()}
    result: dict[str, object] = {
        "device": torch.cuda.get_device_name(),
        "torch": torch.__version__,
        "peak_tflops": {name: round(value / 1e12, 1) for name, value in peaks.items()},
    }
    print(json.dumps(result), flush=True)
    result["encoding"] = encoding(arguments.seconds, peaks)
    result["training"] = training(arguments.seconds, peaks["bf16"])
    print(json.dumps(result, indent=1))
    if arguments.json:
        arguments.json.write_text(json.dumps(result, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
