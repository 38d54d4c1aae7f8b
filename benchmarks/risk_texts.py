"""How well the rules (and the text model) find labelled violations in texts: precision, recall and F1 by category.

    python benchmarks/risk_texts.py tests/risk_texts/dev.jsonl
    python benchmarks/risk_texts.py FILE --half odd --misses --false-alarms
    python benchmarks/risk_texts.py FILE --text-model       # rules and text model together

Each line of FILE is an object with `id`, `text`, `codes` and `kind` (plain, evasive, benign). A category counts as
found when it is suspected; what is only to be reviewed does not count. Each text is all that is seen of one listing.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from jianwei.risk.learnt.text_model import packaged_text_model
from jianwei.risk.rule_files.rulebook_files import load_rulebook
from jianwei.risk.screener import Screener
from jianwei.risk.views.screened_text import ScreeningInput, text_segments

_DAY = date(2026, 11, 1)
"""A fixed day of conduct, so that figures do not depend on the day of the run."""


@dataclass
class Counts:
    """Categories found and wanted, found but not wanted, wanted but not found."""

    hit: Counter[str] = field(default_factory=Counter)
    false: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)

    def add(self, wanted: set[str], found: set[str]) -> None:
        """Count one listing."""
        self.hit.update(wanted & found)
        self.false.update(found - wanted)
        self.missed.update(wanted - found)

    def scores(self, code: str = "") -> tuple[float, float, float]:
        """Return precision, recall and F1 of one category, of all together where none is named."""
        hit, false, missed = (
            counter[code] if code else counter.total() for counter in (self.hit, self.false, self.missed)
        )
        precision = hit / (hit + false) if hit + false else 1.0
        recall = hit / (hit + missed) if hit + missed else 1.0
        return precision, recall, 2 * hit / (2 * hit + false + missed) if hit + false + missed else 1.0


@dataclass
class Report:
    """All figures of one run and what went wrong in it."""

    counts: Counts = field(default_factory=Counts)
    by_kind: dict[str, Counts] = field(default_factory=dict)
    benign: int = 0
    benign_flagged: int = 0
    notes: list[tuple[str, str]] = field(default_factory=list)

    @property
    def false_positives(self) -> float:
        """The share of benign listings on which anything was suspected."""
        return self.benign_flagged / self.benign if self.benign else 0.0


def read_texts(file: Path, half: str = "all") -> list[dict[str, Any]]:
    """Return the labelled texts of a file; `odd` and `even` take every other line, counted from 1."""
    lines = [json.loads(line) for line in file.read_text("utf-8").splitlines() if line.strip()]
    return lines if half == "all" else lines[0 if half == "odd" else 1 :: 2]


def found_codes(screener: Screener, text: str) -> dict[str, str]:
    """Return the suspected categories of one text, each with the words and rules that speak for it."""
    screening = screener.screen(ScreeningInput(text_segments(text), _DAY, text_only=True))
    return {
        item.code: "; ".join(
            f"{finding.rule_id.split('/')[1]}[{finding.view}]: {'|'.join(finding.words)}"
            for finding in screening.findings
            if finding.category == item.code
        )
        for item in screening.categories
        if item.status == "suspected"
    }


def evaluate(screener: Screener, texts: list[dict[str, Any]]) -> Report:
    """Screen all texts and compare with their labels."""
    report = Report()
    for item in texts:
        wanted, found = set(item["codes"]), found_codes(screener, item["text"])
        report.counts.add(wanted, set(found))
        report.by_kind.setdefault(item["kind"], Counts()).add(wanted, set(found))
        if not wanted:
            report.benign += 1
            report.benign_flagged += bool(found)
        shown = f"{item['id']} {item['text']!r}"
        report.notes += [("miss", f"{code} ({item['kind']}) {shown}") for code in sorted(wanted - set(found))]
        report.notes += [
            ("false", f"{code} ({item['kind']}) {shown} <- {found[code]}") for code in found if code not in wanted
        ]
    return report


def print_report(report: Report, seconds: float, count: int) -> None:
    """Print the figures."""
    precision, recall, f1 = report.counts.scores()
    if seconds:
        print(f"{count} texts in {seconds:.2f} s of CPU ({count / seconds:,.0f} a second)")
    print(f"micro      precision {precision:.3f}  recall {recall:.3f}  F1 {f1:.3f}")
    for kind, counts in sorted(report.by_kind.items()):
        if kind != "benign":
            precision, recall, f1 = counts.scores()
            print(f"{kind:10} precision {precision:.3f}  recall {recall:.3f}  F1 {f1:.3f}")
    print(f"benign     {report.benign_flagged} of {report.benign} flagged ({report.false_positives:.1%})")
    print(f"{'category':34} {'P':>6} {'R':>6} {'F1':>6}  hit false missed")
    counts = report.counts
    for code in sorted({*counts.hit, *counts.false, *counts.missed}):
        precision, recall, f1 = counts.scores(code)
        print(
            f"{code:34} {precision:6.2f} {recall:6.2f} {f1:6.2f}  "
            f"{counts.hit[code]:3} {counts.false[code]:5} {counts.missed[code]:6}"
        )


def main() -> None:
    """Measure one file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--half", choices=("all", "odd", "even"), default="all")
    parser.add_argument("--misses", action="store_true", help="list what was not found")
    parser.add_argument("--false-alarms", action="store_true", help="list what was found wrongly")
    parser.add_argument("--text-model", action="store_true", help="with the text model beside the rules")
    arguments = parser.parse_args()
    texts = read_texts(arguments.file, arguments.half)
    screener = Screener(load_rulebook(), text_model=packaged_text_model() if arguments.text_model else None)
    found_codes(screener, "先读好词典")
    start = time.process_time()
    report = evaluate(screener, texts)
    print_report(report, time.process_time() - start, len(texts))
    for kind, wanted in (("miss", arguments.misses), ("false", arguments.false_alarms)):
        for note in report.notes if wanted else ():
            if note[0] == kind:
                print(f"{kind}: {note[1]}")
    for pattern, count in screener.slow.counts.items():
        print(f"slow: {count} × {pattern[:120]}")


if __name__ == "__main__":
    main()
