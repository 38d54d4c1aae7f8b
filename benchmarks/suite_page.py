"""Writes docs/benchmarks.md and its curves from the results that `suite.py` kept."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

from charts import panels

_TITLES = {
    "ingest": "Taking pictures in",
    "encode": "Encoders",
    "index": "Indexes",
    "search": "Searching",
    "risk": "Screening",
    "serve": "Serving",
    "growth": "Growth from a thousand to a million",
}
_MEASURES = {
    "build_s": "build, seconds",
    "p50_ms": "query p50, ms",
    "resident_mb": "memory of the process, MB",
    "disk_mb": "on disk, MB",
}
_HEAD = """# Benchmarks

What was measured, with the peers of each part in the same run on the same data. This page is written by `make bench`
from `benchmarks/results/`; do not edit it. Run one part with `.venv/bin/python benchmarks/suite.py --only ingest`. A
ratio is the peer's time divided by ours unless it says otherwise, as median and range over the rounds. Times of two
machines cannot be compared with each other. The load at the start is the mean of a minute: the program before counts in
it; above 2 on two cores something else was running too.
What is measured, and how, stands at the head of each program.

"""
_WITHOUT = """## What is not compared

- `clip-retrieval` 2.45 wants NumPy below 2 and PyArrow below 16 and so an environment of its own, with torch,
  transformers, sentence-transformers, wandb, autofaiss and img2dataset in it: from PyPI some gigabytes. It was tried
  on Python 3.11 with NumPy 1.26, PyArrow 15 and a processor-only torch 2.13, to keep that small: its search half,
  `autofaiss` 2.18, loads, but `import clip_retrieval` imports all of its halves at once, and with them wandb and
  torchvision, whose build on PyPI does not fit a processor-only torch (`operator torchvision::nms does not exist`). It
  was not run. By its source it takes local weights (`open_clip:MODEL//file.pt`), so no hub stands in the way.
- `rclip` 3.3 wants NumPy 2.1 for itself and so an environment of its own. It takes its model from a folder where one
  is: `rclip_peer.py` runs it with random weights that we import too. On a busy machine, 30 pictures: the same best
  five; taking them in cost rclip 0.53 of our processor time (we make hashes, patches and thumbnails beside the vectors,
  in two commands), one search from the shell 0.74 of it. It loads what one search needs; a server keeps ours open.
- `vector_search.py` builds LanceDB and Milvus Lite at the size that the command names only; the growth curves have
  every engine up to the size at which it would build for longer than a quarter of an hour.
"""


def write_page(results: Path, docs: Path) -> None:
    """Write `benchmarks.md` and `images/growth-*.svg` into the folder of the documentation."""
    kept = [
        json.loads(file.read_text("utf-8")) for file in sorted(results.glob("*.json")) if ".figures" not in file.name
    ]
    parts = [_HEAD, _machines(kept)]
    for group, title in _TITLES.items():
        own = [result for result in kept if result["group"] == group]
        if not own:
            continue
        parts.append(f"## {title}\n\n")
        if group == "growth":
            parts.append(_curves(results / "growth.figures.json", docs))
        parts += [_section(result) for result in own]
    parts.append(_WITHOUT)
    (docs / "benchmarks.md").write_text("".join(parts), "utf-8")


def _machines(kept: list[dict[str, Any]]) -> str:
    """Return a table of the machines and versions, each once."""
    every: dict[str, list[str]] = {}
    for result in kept:
        machine = result["machine"]
        versions = ", ".join(f"{name} {number}" for name, number in result["versions"].items())
        told = (
            f"{machine['processor']}, {machine['cores']} cores ({machine['instructions']}), {machine['memory_gb']} GB, "
            f"{machine['system']}; {versions}"
        )
        every.setdefault(told, []).append(result["script"])
    rows = [f"- {told}: {', '.join(scripts)}\n" for told, scripts in every.items()]
    return "".join(("## Machine and versions\n\n", *rows, "\n"))


def _section(result: dict[str, Any]) -> str:
    arguments = "".join(f" {argument}" for argument in result["arguments"])
    ended = "" if result["exit_code"] == 0 else f" **It did not come to an end (exit code {result['exit_code']}).**"
    return (
        f"### `{result['script']}`\n\n{_first_line(result['script'])}\n\n"
        f"`python benchmarks/{result['script']}.py{arguments}`, {result['moment'][:10]}, {result['seconds']} s, "
        f"load {result['load_at_start']} at the start.{ended}\n\n{_output(result['output'])}\n\n"
    )


def _first_line(script: str) -> str:
    tree = ast.parse((Path(__file__).parent / f"{script}.py").read_text("utf-8"))
    return (ast.get_docstring(tree) or "").splitlines()[0]


def _output(text: str) -> str:
    """Return what a program printed: figures in JSON as a table, all else as it is."""
    try:
        figures = json.loads(text)
    except ValueError:
        return f"```text\n{text}\n```"
    rows = [f"| {name} | {value} |" for name, value in _flat(figures)]
    return "\n".join(("| figure | value |", "| --- | --- |", *rows))


def _flat(value: object, name: str = "") -> list[tuple[str, object]]:
    if isinstance(value, dict):
        return [row for key, inner in value.items() for row in _flat(inner, f"{name} / {key}" if name else str(key))]
    if isinstance(value, list):
        return [(name, "–".join(map(str, value)))]
    return [(name, f"{value:,}" if isinstance(value, int) else value)]


def _curves(figures: Path, docs: Path) -> str:
    if not figures.exists():
        return ""
    rows = json.loads(figures.read_text("utf-8"))
    told = []
    for subject in dict.fromkeys(row["subject"] for row in rows):
        charts = []
        for measure, title in _MEASURES.items():
            lines: dict[str, list[tuple[float, float]]] = {}
            for row in rows:
                if row["subject"] == subject:
                    lines.setdefault(row["engine"], []).append((row["size"], row[measure]))
            charts.append((title, lines))
        (docs / "images" / f"growth-{subject}.svg").write_text(panels(charts), "utf-8")
        told.append(f"![growth of {subject}](images/growth-{subject}.svg)\n\n")
    return "".join(told)
