"""Which version of a law held on the day of conduct, and what is cited from it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jianwei.ports.findings import LawCitation

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from jianwei.risk.rules import Law, LawReference, LawVersion


def version_on(law: Law, day: date) -> LawVersion | None:
    """Return the version in force on a day; None before the first and after the last."""
    return next(
        (item for item in law.versions if item.from_day <= day and (item.to_day is None or day <= item.to_day)), None
    )


def citations(references: Iterable[LawReference], laws: Mapping[str, Law], day: date) -> tuple[LawCitation, ...]:
    """Return the articles in force on a day, in the order of the rules; what was not in force is left out."""
    found: list[LawCitation] = []
    for reference in references:
        version = version_on(laws[reference.law], day)
        if version is None:
            continue
        article = reference.articles.get(version.name) or reference.articles.get("")
        if article is not None:
            found.append(LawCitation(reference.law, version.name, article, reference.role))
    return tuple(dict.fromkeys(found))
