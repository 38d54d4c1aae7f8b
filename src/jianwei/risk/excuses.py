"""What excuses the matches of each rule: its own contexts and those of its category, sorted by what they ask for."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from jianwei.risk.contexts import ContextSearch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jianwei.risk.rules import Context, Rule, Rulebook


class RuleExcuses(NamedTuple):
    """The excuses of one rule: words around a match, words anywhere in the listing, numbers and contacts.

    One that asks for words as well as for numbers or contacts stands in both places: either of them is enough.
    """

    around: ContextSearch
    of_listing: Sequence[Context]
    by_facts: Sequence[Context]


class Excuses:
    """The excuses of the rules of one rulebook, made ready when they are first asked for; safe from several threads."""

    def __init__(self, book: Rulebook) -> None:
        self._book = book
        self._known: dict[str, RuleExcuses] = {}

    def of(self, rule: Rule) -> RuleExcuses:
        """Return the excuses of a rule."""
        known = self._known.get(rule.rule_id)
        if known is None:
            contexts = (*rule.excuses, *self._book.categories[rule.category].excuses)
            known = self._known[rule.rule_id] = _sorted(contexts)
        return known


def _sorted(contexts: Sequence[Context]) -> RuleExcuses:
    worded = [context for context in contexts if context.words]
    return RuleExcuses(
        ContextSearch([context for context in worded if context.scope != "listing"]),
        [context for context in worded if context.scope == "listing"],
        [context for context in contexts if context.identifiers or context.contacts],
    )
