"""How likely a category is when rules and text model are heard together: one number for each category of each text.

A logistic model over a few things: how like the text is to offers of the category, to any violation, to the likeliest
other category (a text that is more like another one borrows its words), how long it is, whether it is oddly written,
what rules found and whether they had to see through an odd spelling; and over products of the first ones, since a long
text that is like a violation says another thing than a short one. `docs/fit_weighing.py` fits the numbers to
labelled sets that no rule was written for, each read by a text model that had not seen it, with what rules found before
they were mended by it. `docs/text-model.md` has the figures.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

OF_TEXTS: Mapping[str, float] = {
    "constant": -1.511,
    "own": 0.590,
    "any": 0.395,
    "other": -0.240,
    "length": 0.467,
    "hidden": 1.067,
    "hidden_own": 0.117,
    "own_own": -0.035,
    "own_any": 0.050,
    "other_other": -0.021,
    "any_any": -0.030,
    "any_other": -0.060,
    "length_any": 0.096,
    "length_length": 0.198,
}
"""What the text model says: by each step of the log odds that it gives the category (`own`), any violation at all and
the likeliest other category, by each e-fold of the characters of the text over `_USUAL_LENGTH` (of a long text each
single run weighs less), by whether it is oddly written (`hidden`, see `odd_writing.py`), and by products of two."""

OF_RULES: Mapping[str, float] = {"rule": 2.323, "evidence": 0.358, "odd": 0.755}
"""Where a rule found anything, for each e-fold by which its score leaves less doubt, and where it had to see through an
odd spelling: harmless texts have no reason to hide."""

_USUAL_LENGTH = 25
_LEAST_ODDS, _MOST_ODDS = -8.0, 4.0
"""Log odds beyond these are taken for these: more of them says no more."""

_BESIDE_OTHERS = ("off_platform_diversion",)
"""How a seller is reached stands in offers of every category: it takes nothing from theirs."""

_LEAST_DOUBT = 0.03
_SMALLEST = 1e-6


def chances_alone(
    chances: NDArray[np.float32],
    lengths: NDArray[np.int64],
    are_hidden: NDArray[np.bool_],
    categories: Sequence[str],
) -> NDArray[np.float32]:
    """Return (n, c) float32 in 0..1: how likely each category is where no rule found anything.

    `chances` (n, c + 1) are those of a text model for its `categories`, any violation last; `lengths` (n,) the
    characters of the texts; `are_hidden` (n,) tells which are oddly written.
    """
    things = things_of_text(chances, lengths, are_hidden, categories)
    together = sum((OF_TEXTS[name] * thing for name, thing in things.items()), start=np.float32(0))
    # Nothing is known of a text that has no chance of anything.
    return np.where(chances[:, -1:] > 0, 1 / (1 + np.exp(-together)), 0).astype(np.float32)


def chance_with_rules(alone: float, rule_score: float, *, odd: bool) -> float:
    """Return how likely a category is of which rules are sure by `rule_score`, 0..1; `alone` is without them.

    `odd`: some of what they found is spelt oddly.
    """
    bounded = min(max(alone, _SMALLEST), 1 - _SMALLEST)
    odds = math.log(bounded / (1 - bounded))
    odds += sum(OF_RULES[name] * thing for name, thing in things_of_rules(rule_score, odd=odd).items())
    return 1 / (1 + math.exp(-odds))


def things_of_text(
    chances: NDArray[np.float32],
    lengths: NDArray[np.int64],
    are_hidden: NDArray[np.bool_],
    categories: Sequence[str],
) -> dict[str, NDArray[np.float32]]:
    """Return what is weighed of texts by the names of `OF_TEXTS`, each (n, c) or (n, 1).

    The arguments are those of `chances_alone`.
    """
    bounded = np.clip(chances, _SMALLEST, 1 - _SMALLEST)
    odds = np.clip(np.log(bounded / (1 - bounded)), _LEAST_ODDS, _MOST_ODDS)
    own, of_any, other = odds[:, :-1], odds[:, -1:], _likeliest_other(odds[:, :-1], categories)
    length = np.log(np.maximum(lengths, 1) / _USUAL_LENGTH)[:, None].astype(np.float32)
    hidden = are_hidden[:, None].astype(np.float32)
    return {
        "constant": np.ones_like(of_any),
        "own": own,
        "any": of_any,
        "other": other,
        "length": length,
        "hidden": hidden,
        "hidden_own": hidden * own,
        "own_own": own * own,
        "own_any": own * of_any,
        "other_other": other * other,
        "any_any": of_any * of_any,
        "any_other": of_any * other,
        "length_any": length * of_any,
        "length_length": length * length,
    }


def things_of_rules(rule_score: float, *, odd: bool) -> dict[str, float]:
    """Return what is weighed of rules that found something, by the names of `OF_RULES`."""
    return {"rule": 1.0, "evidence": -math.log(max(1 - rule_score, _LEAST_DOUBT)), "odd": float(odd)}


def _likeliest_other(own: NDArray[np.float32], categories: Sequence[str]) -> NDArray[np.float32]:
    """Return of each category the largest of all others, (n, c)."""
    if own.shape[1] < 2:
        return own
    asked = own.copy()
    asked[:, [name in _BESIDE_OTHERS for name in categories]] = _LEAST_ODDS
    second, first = np.sort(asked, axis=1)[:, -2:].T
    return np.asarray(np.where(asked == first[:, None], second[:, None], first[:, None]), np.float32)
