"""Trying a pattern on texts that are made from the pattern itself to keep it busy: what it takes, again and again.

They begin with a text that holds all words of the pattern, so that nothing lets it give up early, and end with a sign
that it does not take. They are lines of a thousand characters, as the introduction of a listing may have.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from typing import TYPE_CHECKING, Any

from jianwei.risk.patterns.bounded import TIMEOUT_S, compiled
from jianwei.risk.patterns.characters import Alphabet, bodies
from jianwei.risk.patterns.words import syntax_tree
from jianwei.risk.patterns.work import is_bounded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_LONG_CHARACTERS = 1000
_MOST_S = 5.0
"""Of the processor for one pattern, whatever there is still to try."""

_MOST_PUMPS = 24
"""Different texts that are repeated; a pattern with more repeats is a list of words."""


def slow_text(pattern: str) -> str | None:
    """Return a text on which a pattern takes longer than `TIMEOUT_S`, None where none was found.

    What the syntax shows (`ambiguity.py`) is asked before, and not tried once more.

    Raises:
        regex.error: the pattern does not compile.
    """
    if is_bounded(pattern):
        return None
    find = compiled(pattern).finditer
    end_s = time.process_time() + _MOST_S
    for text in trial_texts(pattern):
        try:
            deque(find(text, timeout=TIMEOUT_S), maxlen=0)
        except TimeoutError:
            return text
        if time.process_time() > end_s:
            break
    return None


def trial_texts(pattern: str) -> list[str]:
    """Return the texts that a pattern is tried on, each of some thousand characters, those likely slow first."""
    tree = syntax_tree(pattern)
    if tree is None:  # syntax that only the regex module knows: its letters and signs are known all the same
        pumps, whole, rare = [("", sign) for sign in dict.fromkeys(pattern) if sign.isalnum()], pattern, "\ue000"
    else:
        samples = _Samples(tree)
        pumps, whole, rare = list(samples.pumps()), samples.of(tree), samples.rare
    texts: list[str] = []
    for before, pump in list(dict.fromkeys(pumps))[:_MOST_PUMPS]:
        long = pump * (_LONG_CHARACTERS // len(pump))
        texts += [f"{whole}{rare}{before}{long}{rare}", f"{long}{rare}{whole}"]
    return texts


class _Samples:
    """Texts that parts of one pattern take, of characters that as many of its parts take as possible."""

    def __init__(self, tree: Any) -> None:  # noqa: ANN401  # the parser's trees have no type
        self._tree = tree
        self._alphabet = Alphabet(tree)
        self._often = Counter([sign for part in _parts(tree) for sign in self._alphabet.taken(*part)])
        self.rare = min(self._alphabet.signs, key=lambda sign: (self._often[sign], sign))
        """The character that the fewest parts take."""

    def pumps(self) -> Iterator[tuple[str, str]]:
        """Yield texts to repeat, each with one that leads to where the pattern takes it; none is empty."""
        for before, part in self._repeats(self._tree, ""):
            for is_last in (False, True):
                yield from ((before, text) for text in [self.of(part[1][-1], is_last=is_last)] if text)
        signs = {self._likely(taken) for part in _parts(self._tree) if (taken := self._alphabet.taken(*part))}
        yield from (("", sign) for sign in sorted(signs))
        whole = self.of(self._tree)
        yield from (("", text) for text in (whole[:-1], whole[:1]) if text)

    def of(self, tree: Any, *, is_last: bool = False) -> str:  # noqa: ANN401
        """Return a text that a tree takes: of alternatives the first, or the last."""
        return "".join([self._part(str(operation), argument, is_last=is_last) for operation, argument in tree])

    def _part(self, name: str, argument: Any, *, is_last: bool) -> str:  # noqa: ANN401
        if name.startswith("ASSERT"):
            return ""
        if name.endswith("REPEAT"):
            least, _, body = argument
            return self.of(body, is_last=is_last) * min(max(int(least), 1), _LONG_CHARACTERS)
        inside = bodies(name, argument)
        if inside:
            return self.of(inside[-1 if is_last else 0], is_last=is_last)
        taken = self._alphabet.taken(name, argument)
        return self._likely(taken) if taken else ""

    def _likely(self, taken: Iterable[str]) -> str:
        likely: str = max(taken, key=lambda sign: (self._often[sign], sign))
        return likely

    def _repeats(self, tree: Any, before: str) -> Iterator[tuple[str, tuple[Any, Any]]]:  # noqa: ANN401
        """Yield the repeats of a tree, each with a text that leads to it."""
        for part in tree:
            name = str(part[0])
            for body in bodies(name, part[1]):
                yield from self._repeats(body, before)
            if name.endswith("REPEAT") and part[1][1] > 1:
                yield before, part
            before += self._part(name, part[1], is_last=False)


def _parts(tree: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401
    """Yield all parts of a tree, those inside others too."""
    for operation, argument in tree:
        yield str(operation), argument
        for body in bodies(str(operation), argument):
            yield from _parts(body)
