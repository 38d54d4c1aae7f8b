"""Which patterns of a user's rules may run for ever, and how to write them instead.

Told from the syntax where a repeat takes one text in several ways, and by trying the pattern where that shows nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jianwei.risk.patterns.ambiguity import first_ambiguity
from jianwei.risk.patterns.bounded import TIMEOUT_S
from jianwei.risk.patterns.trials import slow_text
from jianwei.risk.patterns.words import syntax_tree
from jianwei.risk.patterns.writing import ENDLESS, endless_repeats, repeated
from jianwei.risk.rule_nodes import RuleProblem, shortened

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jianwei.risk.patterns.ambiguity import Ambiguity
    from jianwei.risk.rule_nodes import PlacedText, RulePlace

_MOST_REWRITTEN = 3
_BOUND = 20
"""Times that are proposed where there was no bound: more than most wordings need, few enough to be tried."""


def check_patterns(patterns: Iterable[PlacedText]) -> Iterator[RuleProblem]:
    """Yield a problem for each pattern that may take very long; each takes seconds of the processor at most."""
    for pattern in patterns:
        tree = syntax_tree(pattern.text)
        ambiguity = None if tree is None else first_ambiguity(tree)
        if ambiguity is not None:
            yield _ambiguous(pattern.place, ambiguity)
        elif (text := slow_text(pattern.text)) is not None:
            yield _slow(pattern, text)


def _ambiguous(place: RulePlace, found: Ambiguity) -> RuleProblem:
    _, (least, most, body) = found.part
    part, text = shortened(repeated(body, least, most)), shortened(found.text)
    possessive = shortened(repeated(body, least, most, "+"))
    flat = _flat(found)
    if flat is not None:
        return RuleProblem(
            place,
            f"{part} may run for ever: it repeats what repeats already, so that each further {text!r} doubles the ways "
            f"to share out a text among both. Write {flat} instead.",
            f"{part} 可能永远运行下去：外层重复的内容本身已在重复，文本中每多一个 {text!r}，划分方式就加倍。"
            f"请改写为 {flat}。",
        )
    return RuleProblem(
        place,
        f"{part} may run for ever: it takes {text!r} in more than one way, and each further one multiplies them. Write "
        f"it so that one way is left, with parts that begin with nothing in common, or as {possessive}, which gives "
        "nothing back.",
        f"{part} 可能永远运行下去：{text!r} 有多种匹配方式，每多出现一次，方式数就成倍增加。请改写为只有一种匹配方式"
        f"（各部分开头互不相同），或改写为 {possessive}（不回退）。",
    )


def _flat(found: Ambiguity) -> str | None:
    """Return one repeat for two of which the outer one holds nothing but the inner one; None for others."""
    _, (least, _, body) = found.part
    items = list(body)
    while len(items) == 1 and str(items[0][0]) == "SUBPATTERN":
        items = list(items[0][1][-1])
    if len(items) != 1 or str(items[0][0]) not in ("MAX_REPEAT", "MIN_REPEAT"):
        return None
    inner_least, _, inner = items[0][1]
    return repeated(inner, min(least, inner_least), ENDLESS) if max(least, inner_least) <= 1 else None


def _slow(pattern: PlacedText, text: str) -> RuleProblem:
    tree = syntax_tree(pattern.text)
    rewritten = {repeated(*part): repeated(*_bounded(part)) for part in endless_repeats(tree or ())}
    shown = list(rewritten.items())[:_MOST_REWRITTEN]
    how = ", ".join(f"{shortened(after)} for {shortened(before)}" for before, after in shown)
    how_zh = "、".join(f"{shortened(before)} 改为 {shortened(after)}" for before, after in shown)
    return RuleProblem(
        pattern.place,
        f"The pattern takes longer than {TIMEOUT_S:g} s of the processor on a line of {len(text)} characters such as "
        f"{shortened(text)!r}; it is broken off there and finds nothing. Give its repeats an upper bound"
        f"{f': {how}' if how else ''}.",
        f"该正则表达式在一行 {len(text)} 个字符的文本（例如 {shortened(text)!r}）上耗时超过 {TIMEOUT_S:g} 秒"
        f"处理器时间，会被中止而不产生结果。请为重复次数设上限{f'：{how_zh}' if how_zh else ''}。",
    )


def _bounded(part: tuple[Any, int, int]) -> tuple[Any, int, int]:
    body, least, _ = part
    return body, least, max(least, _BOUND)
