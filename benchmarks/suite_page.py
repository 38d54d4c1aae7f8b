"""Writes docs/benchmarks.md and its curves from the results that `suite.py` kept."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

from charts import panels
from suite_glance import glance_table

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
from `benchmarks/results/`; do not edit it.

- *Run one part:* `.venv/bin/python benchmarks/suite.py --only ingest`. What is measured, and how, stands at the head of
  each program. With arguments of your own: `.venv/bin/python benchmarks/suite.py --program NAME ARGUMENTS`.
- *Elsewhere:* tables of the READMEs and of other pages are written from the same results (`published.py`); a test holds
  them to it.
- *Ratio:* the peer's time divided by ours unless it says otherwise, as median and range over the rounds.
- *In turns:* where engines are compared each question goes to one after the other. A search that follows another
  engine's, or a pause, takes longer than one that follows its like: ours among a million vectors two to three times as
  long as where it alone is asked, question after question (`vector_search`).
- *Machine:* times of two machines cannot be compared with each other.
- *Load at the start:* the mean of a minute; the program before counts in it. Above 2 on two cores something else was
  running too.

Explained elsewhere: [searches](search.md#how-fast-it-is) · [reading pictures](ocr.md#how-good-and-how-fast) ·
[vectors](vector-index.md#measured) · [serving](serving.md) · [screening](text-model.md#what-it-costs) ·
[copies](copies.md)

"""
_NOT_COMPARED = {
    "`clip-retrieval` 2.45": "not run: it wants NumPy below 2 and PyArrow below 16, and importing it loads wandb and a "
    "torchvision that does not fit a processor-only torch (`operator torchvision::nms does not exist`). Its search "
    "half, `autofaiss` 2.18, loads. It takes local weights (`open_clip:MODEL//file.pt`)",
    "`rclip` 3.3": "wants an environment of its own (NumPy 2.1); `rclip_peer.py` runs it with random weights that we "
    "import too. 30 pictures, busy machine: the same best five; taking them in 0.53 of our processor time (we make "
    "hashes, patches and thumbnails too), a search from the shell 0.74",
    "LanceDB, Milvus Lite in `vector_search.py`": "only at the size that the command names; the growth curves have "
    "every engine up to the size at which it would build for longer than a quarter of an hour",
}
_LONG = 25
"""Lines of output from which on a section is folded, so that readers can look over the page."""


def write_page(results: Path, docs: Path) -> None:
    """Write `benchmarks.md` and `images/growth-*.svg` into the folder of the documentation."""
    kept = {
        file.stem: json.loads(file.read_text("utf-8"))
        for file in sorted(results.glob("*.json"))
        if ".figures" not in file.name
    }
    letters = _letters(kept)
    sections = {
        title: [name for name, result in kept.items() if result["group"] == group] for group, title in _TITLES.items()
    }
    parts = [_HEAD, "## At a glance\n\n", glance_table(kept, letters), "\n\n", _machines(kept, letters)]
    for title, names in sections.items():
        if not names:
            continue
        parts.append(f"## {title}\n\n")
        if title == _TITLES["growth"]:
            parts.append(_curves(results / "growth.figures.json", docs))
        parts += [_section(name, kept[name], letters[name]) for name in names]
    rows = "".join(f"| {peer} | {reason} |\n" for peer, reason in _NOT_COMPARED.items())
    parts.append(f"## What is not compared\n\n| peer | why not, or what is known |\n| --- | --- |\n{rows}")
    (docs / "benchmarks.md").write_text("".join(parts), "utf-8")


def _letters(kept: dict[str, dict[str, Any]]) -> dict[str, str]:
    """Return the letter of the machine of each result, A for the one with most of them."""
    told = {name: _machine(result) for name, result in kept.items()}
    machines = sorted(set(told.values()), key=lambda machine: (-list(told.values()).count(machine), machine))
    return {name: "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[machines.index(machine)] for name, machine in told.items()}


def _machine(result: dict[str, Any]) -> str:
    machine = result["machine"]
    return (
        f"{machine['processor']}, {machine['cores']} cores ({machine['instructions']}) | {machine['memory_gb']} GB | "
        f"{machine['system']}"
    )


def _machines(kept: dict[str, dict[str, Any]], letters: dict[str, str]) -> str:
    """Return a table of the machines, each once, and the versions, each set once."""
    machines = sorted({(letters[name], _machine(result)) for name, result in kept.items()})
    versions: dict[str, set[str]] = {}
    for name, result in kept.items():
        told = ", ".join(f"{package} {number}" for package, number in result["versions"].items())
        versions.setdefault(told, set()).add(letters[name])
    rows = [f"| {letter} | {machine} |\n" for letter, machine in machines]
    lines = [f"Versions on {', '.join(sorted(used))}: {told}.\n" for told, used in versions.items()]
    head = "| | processor | memory | system |\n| --- | --- | --- | --- |\n"
    return "".join(("## Machines and versions\n\n", head, *rows, "\n", *lines, "\n"))


def _section(name: str, result: dict[str, Any], letter: str) -> str:
    arguments = "".join(f" {argument}" for argument in result["arguments"])
    ended = "" if result["exit_code"] == 0 else f" **It did not come to an end (exit code {result['exit_code']}).**"
    return (
        f"### `{name}`\n\n{_first_line(result['script'])}\n\n"
        f"`python benchmarks/{result['script']}.py{arguments}`: machine {letter}, {result['moment'][:10]}, "
        f"{result['seconds']} s, load {result['load_at_start']} at the start.{ended}\n\n{_output(result['output'])}\n\n"
    )


def _first_line(script: str) -> str:
    tree = ast.parse((Path(__file__).parent / f"{script}.py").read_text("utf-8"))
    return (ast.get_docstring(tree) or "").splitlines()[0]


def _output(text: str) -> str:
    """Return what a program printed: figures in JSON as tables, all else as it is, folded where it is long."""
    try:
        figures = json.loads(text)
    except ValueError:
        shown = f"```text\n{text.strip(chr(10))}\n```"
        if text.count("\n") < _LONG:
            return shown
        return f"<details><summary>All that it printed</summary>\n\n{shown}\n\n</details>"
    return "\n\n".join(_table(rows) for rows in _tables(figures))


def _tables(figures: dict[str, Any], name: str = "") -> list[dict[str, dict[str, object]]]:
    """Return tables as rows of columns: records that have the same columns together, plain values in one of two."""
    plain = {key: {"value": value} for key, value in figures.items() if not isinstance(value, dict)}
    alike: dict[tuple[str, ...], dict[str, dict[str, object]]] = {}
    deeper: list[dict[str, dict[str, object]]] = []
    for key, value in figures.items():
        if not isinstance(value, dict):
            continue
        if any(isinstance(inner, dict) for inner in value.values()):
            deeper += _tables(value, f"{name}{key} ")
        else:
            alike.setdefault(tuple(value), {})[f"{name}{key}"] = value
    named = {f"{name}{key}": row for key, row in plain.items()}
    return [*([named] if named else []), *alike.values(), *deeper]


def _table(rows: dict[str, dict[str, object]]) -> str:
    columns = list(next(iter(rows.values())))
    told = [f"| {name} | {' | '.join(_number(value) for value in row.values())} |" for name, row in rows.items()]
    head = (f"| figure | {' | '.join(columns)} |", f"| --- |{' --- |' * len(columns)}")
    return "\n".join((*head, *told))


def _number(value: object) -> str:
    if isinstance(value, list):
        return "–".join(map(str, value))
    return f"{value:,}" if isinstance(value, int) else str(value)


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
