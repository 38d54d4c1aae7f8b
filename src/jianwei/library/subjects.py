"""What a library offers by subject: risk, groups, watches, reviews …, each an attribute.

A subject and what it stands on (rules, stores of its own, drawing, HTTP) are imported when it is first asked for: a
search from the command line needs none of them, and loading all took half a second of its time. So the imports stand
inside the properties here, and nowhere else.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jianwei.library.captioning import LibraryCaptions
    from jianwei.library.groups import LibraryGroups
    from jianwei.library.opinions import LibraryOpinions
    from jianwei.library.parts import LibraryParts
    from jianwei.library.probing import LibraryProbes
    from jianwei.library.reviews import LibraryReviews
    from jianwei.library.risk import LibraryRisk


class LibrarySubjects:
    """The subjects of a library that need its parts and nothing of each other's but what is written here."""

    def __init__(self, parts: LibraryParts) -> None:
        self._parts = parts

    @property
    def captions(self) -> LibraryCaptions:
        """What a vision-language model writes about the pictures."""
        from jianwei.library.captioning import LibraryCaptions

        parts = self._parts
        return LibraryCaptions(parts.catalog, parts.indexes, parts.files, parts.settings)

    @property
    def groups(self) -> LibraryGroups:
        """Pictures that are one picture, and shops that belong together."""
        from jianwei.catalog.findings.finding_store import SqlFindings
        from jianwei.catalog.groups.group_store import SqlGroups
        from jianwei.library.groups import LibraryGroups

        catalog = self._parts.catalog
        return LibraryGroups(catalog, SqlGroups(catalog), SqlFindings(catalog))

    @property
    def opinions(self) -> LibraryOpinions:
        """What a vision-language model makes of the pictures, beside what rules found."""
        from jianwei.catalog.findings.opinion_store import SqlOpinions
        from jianwei.library.opinions import LibraryOpinions

        parts = self._parts
        return LibraryOpinions(parts.catalog, SqlOpinions(parts.catalog), self.risk, parts.files, parts.settings)

    @property
    def probes(self) -> LibraryProbes:
        """Heads that tell known cases from other listings by their texts and vectors."""
        from jianwei.library.probing import LibraryProbes

        return LibraryProbes(self._parts.path, self._parts.catalog, self._parts.views)

    @property
    def reviews(self) -> LibraryReviews:
        """What people decide about findings."""
        from jianwei.catalog.findings.review_store import SqlReviews
        from jianwei.library.reviews import LibraryReviews

        return LibraryReviews(
            SqlReviews(self._parts.catalog), self.risk, voices=self.probes.voices, opinions=self.opinions.of
        )

    @cached_property
    def risk(self) -> LibraryRisk:
        """Screening by rules, and what it found."""
        from jianwei.catalog.findings.finding_store import SqlFindings
        from jianwei.library.risk import LibraryRisk

        parts = self._parts
        return LibraryRisk(parts.path, parts.catalog, SqlFindings(parts.catalog), parts.settings)
