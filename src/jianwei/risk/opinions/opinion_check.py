"""Holds what a vision-language model claims against the rulebook, the title and the words that were read.

A category that does not exist ends a claim. Words that stand nowhere are taken out of it, and end it where none is left
of those it gave. An article that the rulebook does not know is taken out. What holds is shown with the places of its
words and with the rulebook's own text of the article, in the version in force on the day of conduct. Pure; findings of
rules are not among its inputs, so nothing that a picture makes a model say can reach them.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from jianwei.ports.opinions import GuideCategory, Opinion, OpinionFinding, Rejection
from jianwei.risk.law_versions import citations
from jianwei.risk.opinions.article_numbers import articles_named
from jianwei.risk.views.listing_input import picture_segments
from jianwei.risk.views.offsets import over, without
from jianwei.risk.views.places import places
from jianwei.risk.views.plain_view import joined, plain, tight
from jianwei.risk.views.screened_text import ScreenedText, ScreeningInput, Segment
from jianwei.risk.views.sound_view import SoundView

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jianwei.ports.findings import LawCitation, Place
    from jianwei.ports.opinions import Claim, StoredOpinion
    from jianwei.records import OcrLine
    from jianwei.risk.opinions.article_numbers import Article
    from jianwei.risk.rules import Category, LawReference, Rulebook

_SHORTEST_QUOTE = 2
"""One character stands everywhere."""
_MOST_PLACES = 5
_MARKS = re.compile(r"[^\w%.\f]|_|(?<![0-9])\.|\.(?![0-9])")
"""Punctuation, which a model writes as it likes; a point within a number is kept, and so is a break between fields."""
_TITLE = re.compile(r"[《》\s]|[（(][^（）()]*[）)]")
_STATE = "中华人民共和国"


def opinion_guide(book: Rulebook, day: date) -> tuple[GuideCategory, ...]:
    """Return the categories that a model may name, each with the prohibitions in force on a day."""
    return tuple(
        GuideCategory(
            category.code,
            category.zh,
            tuple(
                f"《{law.law}》{law.article}"
                for law in citations(_references(category), book.laws, day)
                if law.role == "prohibition"
            ),
        )
        for category in book.categories.values()
    )


class OpinionChecker:
    """Checks opinions by one rulebook. Safe from several threads."""

    def __init__(self, book: Rulebook) -> None:
        self._book = book
        self._sounds = SoundView(book.normalisation)
        self._articles: dict[str, set[Article]] = {}
        for reference in _all_references(book):
            known = self._articles.setdefault(reference.law, set())
            for text in reference.articles.values():
                known |= articles_named(text)

    def check(self, opinion: Opinion, title: str, picture_no: int, lines: Sequence[OcrLine]) -> Opinion:
        """Return an opinion with only what holds among its claims; the rest is among its rejections."""
        text = self._text(title, picture_no, lines)
        kept: list[Claim] = []
        rejections = list(opinion.rejections)
        for claim in opinion.claims:
            if claim.category not in self._book.categories:
                rejections.append(Rejection("category", claim.category))
                continue
            invented = [quote for quote in claim.quotes if not text.stands(quote)]
            rejections += [Rejection("quote", quote, claim.category) for quote in invented]
            if claim.quotes and len(invented) == len(claim.quotes):
                continue
            held = replace(claim, quotes=tuple(quote for quote in claim.quotes if quote not in invented))
            if (claim.law or claim.article) and not self._cited(held):
                rejections.append(Rejection("article", f"{claim.law} {claim.article}".strip(), claim.category))
                held = replace(held, law="", article="")
            kept.append(held)
        return replace(opinion, claims=tuple(kept), rejections=tuple(rejections))

    def findings(
        self, stored: StoredOpinion, title: str, lines: Sequence[OcrLine], day: date
    ) -> tuple[OpinionFinding, ...]:
        """Return what holds of a picture's opinion on one listing that shows it.

        A claim that quoted the title of another listing is left out unless this title says the same.
        """
        text = self._text(title, stored.picture_no, lines)
        return tuple(finding for claim in stored.claims if (finding := self._finding(claim, stored, text, day)))

    def _finding(self, claim: Claim, stored: StoredOpinion, text: _QuotedText, day: date) -> OpinionFinding | None:
        where = {quote: list(text.places(quote)) for quote in claim.quotes}
        standing = [quote for quote in claim.quotes if where[quote]]
        category = self._book.categories.get(claim.category)
        if category is None or (claim.quotes and not standing):
            return None
        return OpinionFinding(
            category=claim.category,
            picture_no=stored.picture_no,
            model_id=stored.model_id,
            quotes=tuple(standing),
            places=tuple(dict.fromkeys(place for quote in standing for place in where[quote])),
            laws=self._laws(claim, category, day),
            confidence=claim.confidence,
            reason=claim.reason,
        )

    def _cited(self, claim: Claim) -> frozenset[Article]:
        """Return the articles that a claim names, none unless the rulebook knows every one of them."""
        _, named = _law_and_articles(claim)
        known = self._articles.get(self._law_named(claim), set())
        return named if named and named <= known else frozenset()

    def _law_named(self, claim: Claim) -> str:
        return _law_and_articles(claim)[0]

    def _laws(self, claim: Claim, category: Category, day: date) -> tuple[LawCitation, ...]:
        """Return the rulebook's own citation of what a claim cites, its category's before those of others."""
        cited, law = self._cited(claim), self._law_named(claim)
        for references in (_references(category), _all_references(self._book)):
            found = tuple(
                item
                for item in citations(references, self._book.laws, day)
                if item.law == law and item.role != "penalty" and articles_named(item.article) & cited
            )
            if found:
                return found[:1] if len(cited) == 1 else found
        return ()

    def _text(self, title: str, picture_no: int, lines: Sequence[OcrLine]) -> _QuotedText:

        segments = ([Segment(title, "title")] if title else []) + picture_segments(picture_no, lines)
        source = ScreeningInput(tuple(segments), date.min)  # no law is asked for here
        return _QuotedText(ScreenedText.of(source, self._sounds))


class _QuotedText:
    """A title and the lines of a picture, searched for quotations whatever their width, script, marks and line ends."""

    def __init__(self, text: ScreenedText) -> None:
        self._text = text
        self._letters = _MARKS.sub("", text.joined)

    def stands(self, quote: str) -> bool:
        """Tell whether a quotation stands there."""
        letters = _letters(quote)
        return len(letters) >= _SHORTEST_QUOTE and letters in self._letters

    def places(self, quote: str) -> Iterator[Place]:
        """Yield where a quotation stands, the first places only: one for each line that it touches."""
        letters = _letters(quote)
        if len(letters) < _SHORTEST_QUOTE or letters not in self._letters:
            return
        marks = [place for found in _MARKS.finditer(self._text.joined) for place in range(*found.span())]
        to_plain = over(without(len(self._text.joined), marks), self._text.joined_to_plain)
        start = self._letters.find(letters)
        for _ in range(_MOST_PLACES):
            if start < 0:
                return
            yield from places(self._text, to_plain.span(start, start + len(letters)))
            start = self._letters.find(letters, start + len(letters))


def _letters(quote: str) -> str:
    return _MARKS.sub("", joined(tight(plain(quote.replace("\f", " ")))))


def _law_and_articles(claim: Claim) -> tuple[str, frozenset[Article]]:
    """Return the plain name of a law and the articles named, however a model spread them over the two fields."""
    whole = f"{claim.law} {claim.article}"
    name = claim.law or claim.article
    name = name.partition("》")[0] if "》" in name else re.split("第[零〇一二两三四五六七八九十百千0-9]", name)[0]
    return _TITLE.sub("", name).removeprefix(_STATE), articles_named(whole)


def _references(category: Category) -> tuple[LawReference, ...]:
    return (*category.law, *(reference for rule in category.rules for reference in rule.law))


def _all_references(book: Rulebook) -> Iterator[LawReference]:
    for category in book.categories.values():
        yield from _references(category)
