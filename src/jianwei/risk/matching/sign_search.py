"""Which patterns may match for the signs that stand in a text, asked of all patterns and many texts at once.

What is asked of one stretch of a text stands in `patterns/signs.py`; most patterns need no such question, as a sign
that they need stands nowhere in the whole text.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

from jianwei.risk.views.plain_view import LINE_BREAK
from jianwei.risk.views.text_codes import Lists, codes_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_CHARACTERS = 0x110000


class SignSearch:
    """Knows what some patterns need.

    Args:
        signs: sets of characters, none of them empty.
        ways: of each pattern the ways in which it may match, each the numbers of sets of which it needs one character
            each; none where nothing is known of the pattern.
    """

    def __init__(self, signs: Sequence[str], ways: Sequence[Sequence[Sequence[int]]]) -> None:
        # A pattern takes the end of a line for a space (`patterns/lines.py`), unless it is one that means it.
        signs = [characters.replace(LINE_BREAK, " ") for characters in signs]
        asked = sorted(set("".join(signs)))
        numbers = {character: number for number, character in enumerate(asked)}
        self._count = len(asked)
        # All others share the last number, which is of no set.
        self._numbers = np.full(_CHARACTERS, self._count, np.uint16)
        self._numbers[[ord(character) for character in asked]] = np.arange(self._count)
        self._numbers[ord(LINE_BREAK)] = self._numbers[ord(" ")]
        # The set behind the last one always stands.
        sets = [*([numbers[character] for character in characters] for characters in signs), [self._count]]
        self._sets = Lists.made_of(sets)
        known = [of_pattern or [[len(signs)]] for of_pattern in ways]
        self._ways = Lists.made_of(list(chain.from_iterable(known)))
        bounds = np.cumsum([0, *map(len, known)])
        self._patterns = Lists(bounds, np.arange(bounds[-1]))

    def possible(self, texts: Sequence[str], patterns: NDArray[np.int64]) -> NDArray[np.uint8]:
        """Return which of some patterns may match in tight texts: (patterns, texts / 8), eight texts in a byte."""
        rows = np.repeat(np.arange(len(texts)), np.fromiter(map(len, texts), np.int64, len(texts)))
        present = np.zeros((self._count + 1, len(texts)), bool)
        present[self._numbers.take(codes_of("".join(texts))), rows] = True
        present[-1] = True
        # From characters over sets of them and ways to patterns, of each only those that are asked for.
        _, ways = self._patterns.of(patterns)
        sets = np.unique(self._ways.of(ways)[1])
        of_sets = np.zeros((len(self._sets.firsts), -(-len(texts) // 8)), np.uint8)
        of_sets[sets] = self._sets.joined(np.bitwise_or, np.packbits(present, axis=1), sets)
        of_ways = np.zeros((len(self._ways.firsts), of_sets.shape[1]), np.uint8)
        of_ways[ways] = self._ways.joined(np.bitwise_and, of_sets, ways)
        return self._patterns.joined(np.bitwise_or, of_ways, patterns)
