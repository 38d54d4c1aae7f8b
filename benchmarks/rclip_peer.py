"""The command `rclip` beside ours: the same model with random weights, the same pictures, from the shell.

    python -m venv /tmp/rclip && /tmp/rclip/bin/pip install rclip==3.3.0     # it wants NumPy 2.1 for itself
    python benchmarks/rclip_peer.py --write /tmp/rclip-weights               # needs torch, open_clip and onnx; minutes
    python benchmarks/rclip_peer.py --weights /tmp/rclip-weights --rclip /tmp/rclip/bin/rclip [--pictures 40]

rclip takes its model from a folder where one is
(`RCLIP_DATADIR`), so no hub is asked: a ViT-B/32 with pictures of 256 pixels as OpenCLIP defines it, with random
weights, exported to ONNX for rclip and imported from the same tensors for us. Speed does not depend on the weights, and
that both find the same pictures shows that it is the same model.

Compared are the processor times of what somebody types: taking the pictures in (ours: `ingest` without OCR, then
`embed`; we also keep hashes, patches and thumbnails) and one search by words, each a process of its own.
"""

from __future__ import annotations

import argparse
import gzip
import importlib.util
import json
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from chinese_clip_vit_b16 import define_missing_operators
from picture_folder import product_pictures, sha256_of

MODEL = "ViT-B-32-256"
RCLIP_FOLDER = "ViT-B-32-256-datacomp_s34b_b86k"
WEIGHTS = "vitb32_256.pt"
QUESTIONS = ("red dress", "shoes", "a bottle on a table")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", type=Path, metavar="DIR", help="write the weights there, and nothing else")
    parser.add_argument("--weights", type=Path, metavar="DIR", help="where they were written")
    parser.add_argument("--rclip", type=Path, help="the command in an environment of its own")
    parser.add_argument("--pictures", type=int, default=40)
    options = parser.parse_args()
    if options.write:
        write_weights(options.write)
        return
    if not options.weights or not options.rclip:
        parser.error("--weights and --rclip are needed, or --write")
    with tempfile.TemporaryDirectory() as place:
        pictures = Path(place) / "pictures"
        pictures.mkdir()
        files = product_pictures()
        for file in files[:: max(1, len(files) // options.pictures)][: options.pictures]:
            shutil.copy(file, pictures / f"{sha256_of(file)[:16]}{file.suffix}")
        compare(options.rclip, options.weights, pictures, Path(place))


def compare(rclip: Path, weights: Path, pictures: Path, place: Path) -> None:
    """Take the pictures in and ask, both; print processor seconds and what is found."""
    theirs = {**os.environ, "RCLIP_DATADIR": str(place / "rclip")}
    shutil.copytree(weights / "rclip", place / "rclip")
    ours = {**os.environ, "JIANWEI_OCR_ENGINE": "off", "JIANWEI_MODELS": str(place / "models")}
    run = [sys.executable, "-c", "from jianwei.cli.main import run; run()"]
    library = ["--library", str(place / "library")]
    spent([*run, "models", "import", str(weights / "source" / WEIGHTS), "--name", "b32", "--activation", "gelu"], ours)
    taken_in = spent([*run, "ingest", str(pictures), *library], ours)[0]
    taken_in += spent([*run, "embed", *library, "--model", "b32"], ours)[0]
    first_s = spent([str(rclip), "-t", "5", QUESTIONS[0]], theirs, pictures)[0]
    asked: dict[str, list[float]] = {"ours": [], "rclip": []}
    shared = []
    for question in QUESTIONS:
        command = [
            *run,
            "search",
            *library,
            "--space",
            "b32",
            "--min-relevance",
            "0",
            "--limit",
            "5",
            "--json",
            question,
        ]
        seconds, answer = spent(command, ours)
        asked["ours"].append(seconds)
        best = [re.sub(r".*/", "", hit["listing_id"]) for hit in json.loads(answer)["hits"]]
        seconds, answer = spent([str(rclip), "--no-indexing", "-t", "5", question], theirs, pictures)
        asked["rclip"].append(seconds)
        names = re.findall(r"/([^/\"]+)\"", answer)
        shared.append(len(set(best) & set(names)) / max(1, len(names)))
    ours_s, rclip_s = (statistics.median(asked[name]) for name in ("ours", "rclip"))
    count = len(list(pictures.iterdir()))
    their_taking_s = first_s - rclip_s
    print(f"{count} pictures taken in: ours {taken_in:.1f} s of processor, rclip {their_taking_s:.1f} s")
    print(f"one search by words from the shell: ours {ours_s:.2f} s, rclip {rclip_s:.2f} s")
    print(f"ratio: taking in {their_taking_s / taken_in:.2f}, searching {rclip_s / ours_s:.2f}")
    print(f"of rclip's best five {statistics.fmean(shared):.0%} are among ours")


def spent(command: list[str], environment: dict[str, str], folder: Path | None = None) -> tuple[float, str]:
    """Run a command; return its seconds of processor and what it wrote."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    finished = subprocess.run(command, check=False, capture_output=True, text=True, env=environment, cwd=folder)
    if finished.returncode:
        sys.exit(f"{' '.join(command)} ended with {finished.returncode}: {finished.stderr[-2000:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, finished.stdout


def write_weights(folder: Path) -> None:
    """Write the same random weights for both: ONNX files and a vocabulary for rclip, tensors and a tokenizer for us."""
    define_missing_operators()
    import open_clip
    import torch

    class Tower(torch.nn.Module):  # type: ignore[misc]  # untyped where torch is not installed
        def __init__(self, encode: Any) -> None:  # noqa: ANN401  # a method of the model
            super().__init__()
            self._encode = encode

        def forward(self, input: Any) -> Any:  # noqa: A002, ANN401  # rclip feeds an input of this name
            return self._encode(input)

    torch.manual_seed(0)
    torch.backends.mha.set_fastpath_enabled(False)  # the exporter does not know it
    model = open_clip.create_model(MODEL, pretrained=None).eval()
    source, theirs = folder / "source", folder / "rclip" / RCLIP_FOLDER
    for place in (source, theirs, folder / "rclip" / "tokenizer"):
        place.mkdir(parents=True, exist_ok=True)
    names: dict[str, Any] = {"input_names": ["input"], "output_names": ["output"], "dynamo": False, "opset_version": 17}
    axes = {"input": {0: "n"}, "output": {0: "n"}}
    towers = {
        "visual.onnx": (model.encode_image, torch.randn(2, 3, 256, 256)),
        "textual.onnx": (model.encode_text, torch.zeros(2, 77, dtype=torch.int64)),
    }
    for name, (encode, example) in towers.items():
        torch.onnx.export(Tower(encode), (example,), str(theirs / name), dynamic_axes=axes, **names)
    torch.save(model.state_dict(), source / WEIGHTS)
    package = importlib.util.find_spec("open_clip")
    assert package is not None
    assert package.origin is not None
    vocabulary = Path(package.origin).with_name("bpe_simple_vocab_16e6.txt.gz")
    shutil.copy(vocabulary, folder / "rclip" / "tokenizer")
    write_tokenizer(vocabulary, source)


def write_tokenizer(vocabulary: Path, folder: Path) -> None:
    """Write CLIP's vocabulary as Hugging Face has it: the bytes, the bytes that end words, the merges, two marks."""
    merges = gzip.decompress(vocabulary.read_bytes()).decode().split("\n")[1 : 49152 - 256 - 2 + 1]
    shown = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters = [chr(byte) for byte in shown] + [chr(256 + number) for number in range(256 - len(shown))]
    tokens = [*letters, *(f"{letter}</w>" for letter in letters), *(merge.replace(" ", "") for merge in merges)]
    tokens += ["<|startoftext|>", "<|endoftext|>"]
    (folder / "vocab.json").write_text(json.dumps({token: number for number, token in enumerate(tokens)}), "utf-8")
    (folder / "merges.txt").write_text("#version: 0.2\n" + "\n".join(merges) + "\n", "utf-8")


if __name__ == "__main__":
    main()
