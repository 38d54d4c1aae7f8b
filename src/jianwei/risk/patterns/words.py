"""Words that must stand in a text for a pattern to match it, read from the pattern's syntax.

`anchors` are words of which one must stand there; the places where they stand say on which lines a pattern is run.
`chains` say more: which words must follow each other, how far apart. Both hold of every match, so that a pattern
whose words are not met need not be run. Letters are small.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from jianwei.risk.views.plain_view import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_MOST_ANCHORS = 400
_MOST_JOINED = 24
"""Words that neighbours are multiplied out to for a link; more are looked for one beside the other."""

_MOST_LISTED = 16
"""Characters of a class that are taken one by one; a larger class says little."""

FAR = 1 << 20
"""A distance without a bound."""

_LOOKING = ("ASSERT", "ASSERT_NOT")
"""What only looks ahead or back takes nothing."""

_parser: Any = getattr(re, "_parser", None)  # private since 3.11; without it patterns merely run on every text


class Link(NamedTuple):
    """Words of which one must stand at most `gap` characters behind the word of the link before it."""

    words: frozenset[str]
    gap: int


Chain = tuple[Link, ...]
"""Links in the order of the text; the gap of the first says nothing."""


@lru_cache(maxsize=4)  # what is asked of a pattern is asked at once, and the trees are large
def syntax_tree(pattern: str) -> Any:  # noqa: ANN401  # the parser's trees have no type
    """Return the tree of a pattern, None where its syntax is not known here."""
    if _parser is None:
        return None
    try:
        return _parser.parse(pattern, re.IGNORECASE)
    except (re.error, RecursionError):
        return None  # wrong, or syntax that only the regex module knows


@lru_cache(maxsize=4096)  # a desk whose rules were edited reads all of them again, most unchanged
def shortest_match(pattern: str) -> int | None:
    """Return how many characters a pattern takes at least, None where its syntax is not known."""
    tree = syntax_tree(pattern)
    return None if tree is None else int(tree.getwidth()[0])


@lru_cache(maxsize=4096)
def longest_match(pattern: str) -> int:
    """Return how many characters a pattern takes at most; `FAR` where it takes any number or nothing is known."""
    tree = syntax_tree(pattern)
    return FAR if tree is None else min(int(tree.getwidth()[1]), FAR)


def needed_words(pattern: str) -> frozenset[str]:
    """Return words, single letters and signs too, of which at least one stands in every text that the pattern matches.

    Empty where none is sure. Letters are small: the text must be.
    """
    tree = syntax_tree(pattern)
    return frozenset() if tree is None else _best(list(word_runs(tree)))


@lru_cache(maxsize=4096)
def anchors(pattern: str) -> frozenset[str]:
    """Return words of which at least one stands in every text that the pattern matches; empty where none is sure.

    Words of one character are used only where they are Chinese.
    """
    found = needed_words(pattern)
    return found if all(len(word) > 1 or word > "\u3000" for word in found) else frozenset()


@lru_cache(maxsize=4096)
def may_span_lines(pattern: str) -> bool:
    r"""Tell whether a pattern means to match a line end; one whose syntax is not known may.

    `\s` does not: it takes the space that stands for a line end where lines follow each other (`lines.py`).
    """
    tree = syntax_tree(pattern)
    return True if tree is None else _takes_line_end(tree)


def look_back(pattern: str) -> int:
    """Return how many characters before a match a pattern may look at, at most; `FAR` where nothing is known."""
    tree = syntax_tree(pattern)
    return FAR if tree is None else _look_back(tree)


@lru_cache(maxsize=4096)
def chains(pattern: str) -> tuple[Chain, ...]:
    """Return chains of which at least one stands in every text that the pattern matches; none where none is sure.

    The words hold no white space and are compared with plain text whose line ends were taken out.
    """
    tree = syntax_tree(pattern)
    found = [] if tree is None else [_chain(branch) for branch in alternatives(tree)]
    return tuple(found) if all(found) else ()


def _takes_line_end(tree: Any) -> bool:  # noqa: ANN401
    for operation, argument in tree:
        name = str(operation)
        if name in _LOOKING:
            continue
        if name == "IN":
            taken = _class_takes_line_end(argument)
        elif name in ("LITERAL", "NOT_LITERAL"):
            taken = (argument == ord("\n")) == (name == "LITERAL")
        elif name == "BRANCH":
            taken = any(map(_takes_line_end, argument[1]))
        elif name == "SUBPATTERN" or name.endswith("REPEAT"):
            taken = _takes_line_end(argument[-1])
        else:
            taken = name not in ("ANY", "AT", "GROUPREF")
        if taken:
            return True
    return False


def _look_back(tree: Any) -> int:  # noqa: ANN401
    most = 0
    for operation, argument in tree:
        name = str(operation)
        if name in _LOOKING:
            direction, body = argument
            seen = _look_back(body) + (min(int(body.getwidth()[1]), FAR) if direction < 0 else 0)
        elif name == "AT":
            seen = 1
        elif name == "BRANCH":
            seen = max(map(_look_back, argument[1]))
        elif name == "SUBPATTERN" or name.endswith("REPEAT"):
            seen = _look_back(argument[-1])
        elif name == "ATOMIC_GROUP":
            seen = _look_back(argument)
        else:
            seen = FAR if name == "GROUPREF_EXISTS" else 0
        most = max(most, seen)
    return most


def _class_takes_line_end(members: Any) -> bool:  # noqa: ANN401
    negated = str(members[0][0]) == "NEGATE"
    listed = False
    for operation, argument in members:
        name = str(operation)
        listed |= name == "LITERAL" and argument == ord("\n")
        listed |= name == "RANGE" and argument[0] <= ord("\n") <= argument[1]
        listed |= name == "CATEGORY" and str(argument) in ("CATEGORY_NOT_DIGIT", "CATEGORY_NOT_WORD")
        listed |= negated and name == "CATEGORY" and str(argument) == "CATEGORY_SPACE"
    return listed != negated


def word_runs(tree: Any) -> Iterator[frozenset[str]]:  # noqa: ANN401
    """Yield sets of words, each of which must be met by at least one word; one with an empty word says nothing."""
    run: frozenset[str] = frozenset([""])
    for operation, argument in tree:
        step = _step(str(operation), argument)
        if step is not None and len(run) * len(step) <= _MOST_ANCHORS:
            run = frozenset([left + right for left in run for right in step])
            continue
        yield run
        run = frozenset([""]) if step is None else step
        if step is None:
            yield from _inner(str(operation), argument)
    yield run


def _step(operation: str, argument: Any) -> frozenset[str] | None:  # noqa: ANN401
    """Return the exact words that one element stands for, None where they are not few and certain."""
    if operation == "LITERAL":
        return frozenset([chr(argument).lower()])
    if operation == "IN":
        return _characters(argument)
    if operation == "SUBPATTERN":
        return _exact(argument[-1])
    if operation == "BRANCH":
        branches = [_exact(branch) for branch in argument[1]]
        words = frozenset([word for branch in branches if branch is not None for word in branch])
        return words if None not in branches and len(words) <= _MOST_ANCHORS else None
    return None


def _exact(tree: Any) -> frozenset[str] | None:  # noqa: ANN401
    words: frozenset[str] = frozenset([""])
    letters = ""
    for operation, argument in tree:
        name = str(operation)
        if name == "LITERAL":  # by far the most: a word of a list
            letters += chr(argument).lower()
            continue
        step = _step(name, argument)
        if step is None or len(words) * len(step) > _MOST_ANCHORS:
            return None
        words = frozenset([left + letters + right for left in words for right in step])
        letters = ""
    return frozenset([word + letters for word in words]) if letters else words


def _characters(members: Any) -> frozenset[str] | None:  # noqa: ANN401
    found = [chr(argument).lower() for operation, argument in members if str(operation) == "LITERAL"]
    return frozenset(found) if len(found) == len(members) <= _MOST_LISTED else None


def _inner(operation: str, argument: Any) -> Iterator[frozenset[str]]:  # noqa: ANN401
    """Look into an element that stands for more than certain words: groups, branches, repeats of at least one."""
    if operation == "SUBPATTERN":
        yield from word_runs(argument[-1])
    elif operation in {"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"} and argument[0] >= 1:
        yield from word_runs(argument[2])
    elif operation == "BRANCH":
        best = [_best(list(word_runs(branch))) for branch in argument[1]]
        if all(best):
            yield frozenset().union(*best)


def _best(runs: list[frozenset[str]]) -> frozenset[str]:
    """Choose the set whose commonest word is rarest, then the smallest set; empty words make a set worthless."""
    useful = [run for run in runs if run and all(run)]
    return max(useful, key=lambda run: (min(map(_worth, run)), -len(run)), default=frozenset())


def _worth(word: str) -> float:
    """Return how much rarer a word makes a place: digits and letters are everywhere."""
    return sum([2.0 if sign > "\u3000" else 0.6 for sign in word])


def alternatives(tree: Any) -> list[Any]:  # noqa: ANN401
    """Return what a pattern may be as a whole: its branches where it is nothing else."""
    items = [item for item in tree if str(item[0]) not in _LOOKING and str(item[0]) != "AT"]
    if len(items) == 1:
        operation, argument = items[0]
        if str(operation) == "SUBPATTERN":
            return alternatives(argument[-1])
        if str(operation) == "BRANCH":
            return [part for branch in argument[1] for part in alternatives(branch)]
    return [items]


def _chain(tree: Any) -> Chain:  # noqa: ANN401
    links: list[Link] = []
    gap = 0
    for words, width in _joined(_elements(tree)):
        usable = _usable(words) if words else None
        if usable is None:
            gap += width
            continue
        pieces, slack = usable
        links.append(Link(pieces, min(gap + slack, FAR)))
        gap = slack
    return tuple(links)


def _elements(tree: Any) -> Iterator[tuple[frozenset[str] | None, int]]:  # noqa: ANN401
    """Yield the parts of a pattern in order: words of which one stands there, or None, and the greatest width."""
    for operation, argument in tree:
        name = str(operation)
        step = _step(name, argument)
        if step is not None:
            yield (step, max(map(len, step), default=0))
        elif name in _LOOKING or name == "AT":
            continue
        elif name == "SUBPATTERN":
            yield from _elements(argument[-1])
        elif name in ("ANY", "NOT_LITERAL", "IN"):
            yield (None, 1)
        elif name.endswith("REPEAT"):
            least, most, body = argument
            if least >= 1:
                yield from _elements(body)
            yield (None, _width(body, max(0, min(most, FAR) - min(least, 1))))
        elif name == "BRANCH":
            yield from _branch(argument[1])
        else:
            yield (None, FAR)


def _branch(branches: Sequence[Any]) -> Iterator[tuple[frozenset[str] | None, int]]:
    """Yield branches that stand for more than certain words: the best words of each, anywhere within the widest."""
    width = max([_width(branch, 1) for branch in branches])
    best = [_best(list(word_runs(branch))) for branch in branches]
    yield (None, width)
    if all(best):
        yield (frozenset().union(*best), 0)
        yield (None, width)


def _width(tree: Any, times: int) -> int:  # noqa: ANN401
    """Return how many characters a part takes at most, `times` over."""
    return min(int(min(tree.getwidth()[1], FAR)) * times, FAR)


def _joined(
    elements: Iterable[tuple[frozenset[str] | None, int]],
) -> Iterator[tuple[frozenset[str] | None, int]]:
    """Join words that stand side by side into longer ones, as long as they stay few and hold no white space."""
    run: frozenset[str] | None = None
    run_width = 0
    for words, width in elements:
        plain_words = words if words and width and not any(map(_has_space, words)) else None
        if run is not None and plain_words is not None and len(run) * len(plain_words) <= _MOST_JOINED:
            run, run_width = frozenset([left + right for left in run for right in plain_words]), run_width + width
            continue
        if run is not None:
            yield (run, run_width)
        run, run_width = plain_words, width
        if plain_words is None:
            yield (words, width)
    if run is not None:
        yield (run, run_width)


def _usable(words: frozenset[str]) -> tuple[frozenset[str], int] | None:
    """Return for each word its longest stretch without white space, and how far from its edges that may stand.

    None where a word has none, or only one that stands everywhere.
    """
    pieces = set()
    slack = 0
    for word in words:
        piece = max(word.split(), key=len, default="")
        common = len(piece) == 1 and (piece.isascii() or not piece.isalnum())
        if not piece or common or plain(piece) != piece:
            return None
        pieces.add(piece)
        slack = max(slack, len(word) - len(piece))
    return frozenset(pieces), slack


def _has_space(word: str) -> bool:
    return any(map(str.isspace, word))
