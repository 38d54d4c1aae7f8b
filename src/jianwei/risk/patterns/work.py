"""How much work a pattern may make at one place of a text, read from its syntax: whether it needs a clock.

A look at the clock costs more than most searches. What repeats a few times, or without an end in a short text, or stops
where something else must begin, cannot run for long. Left out: whether a pattern is wrong (`ambiguity.py`).
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from jianwei.risk.patterns.characters import Alphabet
from jianwei.risk.patterns.words import FAR, syntax_tree

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST_STEPS = 1000
"""Ways to match at one place that may be tried one after the other: a tenth of a millisecond at worst."""

_LENGTHS = (FAR, 1024, 512, 256, 128, 64)
"""Of texts, for which it is told whether a pattern is bounded; the first stands for any."""

_ENDLESS = float("inf")

_LONGEST_REPEAT = 100
"""Times that something may repeat and still not be without a bound."""

_CHARACTER = ("LITERAL", "NOT_LITERAL", "ANY", "IN")
_ONCE = ("ASSERT", "ASSERT_NOT", "ATOMIC_GROUP")
"""Whatever follows, what these hold is tried once."""


class _Work(NamedTuple):
    """In how many ways a part may match at one place, and how many trials besides lead to none of them."""

    ways: float
    trials: float


def is_bounded(pattern: str) -> bool:
    """Tell whether a pattern takes time in proportion to the text, however long: it repeats nothing for long."""
    return bounded_length(pattern) == FAR


@lru_cache(maxsize=8192)
def bounded_length(pattern: str) -> int:
    """Return how long a text may be for a pattern to take time in proportion to it, whatever stands there.

    `FAR` where the pattern repeats nothing for long, 0 where nothing is known.
    """
    tree = syntax_tree(pattern)
    if tree is None:
        return 0
    alphabet = Alphabet(tree)
    return next((length for length in _LENGTHS if sum(_work(tree, length, alphabet)) <= _MOST_STEPS), 0)


def _work(tree: Any, length: int, alphabet: Alphabet) -> _Work:  # noqa: ANN401  # the parser's trees have no type
    ways, trials = 1.0, 0.0
    items = list(tree)
    for place, (operation, argument) in enumerate(items):
        name = str(operation)
        if name.startswith("GROUPREF"):
            return _Work(_ENDLESS, 0)
        if name.endswith("REPEAT"):
            found = _of_repeat(argument, items[place + 1 : place + 2], length, alphabet)
        elif name == "BRANCH":
            found = _of_branches([_work(branch, length, alphabet) for branch in argument[1]])
        elif name in _ONCE:
            inner = _work(argument if name == "ATOMIC_GROUP" else argument[-1], length, alphabet)
            found = _Work(1, sum(inner))
        else:
            found = _work(argument[-1], length, alphabet) if name == "SUBPATTERN" else _Work(1, 0)
        if found.ways == _ENDLESS:
            return found
        trials += ways * found.trials
        ways *= found.ways
    return _Work(ways, trials)


def _of_repeat(argument: Any, following: Sequence[Any], length: int, alphabet: Alphabet) -> _Work:  # noqa: ANN401
    least, most, body = argument
    of_character = len(body) == 1 and str(body[0][0]) in _CHARACTER
    if most > _LONGEST_REPEAT:
        # What several characters or one of several words repeat may share out a text in more ways.
        most = max(length, least) if of_character else _ENDLESS
    if of_character and following and _are_apart(body[0], following[0], alphabet):
        return _Work(1, most)  # it stops where what follows begins, and nowhere else
    inner = _work(body, length, alphabet)
    if inner.ways > 1 and most > 1:
        return _Work(_ENDLESS, 0)
    return _Work((most - least + 1) * inner.ways, most * inner.trials if inner.trials else 0)


def _of_branches(branches: Sequence[_Work]) -> _Work:
    has_repeat = any(branch.ways > 1 for branch in branches)
    return _Work(
        sum([branch.ways for branch in branches]) if has_repeat else 1, sum([branch.trials for branch in branches])
    )


def _are_apart(one: Any, other: Any, alphabet: Alphabet) -> bool:  # noqa: ANN401
    """Tell whether a part for one character takes none with which what follows it may begin."""
    operation, argument = other
    if str(operation).endswith("REPEAT"):
        least, _, body = argument
        if least == 0 or len(body) != 1:
            return False
        operation, argument = body[0]
    if str(operation) not in _CHARACTER:
        return False
    taken = alphabet.taken(str(one[0]), one[1])
    return taken.isdisjoint(alphabet.taken(str(operation), argument))
