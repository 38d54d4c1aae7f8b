"""From the tree of a category file to a `Category`: what may stand in it, and what is wrong with what stands there.

A broken rule is one problem and the rest of the file goes on; a broken head of a file leaves the whole category out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast, get_args

from jianwei.risk.patterns.bounded import pattern_fault
from jianwei.risk.rule_files.word_lists import expanded_pattern, expanded_phrases
from jianwei.risk.rule_nodes import RuleMistake, RuleProblem, shortened
from jianwei.risk.rules import (
    FIELDS,
    Category,
    Context,
    Evasion,
    Example,
    Field,
    LawReference,
    LawRole,
    Missing,
    Rule,
    Scope,
    Severity,
    Side,
    When,
    Words,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Literal

    from jianwei.risk.rule_files.rulebook_names import Names
    from jianwei.risk.rule_nodes import Node

_CATEGORY = (
    "category", "zh", "en", "severity", "penalty", "monitor_codes", "law", "excuses", "rules", "disable", "replace",
)  # fmt: skip
_RULE = (
    "id", "severity", "weight", "fields", "phrases", "patterns", "evasion", "reversed", "when", "needs", "excuses",
    "missing", "law", "explain", "match", "clear",
)  # fmt: skip
_CONTEXT = (
    "why", "phrases", "patterns", "identifiers", "contacts", "scope", "side", "within", "across", "unless", "undone_by",
)  # fmt: skip
_WHEN_NAMES = {
    "class": "classes", "not_class": "not_classes", "stated_class": "stated_classes",
    "picture_class": "picture_classes", "identifiers": "identifiers", "no_identifiers": "no_identifiers",
    "contacts": "contacts", "found": "found",
}  # fmt: skip
_WHEN_WORDS = ("title_has", "picture_has")
_WHEN_NUMBERS = ("price_below", "price_above", "stated_times")


def read_category(tree: Node, names: Names, problems: list[RuleProblem]) -> CategoryFile:
    """Return what a category file says; rules with a mistake go to `problems` and are left out.

    Raises:
        RuleMistake: the head of the file is wrong.
    """
    fields = tree.fields(_CATEGORY, needed=("category",))
    code = fields["category"].choice(names.categories)
    severity = cast("Severity", fields["severity"].choice(get_args(Severity))) if "severity" in fields else None
    excuses = _contexts(fields["excuses"], names) if "excuses" in fields else ()
    penalty = _both(fields["penalty"]) if "penalty" in fields else ("", "")
    rules: list[Rule] = []
    for node in fields["rules"].items() if "rules" in fields else ():
        if name := node.given("id"):
            node.rule_id = f"{code}/{name}"
        try:
            rule = _rule(node, names, code=code, severity=severity or "medium")
            if (other := next((other for other in rules if rule.rule_id == other.rule_id), None)) is not None:
                raise node.mistake(
                    f"There are two rules {rule.rule_id!r}; the other one stands in line {other.line}.",
                    f"规则 {rule.rule_id!r} 重复，另一条在第 {other.line} 行。",
                )
            rules.append(rule)
        except RuleMistake as mistake:
            problems.append(mistake.problem)
    category = Category(
        code=code,
        zh=fields["zh"].text() if "zh" in fields else "",
        en=fields["en"].text() if "en" in fields else "",
        severity=severity or "medium",
        penalty_zh=penalty[0],
        penalty_en=penalty[1],
        monitor_codes=fields["monitor_codes"].texts() if "monitor_codes" in fields else (),
        law=_laws(fields["law"], names) if "law" in fields else (),
        excuses=excuses,
        rules=tuple(rules),
    )
    disabled = fields["disable"].texts() if "disable" in fields else ()
    replaces = fields["replace"].flag() if "replace" in fields else False
    return CategoryFile(category, disabled, replaces=replaces, given=frozenset(fields))


class CategoryFile:
    """What one file says of a category: `given` are the fields that stand in it, for laying it over another."""

    def __init__(self, category: Category, disabled: tuple[str, ...], *, replaces: bool, given: frozenset[str]) -> None:
        self.category = category
        self.disabled = disabled
        self.replaces = replaces
        self.given = given


def read_words(fields: Mapping[str, Node], names: Names) -> Words:
    """Return the phrases and patterns of a mapping, names of word lists replaced by their words.

    Raises:
        RuleMistake: a pattern does not compile, or a word list is not there.
    """
    phrases = fields["phrases"].items() if "phrases" in fields else []
    patterns = fields["patterns"].items() if "patterns" in fields else []
    return Words(
        tuple(phrase for node in phrases for phrase in expanded_phrases(node, names.word_lists)),
        tuple(read_pattern(node, expanded_pattern(node, names.word_lists)) for node in patterns),
    )


def read_pattern(node: Node, pattern: str) -> str:
    """Return a pattern that stands at a node, and note it there.

    Raises:
        RuleMistake: it does not compile, or matches the empty text.
    """
    fault = pattern_fault(pattern)
    if fault is not None:
        raise node.mistake(
            f"The pattern {shortened(pattern)!r} does not compile: {fault}.",
            f"正则表达式 {shortened(pattern)!r} 无法编译：{fault}。",
        )
    node.note(pattern)
    return pattern


def read_context(node: Node, names: Names) -> Context:
    """Return one context, which stands here or is the name of one of `contexts.yaml`."""
    if not node.is_mapping():
        return names.contexts[node.choice(names.contexts)]
    fields = node.fields(_CONTEXT, needed=("why",))
    words = read_words(fields, names)
    identifiers = fields["identifiers"].choices(names.identifiers) if "identifiers" in fields else ()
    contacts = fields["contacts"].choices(names.contacts) if "contacts" in fields else ()
    if not words and not identifiers and not contacts:
        raise node.mistake(
            f"A context needs phrases, patterns, identifiers or contacts; found: {', '.join(fields)}.",
            f"语境须有 phrases、patterns、identifiers 或 contacts，实际只有：{', '.join(fields)}。",
        )
    usual = "listing" if identifiers or contacts else "near" if words.phrases else "covers"
    return Context(
        why=fields["why"].text(),
        words=words,
        identifiers=identifiers,
        contacts=contacts,
        scope=cast("Scope", fields["scope"].choice(get_args(Scope)) if "scope" in fields else usual),
        side=cast("Side", fields["side"].choice(get_args(Side)) if "side" in fields else "any"),
        within=fields["within"].whole_number(0, 200) if "within" in fields else 8,
        across=fields["across"].flag() if "across" in fields else False,
        unless=_words_of(fields["unless"], names) if "unless" in fields else Words(),
        undone_by=_words_of(fields["undone_by"], names) if "undone_by" in fields else Words(),
    )


def _rule(node: Node, names: Names, *, code: str, severity: Severity) -> Rule:
    fields = node.fields(_RULE, needed=("id", "weight"))
    words = read_words(fields, names)
    missing = _missing(fields["missing"], names) if "missing" in fields else None
    when = _when(fields["when"], names) if "when" in fields else When()
    if not (words or missing or when.title_has or when.picture_has or when.picture_classes or when.contacts):
        raise node.mistake(
            "A rule needs phrases, patterns, something missing, or a condition on title, pictures or contacts; found: "
            f"{', '.join(fields)}.",
            f"规则须有 phrases、patterns、missing，或关于标题、图片、联系方式的条件，实际只有：{', '.join(fields)}。",
        )
    explain = _both(fields["explain"]) if "explain" in fields else ("", "")
    return Rule(
        rule_id=f"{code}/{fields['id'].text()}",
        category=code,
        file=node.place.file,
        line=node.line,
        severity=cast("Severity", fields["severity"].choice(get_args(Severity))) if "severity" in fields else severity,
        weight=fields["weight"].number(0.05, 1),
        words=words,
        fields=cast("tuple[Field, ...]", fields["fields"].choices(FIELDS)) if "fields" in fields else FIELDS,
        evasion=cast("Evasion", fields["evasion"].choice(get_args(Evasion)) if "evasion" in fields else "normal"),
        reversed=fields["reversed"].flag() if "reversed" in fields else False,
        when=when,
        needs=_contexts(fields["needs"], names) if "needs" in fields else (),
        excuses=_contexts(fields["excuses"], names) if "excuses" in fields else (),
        missing=missing,
        law=_laws(fields["law"], names) if "law" in fields else (),
        explain_zh=explain[0],
        explain_en=explain[1],
        match=_examples(fields["match"]) if "match" in fields else (),
        clear=_examples(fields["clear"]) if "clear" in fields else (),
    )


def _contexts(node: Node, names: Names) -> tuple[Context, ...]:
    return tuple(read_context(item, names) for item in node.items())


def _words_of(node: Node, names: Names) -> Words:
    """Read words that stand for themselves: a list of phrases, or a mapping with phrases and patterns."""
    if not node.is_mapping():
        return read_words({"phrases": node}, names)
    return read_words(node.fields(("phrases", "patterns")), names)


def _when(node: Node, names: Names) -> When:
    fields = node.fields((*_WHEN_NAMES, *_WHEN_WORDS, *_WHEN_NUMBERS))
    allowed = {"identifiers": names.identifiers, "no_identifiers": names.identifiers, "found": names.categories}
    values: dict[str, object] = {
        target: fields[name].choices(
            names.contacts if name == "contacts" else allowed.get(name, (*names.classes, "unknown"))
        )
        for name, target in _WHEN_NAMES.items()
        if name in fields
    }
    values |= {name: _words_of(fields[name], names) for name in _WHEN_WORDS if name in fields}
    values |= {name: fields[name].number(0, 1e9) for name in _WHEN_NUMBERS if name in fields}
    return When(**values)  # type: ignore[arg-type]  # each value was made for the field of its name


def _missing(node: Node, names: Names) -> Missing:
    fields = node.fields(("statements", "identifiers", "mode", "on"))
    statements = fields["statements"].choices(names.statements) if "statements" in fields else ()
    identifiers = fields["identifiers"].choices(names.identifiers) if "identifiers" in fields else ()
    if not statements and not identifiers:
        raise node.mistake(
            f"Say which statements or identifiers; found: {', '.join(fields) or 'nothing'}.",
            f"须写明缺少哪些 statements 或 identifiers，实际只有：{', '.join(fields) or '空'}。",
        )
    on = fields["on"].choices(("whole", "text")) if "on" in fields else ("whole",)
    mode = fields["mode"].choice(("all", "any")) if "mode" in fields else "all"
    return Missing(
        statements,
        identifiers,
        cast("Literal['all', 'any']", mode),
        cast("tuple[Literal['whole', 'text'], ...]", on),
    )


def _laws(node: Node, names: Names) -> tuple[LawReference, ...]:
    return tuple(_law(item, names) for item in node.items())


def _law(node: Node, names: Names) -> LawReference:
    fields = node.fields(("law", "role", "article", "articles"), needed=("law",))
    law = names.laws[fields["law"].choice(names.laws)]
    role = cast("LawRole", fields["role"].choice(get_args(LawRole)) if "role" in fields else "prohibition")
    if ("article" in fields) == ("articles" in fields):
        raise node.mistake(
            f"Give article (the same in all versions) or articles (by version); found: {', '.join(fields)}.",
            f"须给出 article（各版本相同）或 articles（按版本）其中之一，实际为：{', '.join(fields)}。",
        )
    if "article" in fields:
        return LawReference(law.name, role, {"": fields["article"].text()})
    versions = [version.name for version in law.versions]
    articles = {name.choice(versions): value.text() for name, value in fields["articles"].pairs()}
    return LawReference(law.name, role, articles)


def _both(node: Node) -> tuple[str, str]:
    fields = node.fields(("zh", "en"), needed=("zh", "en"))
    return fields["zh"].text(), fields["en"].text()


def _examples(node: Node) -> tuple[Example, ...]:
    return tuple(_example(item) for item in node.items())


def _example(node: Node) -> Example:
    if not node.is_mapping():
        return Example(node.text(), node.line)
    fields = node.fields(("text", "category", "price"), needed=("text",))
    category = fields["category"].text() if "category" in fields else ""
    price = fields["price"].number(0, 1e9) if "price" in fields else None
    return Example(fields["text"].text(), node.line, category, price)
