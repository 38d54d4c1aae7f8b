"""The query language: what a person may type, and the tree that it means.

It is the one place that knows quotes, operators, field names and `~`; search engines and highlighting see only the
tree. Cutting text into words and folding characters are not done here: `text` holds what was typed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from jianwei.errors import QueryError
from jianwei.text.fold import fold_text
from jianwei.text.query_tokens import FIELD_NAMES, Token, TokenKind, tokenize

if TYPE_CHECKING:
    from collections.abc import Sequence

QueryField = Literal["title", "spec", "ocr", "caption", "sound"]
"""Where a word can be looked for; the same names as `jianwei.ports.TextField`. `sound` is how all of it sounds."""

MAX_QUERY_CHARACTERS = 4000
"""A typed query is a line; whole texts are looked for with `literal_query`."""

MAX_NESTING = 50
"""Far beyond what people write, far below what the stack holds."""

MIN_FUZZY_CHARACTERS = 3
"""With fewer, one free character leaves nothing to hold on to: `~` has no effect there."""

MAX_FUZZY_CHARACTERS = 16
MAX_FUZZY_WORDS = 8
"""A fuzzy word costs as many searches as it has characters."""


@dataclass(frozen=True, slots=True)
class Term:
    """One written word, which in Chinese may be a whole title.

    Side by side with others, or alone, a part of it is enough to hit; under AND, OR and NOT it has to be there whole.
    `field` None means: wherever the search looks by default. `fuzzy` also accepts one differing character.
    """

    text: str
    field: QueryField | None = None
    fuzzy: bool = False


@dataclass(frozen=True, slots=True)
class Phrase:
    """Characters that stand together in one line in exactly this order, after folding."""

    text: str
    field: QueryField | None = None


@dataclass(frozen=True, slots=True)
class Words:
    """Parts typed side by side: all are wanted, some are enough; the more match and the better, the higher the hit."""

    children: tuple[QueryNode, ...]


@dataclass(frozen=True, slots=True)
class And:
    """Every child has to match."""

    children: tuple[QueryNode, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one child has to match."""

    children: tuple[QueryNode, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The child must not match."""

    child: QueryNode


QueryNode = Term | Phrase | Words | And | Or | Not


def parse_query(text: str) -> QueryNode:
    """Read a query as a person typed it.

    Side by side binds tightest, then AND, then OR; NOT and `-` take the one part that follows. Parts of signs alone are
    left out.

    Raises:
        QueryError: the query cannot be understood; says where and what to do.
    """
    if len(text) > MAX_QUERY_CHARACTERS:
        raise QueryError(
            f"The query has {len(text)} characters; {MAX_QUERY_CHARACTERS} are allowed. Shorten it.",
            zh=f"查询有 {len(text)} 个字符，最多 {MAX_QUERY_CHARACTERS} 个。请缩短。",
            length=len(text),
        )
    return _Parser(tokenize(text)).parse()


def literal_query(text: str) -> QueryNode:
    """Read text as words and nothing else, for titles and recognised text. Each line is one part; any length will do.

    Raises:
        QueryError: there is not one character to look for.
    """
    terms = tuple(Term(line) for line in text.splitlines() if fold_text(line))
    if not terms:
        raise _nothing_to_look_for(0)
    return terms[0] if len(terms) == 1 else Words(terms)


class _Parser:
    """A recursive descent over the tokens; methods return None for what has nothing to look for."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._place = 0
        self._fuzzy_words = 0

    def parse(self) -> QueryNode:
        node = self._either(None, depth=0)
        if self._peek() is not None:
            token = self._tokens[self._place]
            raise _error(
                f"The parenthesis at character {token.position + 1} closes nothing. Remove it or put it in quotes.",
                f"第 {token.position + 1} 个字符处的右括号没有对应的左括号。请删去，或加引号。",
                token.position,
            )
        if node is None or not _wants(node):
            raise _nothing_to_look_for(0)
        return node

    def _either(self, field: QueryField | None, depth: int) -> QueryNode | None:
        parts = [self._both(field, depth)]
        operator = self._take("or")
        while operator is not None:
            parts += [_operand(parts.pop(), operator), _operand(self._both(field, depth), operator)]
            operator = self._take("or")
        return _joined(Or, parts)

    def _both(self, field: QueryField | None, depth: int) -> QueryNode | None:
        parts = [self._side_by_side(field, depth)]
        operator = self._take("and")
        while operator is not None:
            parts += [_operand(parts.pop(), operator), _operand(self._side_by_side(field, depth), operator)]
            operator = self._take("and")
        return _joined(And, parts)

    def _side_by_side(self, field: QueryField | None, depth: int) -> QueryNode | None:
        parts: list[QueryNode | None] = []
        while self._peek() not in (None, "and", "or", "close"):
            parts.append(self._part(field, depth))
        return _joined(Words, parts)

    def _part(self, field: QueryField | None, depth: int) -> QueryNode | None:
        token = self._tokens[self._place]
        self._place += 1
        if depth > MAX_NESTING:
            raise _error(
                f"The query is nested over {MAX_NESTING} deep at character {token.position + 1}. Write it flatter.",
                f"查询在第 {token.position + 1} 个字符处嵌套超过 {MAX_NESTING} 层。请简化。",
                token.position,
            )
        match token.kind:
            case "word":
                return self._term(token, field)
            case "phrase":
                return Phrase(token.text, field) if fold_text(token.text) else None
            case "open":
                return self._group(token, field, depth + 1)
            case "field":
                return self._following(token, FIELD_NAMES[token.text], depth + 1)
            case _:
                child = self._following(token, field, depth + 1)
                return None if child is None else Not(child)

    def _following(self, token: Token, field: QueryField | None, depth: int) -> QueryNode | None:
        if self._peek() in (None, "and", "or", "close"):
            sign = f"{token.text}:" if token.kind == "field" else token.text
            raise _error(
                f"After {sign} (character {token.position + 1}) a word is missing. Add one, or remove {sign}.",
                f"{sign}（第 {token.position + 1} 个字符）后面缺少词语。请补上，或删去 {sign}。",
                token.position,
            )
        return self._part(field, depth)

    def _group(self, opening: Token, field: QueryField | None, depth: int) -> QueryNode | None:
        node = self._either(field, depth)
        if self._take("close") is None:
            raise _error(
                f"The parenthesis at character {opening.position + 1} is never closed. Close it or remove it.",
                f"第 {opening.position + 1} 个字符处的左括号没有结束。请补上右括号，或删去。",
                opening.position,
            )
        return node

    def _term(self, token: Token, field: QueryField | None) -> QueryNode | None:
        folded = fold_text(token.text)
        if not folded:
            return None
        fuzzy = token.fuzzy and len(folded) >= MIN_FUZZY_CHARACTERS
        self._fuzzy_words += fuzzy
        if fuzzy and (len(folded) > MAX_FUZZY_CHARACTERS or self._fuzzy_words > MAX_FUZZY_WORDS):
            raise _error(
                f"~ (character {token.position + 1}) is allowed on {MAX_FUZZY_WORDS} words of up to "
                f"{MAX_FUZZY_CHARACTERS} characters each. Put it only where a character may be wrong.",
                f"~（第 {token.position + 1} 个字符）最多用于 {MAX_FUZZY_WORDS} 个词，每个词不超过 "
                f"{MAX_FUZZY_CHARACTERS} 个字符。请只用在可能有错字的词上。",
                token.position,
            )
        return Term(token.text, field, fuzzy)

    def _peek(self) -> TokenKind | None:
        return self._tokens[self._place].kind if self._place < len(self._tokens) else None

    def _take(self, kind: TokenKind) -> Token | None:
        if self._peek() != kind:
            return None
        self._place += 1
        return self._tokens[self._place - 1]


def _joined(
    kind: type[Words | And | Or],
    parts: Sequence[QueryNode | None],
) -> QueryNode | None:
    kept = tuple(part for part in parts if part is not None)
    if len(kept) > 1:
        return kind(kept)
    return kept[0] if kept else None


def _operand(node: QueryNode | None, operator: Token) -> QueryNode:
    if node is None:
        raise _error(
            f"{operator.text} at character {operator.position + 1} needs words on both sides. "
            f"Add them, or write {operator.text.lower()} to look for the word itself.",
            f"第 {operator.position + 1} 个字符处的 {operator.text} 两边都要有词语。"
            f"请补上；要查找这个词本身，请写成小写 {operator.text.lower()}。",
            operator.position,
        )
    return node


def _wants(node: QueryNode) -> bool:
    """True when there is something to look for, not only something to leave out."""
    if isinstance(node, Words | And | Or):
        return any(_wants(child) for child in node.children)
    return not isinstance(node, Not)


def _nothing_to_look_for(position: int) -> QueryError:
    return _error(
        "The query holds nothing to look for: signs and emoji are not searched, and NOT only leaves out. Type at least "
        "one word that has to be there.",
        "查询中没有要查找的内容：标点和表情不参与检索，NOT 只用于排除。请至少输入一个要出现的词。",
        position,
    )


def _error(message: str, zh: str, position: int) -> QueryError:
    return QueryError(message, zh=zh, position=position)
