"""Repeats of a pattern that take one text in several ways: each further character multiplies them.

`(?:a+)+b` shares out aaaa among its two repeats in eight ways, and tries all of them where no b follows. That is asked
of the pattern's syntax alone, so that it does not depend on the text that somebody thinks of.

Source: Weideman et al., "Analyzing Matching Time Behavior of Backtracking Regular Expression Matchers by Using
Ambiguity of NFA", CIAA 2016: a repeat is exponential where a state leads back to itself in two ways over the same
characters. Ours counts the ways round a loop apart from each other, and leaves out what holds possessive parts or looks
back at groups.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from jianwei.risk.patterns.characters import Alphabet, bodies

if TYPE_CHECKING:
    from collections.abc import Iterator

_ENDLESS_FROM = 20
"""Times from which on a repeat counts as one without a bound: two to the power of twenty is a second."""

_MOST_COPIES = 4
"""Times up to which a repeat inside another one is written out, so that it is known where it ends."""

_MOST_STATES = 60
"""Characters that the body of a repeat may have to be looked at; longer ones are lists of words."""


@dataclass(frozen=True, slots=True)
class Ambiguity:
    """A repeat that shares out a text in a number of ways that grows without bound.

    `part` is the repeat as the parser of `re` gives it. `text` is a text of which each copy doubles the ways at least.
    """

    part: tuple[Any, Any]
    text: str


class _Step(NamedTuple):
    """One way from the state before to `target`, `way` telling apart two that lead to the same."""

    target: int
    way: int


def first_ambiguity(tree: Any) -> Ambiguity | None:  # noqa: ANN401  # the parser's trees have no type
    """Return the first ambiguous repeat of a pattern after which something may fail to match, None without one."""
    alphabet = Alphabet(tree)
    for part in _repeats(tree, may_fail=False):
        found = _Loop(alphabet).ambiguity(part)
        if found is not None:
            return found
    return None


def _repeats(tree: Any, *, may_fail: bool) -> Iterator[tuple[Any, Any]]:  # noqa: ANN401
    """Yield the repeats without a bound, inner ones first; `may_fail` tells whether what follows the tree may."""
    items = list(tree)
    for place, part in enumerate(items):
        operation, argument = part
        name = str(operation)
        fails = may_fail or any(_may_fail(*item) for item in items[place + 1 :])
        if name == "ATOMIC_GROUP" or name.startswith("POSSESSIVE"):
            continue  # never entered again once it has matched
        for body in bodies(name, argument):
            yield from _repeats(body, may_fail=fails and not name.startswith("ASSERT"))
        if name.endswith("REPEAT") and argument[1] > _ENDLESS_FROM and fails:
            yield part


def _may_fail(operation: Any, argument: Any) -> bool:  # noqa: ANN401
    name = str(operation)
    if name == "BRANCH":
        return all(any(_may_fail(*item) for item in body) for body in argument[1])
    if name.endswith("REPEAT"):
        return bool(argument[0]) and any(_may_fail(*item) for item in argument[-1])
    if name in ("SUBPATTERN", "ATOMIC_GROUP"):
        return any(_may_fail(*item) for item in bodies(name, argument)[0])
    return True


class _Ends(NamedTuple):
    """Of a part: whether it may be empty, and the states that it begins and ends with."""

    is_optional: bool
    first: tuple[int, ...]
    last: tuple[int, ...]


class _Loop:
    """The states of one repeat: one for each character that its body takes, with the steps between them."""

    def __init__(self, alphabet: Alphabet) -> None:
        self._alphabet = alphabet
        self._taken: list[frozenset[str]] = []
        self._steps: list[set[_Step]] = []
        self._ways = 0

    def ambiguity(self, part: tuple[Any, Any]) -> Ambiguity | None:
        """Return what is ambiguous in a repeat, None where nothing is or it is not looked at."""
        try:
            self._part(str(part[0]), part[1])
        except _NotLookedAtError:
            return None
        for state, steps in enumerate(self._steps):
            for one, other in combinations(sorted(steps), 2):
                text = self._back(state, one.target, other.target)
                if text is not None:
                    return Ambiguity(part, text)
        return None

    def _back(self, state: int, one: int, other: int) -> str | None:
        """Return a text that leads from two states, taken together, to one and the same; None where none does."""
        start = (one, other)
        texts = {start: _readable(common)} if (common := self._common(start)) else {}
        waiting = deque(texts)
        while waiting:
            pair = waiting.popleft()
            if pair == (state, state):
                return texts[pair]
            for left in self._steps[pair[0]]:
                for right in self._steps[pair[1]]:
                    after = (left.target, right.target)
                    if after not in texts and (common := self._common(after)):
                        texts[after] = texts[pair] + _readable(common)
                        waiting.append(after)
        return None

    def _common(self, pair: tuple[int, int]) -> frozenset[str]:
        return self._taken[pair[0]] & self._taken[pair[1]]

    def _sequence(self, tree: Any) -> _Ends:  # noqa: ANN401
        ends = _Ends(is_optional=True, first=(), last=())
        for operation, argument in tree:
            ends = self._joined(ends, self._part(str(operation), argument))
        return ends

    def _joined(self, left: _Ends, right: _Ends) -> _Ends:
        self._link(left.last, right.first)
        return _Ends(
            is_optional=left.is_optional and right.is_optional,
            first=left.first + (right.first if left.is_optional else ()),
            last=right.last + (left.last if right.is_optional else ()),
        )

    def _link(self, last: tuple[int, ...], first: tuple[int, ...]) -> None:
        self._ways += 1
        for state in last:
            self._steps[state].update(_Step(target, self._ways) for target in first)

    def _part(self, name: str, argument: Any) -> _Ends:  # noqa: ANN401
        if name.startswith(("POSSESSIVE", "ATOMIC", "GROUPREF")):
            raise _NotLookedAtError
        if name.endswith("REPEAT"):
            return self._repeat(*argument)
        if name == "BRANCH":
            branches = [self._sequence(body) for body in argument[1]]
            return _Ends(
                is_optional=any(ends.is_optional for ends in branches),
                first=tuple(state for ends in branches for state in ends.first),
                last=tuple(state for ends in branches for state in ends.last),
            )
        if name == "SUBPATTERN":
            return self._sequence(argument[-1])
        taken = self._alphabet.taken(name, argument)
        if not taken:
            return _Ends(is_optional=True, first=(), last=())
        if len(self._taken) == _MOST_STATES:
            raise _NotLookedAtError
        self._taken.append(taken)
        self._steps.append(set())
        return _Ends(is_optional=False, first=(len(self._taken) - 1,), last=(len(self._taken) - 1,))

    def _repeat(self, least: int, most: int, body: Any) -> _Ends:  # noqa: ANN401
        if most <= _MOST_COPIES or (least == most and most <= _ENDLESS_FROM):
            return self._copies(least, [self._sequence(body) for _ in range(most)])
        ends = self._sequence(body)
        self._link(ends.last, ends.first)
        return ends if least else ends._replace(is_optional=True)

    def _copies(self, least: int, copies: list[_Ends]) -> _Ends:
        """Join copies of one part of which the first `least` must be there, and each other one after the one before."""
        for before, after in pairwise(copies):
            self._link(before.last, after.first)
        return _Ends(
            is_optional=not least or all(copy.is_optional for copy in copies),
            first=copies[0].first if copies else (),
            last=tuple(state for copy in copies[max(least - 1, 0) :] for state in copy.last),
        )


def _readable(signs: frozenset[str]) -> str:
    return min(signs, key=lambda sign: (not sign.isprintable() or sign.isspace(), sign))


class _NotLookedAtError(Exception):
    """The body of a repeat has too many characters, or parts of which this way of looking knows nothing."""
