"""From the files beside the categories to records: laws, kinds of goods, statements, numbers, contacts, tables."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING

from jianwei.risk import check_digits
from jianwei.risk.rule_files.rule_reading import read_context, read_pattern
from jianwei.risk.rules import (
    ContactKind,
    Context,
    IdentifierKind,
    Law,
    LawVersion,
    ProductClass,
    Statement,
)

if TYPE_CHECKING:
    from jianwei.risk.rule_files.rulebook_names import Names
    from jianwei.risk.rule_nodes import Node

CHECKS = tuple(check_digits.CHECKS)
"""Arithmetic that an identifier or account may have to pass, by the names that rule files use."""


def read_laws(tree: Node) -> dict[str, Law]:
    """Return the laws of `laws.yaml` by name, their versions in order of time; overlapping versions are a mistake."""
    laws = {}
    for name, node in tree.pairs():
        fields = node.fields(("en", "versions"), needed=("versions",))
        versions = sorted((_version(item) for item in fields["versions"].items()), key=lambda item: item.from_day)
        for earlier, later in pairwise(versions):
            if earlier.to_day is None or earlier.to_day >= later.from_day:
                raise node.mistake(
                    f"Versions {earlier.name} and {later.name} overlap.", f"版本 {earlier.name} 与 {later.name} 重叠。"
                )
        laws[name.text()] = Law(name.text(), fields["en"].text() if "en" in fields else "", tuple(versions))
    return laws


def read_classes(tree: Node, identifiers: tuple[str, ...]) -> dict[str, ProductClass]:
    """Return the kinds of goods by name."""
    classes = {}
    names = [name.text() for name, _ in tree.pairs()]
    for name, node in tree.pairs():
        fields = node.fields(("zh", "en", "parent", "words", "identifiers"), needed=("zh", "en"))
        words: dict[str, float] = {}
        for weight, listed in fields["words"].pairs() if "words" in fields else ():
            words |= dict.fromkeys(listed.texts(), weight.number(-20, 20))
        classes[name.text()] = ProductClass(
            name.text(),
            fields["zh"].text(),
            fields["en"].text(),
            fields["parent"].choice(names) if "parent" in fields else "",
            words,
            fields["identifiers"].choices(identifiers) if "identifiers" in fields else (),
        )
    return classes


def read_statements(tree: Node) -> dict[str, Statement]:
    """Return the required statements by name."""
    statements = {}
    for name, node in tree.pairs():
        fields = node.fields(("zh", "en", "patterns", "texts", "edits"), needed=("zh", "en"))
        statements[name.text()] = Statement(
            name.text(),
            fields["zh"].text(),
            fields["en"].text(),
            _patterns(fields["patterns"]) if "patterns" in fields else (),
            fields["texts"].texts() if "texts" in fields else (),
            fields["edits"].whole_number(0, 4) if "edits" in fields else 0,
        )
    return statements


def read_identifiers(tree: Node) -> dict[str, IdentifierKind]:
    """Return the kinds of approval and registration numbers by name."""
    kinds = {}
    for name, node in tree.pairs():
        fields = node.fields(("zh", "en", "pattern", "check", "good", "bad"), needed=("zh", "en", "pattern"))
        kinds[name.text()] = IdentifierKind(
            name.text(),
            fields["zh"].text(),
            fields["en"].text(),
            _patterns(fields["pattern"])[0],
            fields["check"].choice(CHECKS) if "check" in fields else "",
            fields["good"].texts() if "good" in fields else (),
            fields["bad"].texts() if "bad" in fields else (),
            name.place.file,
            name.line,
        )
    return kinds


def read_contacts(tree: Node) -> dict[str, ContactKind]:
    """Return the kinds of contacts by name, in the order in which they are tried."""
    kinds = {}
    known = ("zh", "en", "pattern", "cues", "cue_distance", "gate", "excuses", "digits", "public", "good", "bad")
    for name, node in tree.pairs():
        fields = node.fields(known, needed=("zh", "en", "pattern"))
        kinds[name.text()] = ContactKind(
            name.text(),
            fields["zh"].text(),
            fields["en"].text(),
            _patterns(fields["pattern"])[0],
            fields["cues"].texts() if "cues" in fields else (),
            fields["cue_distance"].whole_number(0, 40) if "cue_distance" in fields else 6,
            _patterns(fields["gate"])[0] if "gate" in fields else "",
            _patterns(fields["excuses"]) if "excuses" in fields else (),
            fields["digits"].flag() if "digits" in fields else False,
            _patterns(fields["public"]) if "public" in fields else (),
            fields["good"].texts() if "good" in fields else (),
            fields["bad"].texts() if "bad" in fields else (),
            name.place.file,
            name.line,
        )
    return kinds


def read_contexts(tree: Node, names: Names) -> dict[str, Context]:
    """Return the shared contexts by name; `names` are the identifiers, contacts and word lists that they may use."""
    return {name.text(): read_context(node, names) for name, node in tree.pairs()}


def read_table(tree: Node) -> dict[str, str]:
    """Return a table of one text for another: `canonical: [variants]` or `variant: canonical` both ways are written.

    A list on the right names the variants of the text on the left; a single text is a variant's canonical form.
    """
    table: dict[str, str] = {}
    for name, value in tree.pairs():
        if value.is_list():
            table |= dict.fromkeys(value.texts(), name.text())
        else:
            table[name.text()] = value.text()
    return table


def _version(node: Node) -> LawVersion:
    fields = node.fields(("version", "from", "to", "source", "confidence"), needed=("version", "from"))
    return LawVersion(
        fields["version"].text(),
        _day(fields["from"]),
        _day(fields["to"]) if "to" in fields else None,
        fields["source"].text() if "source" in fields else "",
        fields["confidence"].text() if "confidence" in fields else "",
    )


def _day(node: Node) -> date:
    try:
        return date.fromisoformat(node.text())
    except ValueError:
        raise node.mistake(
            f"A day is needed here, such as 2025-10-15; found: {node.text()!r}.",
            f"此处应为日期，例如 2025-10-15，实际为：{node.text()!r}。",
        ) from None


def _patterns(node: Node) -> tuple[str, ...]:
    return tuple(read_pattern(item, item.text()) for item in node.items())
