"""How likely a category is when rules and text model are heard together: one number for each category of each text.

A logistic model over a few things: how like the text is to offers of the category, to any violation, to the likeliest
other category (a text that is more like another one borrows its words), how long it is, whether it is oddly written,
what rules found and whether they had to see through an odd spelling. `docs/fit_weighing.py` fits the numbers to
labelled sets that no rule was written for, each read by a text model that had not seen it, with what rules found before
they were mended by it. `docs/rulebook.md` has the figures.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_OWN = 0.699
"""For each step of the log odds that the text model gives the category …"""

_ANY = 0.304
"""… any violation at all …"""

_OTHER = -0.337
"""… and the likeliest other category."""

_LENGTH = 0.352
"""For each e-fold of the characters of the text over `_USUAL_LENGTH`: of a long text each single run weighs less."""

_USUAL_LENGTH = 25
_CONSTANT = -2.582

_RULE = 2.191
"""Where a rule found anything …"""

_EVIDENCE = 0.766
"""… for each e-fold by which its score leaves less doubt …"""

_ODD = 0.226
"""… and where it had to see through an odd spelling: harmless texts have no reason to hide."""

_HIDDEN = 1.527
"""Where the text is written as those write who hide an offer (`odd_writing.py`) …"""

_HIDDEN_OWN = 0.245
"""… and more for each step of the log odds of the category itself."""

_LEAST_DOUBT = 0.03
_SMALLEST = 1e-6


def chances_alone(
    chances: NDArray[np.float32], lengths: NDArray[np.int64], are_hidden: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """Return (n, c) float32 in 0..1: how likely each category is where no rule found anything.

    `chances` (n, c + 1) are those of a text model, any violation last; `lengths` (n,) the characters of the texts;
    `are_hidden` (n,) tells which are oddly written.
    """
    own, of_any, other, usual, hidden, hidden_own = things_of_text(chances, lengths, are_hidden)
    together = _CONSTANT + _OWN * own + _ANY * of_any + _OTHER * other + _LENGTH * usual
    together = together + _HIDDEN * hidden + _HIDDEN_OWN * hidden_own
    # Nothing is known of a text that has no chance of anything.
    return np.where(chances[:, -1:] > 0, 1 / (1 + np.exp(-together)), 0).astype(np.float32)


def chance_with_rules(alone: float, rule_score: float, *, odd: bool) -> float:
    """Return how likely a category is of which rules are sure by `rule_score`, 0..1; `alone` is without them.

    `odd`: some of what they found is spelt oddly.
    """
    bounded = min(max(alone, _SMALLEST), 1 - _SMALLEST)
    found, evidence, hidden = things_of_rules(rule_score, odd=odd)
    odds = math.log(bounded / (1 - bounded)) + _RULE * found + _EVIDENCE * evidence + _ODD * hidden
    return 1 / (1 + math.exp(-odds))


def things_of_text(
    chances: NDArray[np.float32], lengths: NDArray[np.int64], are_hidden: NDArray[np.bool_]
) -> tuple[NDArray[np.float32], ...]:
    """Return what is weighed of texts, for arguments as those of `chances_alone`.

    Log odds of each category (n, c), of any violation (n, 1) and of the likeliest other category (n, c), how many
    e-folds the text is longer than usual (n, 1), whether it is oddly written (n, 1) and, where it is, the log odds of
    each category once more (n, c).
    """
    bounded = np.clip(chances, _SMALLEST, 1 - _SMALLEST)
    odds = np.log(bounded / (1 - bounded))
    own = odds[:, :-1]
    usual = np.log(np.maximum(lengths, 1) / _USUAL_LENGTH)[:, None]
    hidden = are_hidden[:, None].astype(np.float32)
    return own, odds[:, -1:], _likeliest_other(own), usual, hidden, hidden * own


def things_of_rules(rule_score: float, *, odd: bool) -> tuple[float, float, float]:
    """Return what is weighed of rules that found something: that they did, how little doubt is left, odd spelling."""
    return 1.0, -math.log(max(1 - rule_score, _LEAST_DOUBT)), float(odd)


def _likeliest_other(own: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return of each category the largest of all others, (n, c)."""
    if own.shape[1] < 2:
        return own
    second, first = np.sort(own, axis=1)[:, -2:].T
    return np.asarray(np.where(own == first[:, None], second[:, None], first[:, None]), np.float32)
