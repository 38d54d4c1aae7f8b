"""Tells whether a phrase, or a word with `~`, stands in a folded text: the same rules as in a search of the index."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from jianwei.indexes.text.rows import LINE_END
from jianwei.indexes.text.sounds import WORD_MARK
from jianwei.text.fold import fold_text
from jianwei.text.query_syntax import MIN_FUZZY_CHARACTERS, Term

if TYPE_CHECKING:
    from collections.abc import Callable

    from jianwei.text.query_syntax import Phrase


def stands(node: Term | Phrase) -> Callable[[str], bool]:
    """Return what tells of a section (`rows.section_of`) whether a part of a query stands in it."""
    folded = fold_text(node.text)
    if not folded:
        return _never
    if isinstance(node, Term) and node.fuzzy and len(folded) >= MIN_FUZZY_CHARACTERS:
        return partial(_matches, re.compile("|".join(_sources_of_nearly(folded))))
    if len(folded) == 1 and folded.isascii():
        return partial(_holds_sign, word_sign(folded))
    return partial(_holds, folded)


def word_sign(word: str) -> str:
    """Return what stands in a section where a word of Latin or digits is one of its words."""
    return f"{WORD_MARK}{word}{WORD_MARK}"


def _never(_: str) -> bool:
    return False


def _holds(folded: str, section: str) -> bool:
    return folded in section.partition(WORD_MARK)[0]


def _holds_sign(sign: str, section: str) -> bool:
    return sign in section


def _matches(pattern: re.Pattern[str], section: str) -> bool:
    return pattern.search(section) is not None


def _sources_of_nearly(folded: str) -> list[str]:
    """Return patterns of a text as it stands, and with one other character; at an end also with none."""
    other, signs = f"[^{LINE_END}{WORD_MARK}]", list(map(re.escape, folded))
    sources = ["".join(signs), "".join(signs[1:]), "".join(signs[:-1])]
    sources += ["".join([*signs[:place], other, *signs[place + 1 :]]) for place in range(1, len(signs) - 1)]
    sources = [f"{source}(?=[^{WORD_MARK}{LINE_END}]*{LINE_END})" for source in sources]  # in a line, not in a word
    if folded.isascii() and folded.isalnum():
        sources += [f"(?<={WORD_MARK}){source}(?={WORD_MARK})" for source in _sources_one_off(signs, other)]
    return sources


def _sources_one_off(signs: list[str], other: str) -> list[str]:
    """Return patterns of a word with a sign replaced, missing, added, or swapped with its neighbour."""
    words = []
    for place in range(len(signs)):
        before, after = "".join(signs[:place]), "".join(signs[place + 1 :])
        words += [before + other + after, before + after, before + other + signs[place] + after]
        if after:
            words.append(before + signs[place + 1] + signs[place] + "".join(signs[place + 2 :]))
    return [*words, "".join(signs) + other]
