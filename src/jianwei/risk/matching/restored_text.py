"""The text with its odd spellings put right, for the patterns of rules and the words for kinds of goods.

Phrases are searched in every spelling; a pattern (治 … 糖尿病) is not. So each odd spelling of a phrase, of a word of a
list or of a word for a kind of goods is written out as it is meant, and what then appears is matched once more.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from jianwei.risk.matching.candidates import VIEW_FACTORS, pattern_candidate
from jianwei.risk.patterns.lines import Lines
from jianwei.risk.views.offsets import EditedMap
from jianwei.risk.views.plain_view import joined, tight, tight_map

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from jianwei.risk.matching.candidates import Candidate, OddSpelling, View
    from jianwei.risk.matching.word_finder import WordsFound
    from jianwei.risk.matching.word_search import WordSearch, WordsMet
    from jianwei.risk.matching.word_tables import Owner
    from jianwei.risk.patterns.bounded import SlowPattern
    from jianwei.risk.patterns.lines import Places
    from jianwei.risk.patterns.tables import PatternKey
    from jianwei.risk.views.offsets import OffsetMap, Span


@dataclass(frozen=True, slots=True)
class RestoredText:
    """A plain text put right. `spans` are the words that were written out, ascending, each with how it was spelt."""

    plain: str
    to_plain: OffsetMap
    spans: tuple[tuple[int, int, View], ...]

    def at(self, span: Span) -> Span:
        """Return where a span of the plain text stands in this one."""
        return bisect_right(self.to_plain.ends, span[0]), bisect_left(self.to_plain.starts, span[1])

    def view(self, start: int, end: int) -> View | None:
        """Return how the worst spelt word inside a span was spelt, None where nothing in it was put right."""
        views = [view for first, last, view in self.spans if first < end and start < last]
        return min(views, key=lambda view: VIEW_FACTORS[view], default=None)


def restored(plain: str, odd: Iterable[OddSpelling]) -> RestoredText | None:
    """Write out odd spellings that are not doubtful, longer ones first; None where there are none."""
    chosen: list[OddSpelling] = []
    for item in sorted(odd, key=lambda item: (-len(item.word), item.span)):
        if not item.doubtful and not any(
            item.span[0] < other.span[1] and other.span[0] < item.span[1] for other in chosen
        ):
            chosen.append(item)
    if not chosen:
        return None
    chosen.sort(key=lambda item: item.span)
    pieces: list[str] = []
    spans: list[tuple[int, int, View]] = []
    done = written = 0
    for item in chosen:
        first, last = item.span
        pieces += [plain[done:first], item.word]
        written += first - done
        spans.append((written, written + len(item.word), item.view))
        written += len(item.word)
        done = last
    pieces.append(plain[done:])
    to_plain = EditedMap(len(plain), [(item.span, [item.span] * len(item.word)) for item in chosen])
    return RestoredText("".join(pieces), to_plain, tuple(spans))


class RestoredSearch:
    """What stands in one restored text and did not in the text as it is written."""

    def __init__(self, text: RestoredText, tight_text: str, met: WordsMet) -> None:
        self._text = text
        self._tight = tight_text
        self._met = met

    def candidates(
        self, patterns: Mapping[PatternKey, Places], wanted: Callable[[Owner], bool], slow: SlowPattern
    ) -> Iterator[Candidate]:
        """Yield what the patterns of wanted rules find where a word was put right."""
        to_restored = tight_map(self._text.plain)
        lines = Lines(self._tight, lambda start, end: self._text.view(*to_restored.span(start, end)) is not None)
        for (owner, pattern), places in patterns.items():
            if not wanted(owner):
                continue
            for found in lines.matches(pattern, places, slow):
                span = to_restored.span(*found.span())
                view = self._text.view(*span)
                if view is not None:
                    yield pattern_candidate(owner, found, self._text.to_plain.span(*span), view)

    def class_words(self, known: set[tuple[str, str, float]]) -> set[tuple[str, str, float]]:
        """Return kind, word and weight of the words for kinds of goods that are not among those known."""
        return self._met.classes() - known


class RestoredTexts(NamedTuple):
    """The searches of some restored texts, those texts, tight, and the words of patterns that were met in them."""

    each: Sequence[RestoredSearch]
    tight: Sequence[str]
    found: WordsFound


def search_restored(texts: Sequence[RestoredText], search: WordSearch) -> RestoredTexts:
    """Look for all words in some restored texts at once."""
    tight_texts = [tight(text.plain) for text in texts]
    every = search.in_texts([joined(text) for text in tight_texts])
    each = zip(texts, tight_texts, every.each, strict=True)
    return RestoredTexts([RestoredSearch(*parts) for parts in each], tight_texts, every.found)
