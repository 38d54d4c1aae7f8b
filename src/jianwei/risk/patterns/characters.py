"""Which characters the parts of a pattern take, told by a few that stand for all others.

Two parts take a character in common exactly where they take one of these in common: each end of a range stands for
itself and for its neighbour outside, and one character of each kind for the rest of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_OF_EACH_KIND = "a1 _,中é\n\ue000"
"""Of letters, digits, white space, signs, Chinese, other letters, line ends, and one that no rule names."""

_CATEGORIES: dict[str, Callable[[str], bool]] = {
    "DIGIT": str.isdecimal,
    "SPACE": str.isspace,
    "WORD": lambda sign: sign.isalnum() or sign == "_",
}


class Alphabet:
    """The characters that stand for all others in one pattern; `tree` is what the parser of `re` makes of it."""

    def __init__(self, tree: Any) -> None:  # noqa: ANN401  # the parser's trees have no type
        self.signs = frozenset(_OF_EACH_KIND).union(_named(tree))
        self._codes = [(sign, [ord(form) for form in {sign, sign.upper()} if len(form) == 1]) for sign in self.signs]

    def taken(self, operation: str, argument: Any) -> frozenset[str]:  # noqa: ANN401
        """Return those that a part for one character takes: a literal, a class, a dot; empty for any other part."""
        if operation == "LITERAL":
            return frozenset([chr(argument).lower()])
        if operation == "NOT_LITERAL":
            return self.signs - {chr(argument).lower()}
        if operation == "ANY":
            return self.signs - {"\n"}
        return self._taken_by_class(argument) if operation == "IN" else frozenset()

    def _taken_by_class(self, members: Any) -> frozenset[str]:  # noqa: ANN401
        taken: set[str] = set()
        for operation, argument in members:
            name = str(operation)
            if name == "LITERAL":
                taken.add(chr(argument).lower())
            elif name == "RANGE":
                first, last = argument
                taken.update([sign for sign, codes in self._codes if any(first <= code <= last for code in codes)])
            elif name == "CATEGORY":
                kind = str(argument).removeprefix("CATEGORY_")
                is_of_kind = _CATEGORIES[kind.removeprefix("NOT_")]
                taken.update([sign for sign in self.signs if is_of_kind(sign) != kind.startswith("NOT_")])
        return self.signs - taken if str(members[0][0]) == "NEGATE" else self.signs & taken


def _named(tree: Iterable[Any]) -> Iterator[str]:
    """Yield the characters that a tree names, and those beside the ends of its ranges."""
    for operation, argument in tree:
        name = str(operation)
        if name in ("LITERAL", "NOT_LITERAL"):
            yield chr(argument).lower()
        elif name == "RANGE":
            ends = (argument[0] - 1, argument[0], argument[1], argument[1] + 1)
            yield from (chr(end).lower() for end in ends if 0 < end <= 0x10FFFF)
        elif name == "IN":
            yield from _named(argument)
        else:
            for body in bodies(name, argument):
                yield from _named(body)


def bodies(operation: str, argument: Any) -> list[Any]:  # noqa: ANN401
    """Return the trees inside a part of a pattern: alternatives, what is repeated, grouped or looked at."""
    if operation == "BRANCH":
        return list(argument[1])
    if operation == "ATOMIC_GROUP":
        return [argument]
    if operation == "GROUPREF_EXISTS":
        return [body for body in argument[1:] if body is not None]
    has_body = operation in ("SUBPATTERN", "ASSERT", "ASSERT_NOT") or operation.endswith("REPEAT")
    return [argument[-1]] if has_body else []
