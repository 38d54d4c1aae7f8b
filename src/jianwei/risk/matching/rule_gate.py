"""Which rules a listing allows at all, so that nothing is looked for in vain.

Most rules hold for certain kinds of goods alone. What a rulebook says of them is worked out once for each set of kinds
that comes up (`ClassGate`); the other conditions on the listing are asked of the few rules that are left (`RuleGate`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from jianwei.risk.product_class import is_of
from jianwei.risk.rules import When

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from jianwei.risk.matching.pattern_search import PatternSearch
    from jianwei.risk.rules import ProductClass, Rule

_MOST_REMEMBERED = 4096
"""Sets of kinds of goods, of a few hundred bytes each; a listing has mostly one kind."""


class RuleOrder(NamedTuple):
    """Which rules are judged though no word of theirs was met, by index.

    `free` have no words; `later` ask for other findings or for what is absent, after all others; `of_contacts` rest on
    contacts in place of words.
    """

    free: Sequence[int]
    later: Sequence[int]
    of_contacts: Sequence[int]

    @classmethod
    def of(cls, rules: Sequence[Rule], allowed: Collection[int]) -> RuleOrder:
        """Return the order of those rules that are allowed."""
        later = [index for index in allowed if rules[index].missing is not None or rules[index].when.found]
        contacts = [index for index in allowed if not rules[index].words and rules[index].when.contacts]
        free = [index for index in allowed if not rules[index].words and index not in {*later, *contacts}]
        return cls(free, later, contacts)


class AllowedRules(NamedTuple):
    """The rules that some kinds of goods allow: by index, as bits, and their patterns as `PatternSearch` takes them.

    `unasked` are those that ask for nothing else of the listing.
    """

    rules: frozenset[int]
    bits: int
    patterns: NDArray[np.bool_]
    unasked: frozenset[int]
    order: RuleOrder


class ClassGate:
    """Tells which rules the likeliest kinds of goods allow. Answers are kept; safe from several threads."""

    def __init__(self, rules: Sequence[Rule], classes: Mapping[str, ProductClass], patterns: PatternSearch) -> None:
        self._rules = rules
        self._classes = classes
        self._patterns = patterns
        self._unasked = frozenset([index for index, rule in enumerate(rules) if _asks_goods_alone(rule.when)])
        self._known: dict[tuple[str, ...], AllowedRules] = {}

    def allowed(self, kinds: tuple[str, ...]) -> AllowedRules:
        """Return the rules that kinds of goods allow."""
        found = self._known.get(kinds)
        if found is None:
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            allowed = [index for index, rule in enumerate(self._rules) if self._is_allowed(rule, kinds)]
            found = self._known[kinds] = self._of(allowed)
        return found

    def _of(self, allowed: Sequence[int]) -> AllowedRules:
        return AllowedRules(
            frozenset(allowed),
            sum([1 << index for index in allowed]),
            self._patterns.of_rules(frozenset(allowed)),
            self._unasked.intersection(allowed),
            RuleOrder.of(self._rules, allowed),
        )

    def _is_allowed(self, rule: Rule, kinds: tuple[str, ...]) -> bool:
        when = rule.when
        return (not when.classes or is_of(kinds, when.classes, self._classes)) and not (
            when.not_classes and is_of(kinds, when.not_classes, self._classes)
        )


def _asks_goods_alone(when: When) -> bool:
    """Tell whether conditions ask for no more of a listing than its kind of goods, before its findings are known."""
    goods = When(when.classes, when.not_classes, found=when.found, stated_times=when.stated_times)
    return when == goods


class RuleGate:
    """Tells which rules one listing allows, each asked once: what they look for need not be looked at else.

    `meets` tells whether the listing meets conditions.
    """

    def __init__(self, meets: Callable[[When], bool], rules: Sequence[Rule], allowed: AllowedRules) -> None:
        self._meets = meets
        self._rules = rules
        self._allowed = allowed.rules
        self._unasked = allowed.unasked
        self._known: dict[int, bool] = {}

    def __call__(self, owner: int | str) -> bool:
        """Tell whether a rule may apply; what is no rule may not."""
        if owner in self._unasked:
            return True
        if isinstance(owner, str) or owner not in self._allowed:
            return False
        known = self._known.get(owner)
        if known is None:
            known = self._known[owner] = self._meets(self._rules[owner].when)
        return known

    def for_odd(self, owner: int | str) -> bool:
        """Tell whether a rule may apply to odd spellings too."""
        return self(owner) and isinstance(owner, int) and self._rules[owner].evasion != "off"
