"""Fit the numbers of `src/jianwei/risk/learnt/weighing.py` to labelled texts, and print what each threshold comes to.

    python docs/make_text_model.py --measure scores.npz
    python docs/fit_weighing.py scores.npz

Text model and rules are heard of texts that neither had seen: each set is scored by a model that was learnt without it,
and where rules were mended by a set afterwards, `docs/first_findings.json` holds what they had found before. Each row
of the table leaves the sets out in turn once more, so that the numbers are not those of the texts they are judged by.
Sets kept aside are judged by the numbers that are printed. Those, and the threshold, are put into the code by hand.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from make_text_model import ASIDE, NEW, Labelled, labelled

from jianwei.risk.learnt.model_voice import DOUBTABLE_BELOW, is_odd, score_of
from jianwei.risk.learnt.weighing import OF_RULES, OF_TEXTS, things_of_rules, things_of_text
from jianwei.risk.rule_files.rulebook_files import load_rulebook
from jianwei.risk.screener import Screener
from jianwei.risk.views.odd_writing import is_oddly_written
from jianwei.risk.views.screened_text import ScreeningInput, text_segments

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from jianwei.ports.findings import Finding

    Found = Mapping[str, Sequence[float]]

_FIRST = Path(__file__).with_name("first_findings.json")
FITTED = tuple(name for name in NEW if name != "corners")
"""Of the harmless texts of `corners` rules were mended by, what they had found before is not known any more."""

_NAMES = (*OF_TEXTS, *OF_RULES)
_THRESHOLDS = (0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75)
_DAY = date(2026, 11, 1)
_NEAR = 0.002
"""Numbers of the code are written to three digits."""


@dataclass(frozen=True)
class Weighed:
    """What is weighed of each category of each text, (n, c, names), what rules alone are sure by, what is true."""

    things: NDArray[np.float64]
    rules: NDArray[np.float64]
    labels: NDArray[np.bool_]

    def fitted(self, texts: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Return the numbers that make the labels of some texts likeliest (Newton's method)."""
        things, labels = self.things[texts].reshape(-1, len(_NAMES)), self.labels[texts].ravel()
        numbers = np.zeros(len(_NAMES))
        for _ in range(40):
            chance = 1 / (1 + np.exp(-np.clip(things @ numbers, -30, 30)))
            bend = (things * (chance * (1 - chance))[:, None]).T @ things + 1e-3 * np.eye(len(_NAMES))
            numbers += np.linalg.solve(bend, things.T @ (labels - chance) - 1e-3 * numbers)
        return numbers

    def chances(self, texts: NDArray[np.bool_], numbers: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return (texts, c): how likely each category is."""
        return 1 / (1 + np.exp(-self.things[texts] @ numbers))


def rule_findings(given: Labelled) -> list[Found]:
    """Return of each text the categories that rules name: how sure they are, whether they saw through something."""
    sources = [ScreeningInput(text_segments(text), _DAY, text_only=True) for text in given.raw]
    first = json.loads(_FIRST.read_text("utf-8"))
    each: list[Found] = []
    for name, text, screening in zip(
        given.sets, given.ids, Screener(load_rulebook()).screen_many(sources), strict=True
    ):
        of_categories: dict[str, list[Finding]] = {}
        for item in screening.findings:
            of_categories.setdefault(item.category, []).append(item)
        now: Found = {code: (score_of(own), is_odd(own)) for code, own in of_categories.items()}
        each.append(first[name].get(text, {}) if name in first else now)
    return each


def weighed(given: Labelled, measured: Path) -> Weighed:
    """Return what is weighed of all texts."""
    with np.load(measured) as file:
        scores, curves = file["scores"], file["curves"]
    slopes, shifts = (np.append(np.full(len(given.categories), of[0]), of[1]) for of in curves.T)
    chances = (1 / (1 + np.exp(-(slopes * np.nan_to_num(scores) + shifts)))).astype(np.float32)
    are_hidden = np.array([is_oddly_written(text) for text in given.raw])
    lengths = np.array([len(text) for text in given.texts])
    things = things_of_text(chances, lengths, are_hidden, given.categories)
    rules = np.zeros(things["own"].shape)
    of_rules = np.zeros((*rules.shape, len(OF_RULES)))
    for row, found in enumerate(rule_findings(given)):
        for code, (score, odd) in found.items():
            if code in given.categories:
                column = given.categories.index(code)
                rules[row, column] = score
                of_rules[row, column] = list(things_of_rules(score, odd=bool(odd)).values())
    of_texts = [np.broadcast_to(things[name], rules.shape) for name in OF_TEXTS]
    return Weighed(np.concatenate([np.stack(of_texts, axis=-1), of_rules], axis=-1), rules, given.labels[:, :-1] > 0)


def figures(named: NDArray[np.bool_], labels: NDArray[np.bool_], kinds: NDArray[np.str_]) -> str:
    """Return F1, precision, recall, recall of evasive texts and the share of harmless texts named, as a row."""
    hits = (named & labels).sum()
    precision, recall = hits / max(named.sum(), 1), hits / max(labels.sum(), 1)
    evasive, harmless = kinds == "evasive", kinds == "benign"
    hidden = (named & labels)[evasive].sum() / max(labels[evasive].sum(), 1)
    wrong = named[harmless].any(axis=1)
    f1 = 2 * hits / max(named.sum() + labels.sum(), 1)
    return f"{f1:.3f}  {precision:.3f}  {recall:.3f}  {hidden:.3f}  {wrong.mean():.3f} ({wrong.sum()} of {len(wrong)})"


def main() -> None:
    """Fit and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("measured", type=Path, metavar="FILE", help="of docs/make_text_model.py --measure")
    given = labelled()
    all_ = weighed(given, parser.parse_args().measured)
    fitted = np.isin(given.sets, FITTED)
    numbers = all_.fitted(fitted)
    for name, number in zip(_NAMES, numbers, strict=True):
        kept = {**OF_TEXTS, **OF_RULES}[name]
        print(f'"{name}": {number:.3f},' + ("" if abs(number - kept) < _NEAR else f"  # the code says {kept:.3f}"))
    chances = np.full(all_.rules.shape, np.nan)
    for name in FITTED:
        asked = given.sets == name
        chances[asked] = all_.chances(asked, all_.fitted(fitted & ~asked))
    chances[~fitted] = all_.chances(~fitted, numbers)
    print("F1     precis recall evasive benign")
    for title, texts in [("left out", fitted), *((name, given.sets == name) for name in ("lanes", *ASIDE))]:
        of_rules = all_.rules[texts]
        print(f"{title}\n{figures(of_rules >= 0.5, all_.labels[texts], given.kinds[texts])}  rules alone")
        for threshold in _THRESHOLDS:
            named = (chances[texts] >= threshold) | (of_rules >= DOUBTABLE_BELOW)
            print(f"{figures(named, all_.labels[texts], given.kinds[texts])}  from {threshold}")


if __name__ == "__main__":
    main()
