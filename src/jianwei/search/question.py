"""A request made ready for ranking: words parsed, pictures read, queries on their way into vector spaces."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from jianwei.search.channels import spoken
from jianwei.search.query_picture import QueryPicture
from jianwei.text.pieces import pieces_of_words, titledness
from jianwei.text.query_syntax import Term, Words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from jianwei.fusion.methods import FusionMethod
    from jianwei.records import Filters
    from jianwei.search.results import Channel
    from jianwei.search.vector_channels import AskedSpace
    from jianwei.text.query_syntax import QueryNode


@dataclass(frozen=True, slots=True)
class AskedWords:
    """Words to look for, as they are written and in spaces; `spaces` is empty without encoders.

    `telling` is the part of them whose share in a listing is measured: without words such as "of" among others.
    """

    node: QueryNode
    spaces: tuple[AskedSpace, ...] = ()
    telling: QueryNode = field(kw_only=True)

    @property
    def is_strict(self) -> bool:
        """Whether operators, fields or quotes say what must match; meaning and sound then add nothing to it."""
        return not is_plain(self.node)

    @property
    def titled(self) -> float:
        """How much it is a pasted title, 0..1, by the pieces it has: of a title nobody expects to find the whole."""
        if self.is_strict:
            return 0.0
        return titledness(sum(len(pieces_of_words(word)) for word in spoken(self.node).split()))


@dataclass(frozen=True, slots=True)
class ReadPicture:
    """A picture to look for, read, and in spaces."""

    picture: QueryPicture
    spaces: tuple[AskedSpace, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """One of the joined queries. Words, pictures or both; with both, both are wanted.

    Without either nothing answers it: its words are all among `common`, which tell nothing.
    """

    words: AskedWords | None = None
    pictures: tuple[ReadPicture, ...] = ()
    common: tuple[str, ...] = ()

    @property
    def asks_nothing(self) -> bool:
        """Whether there is nothing that could answer it."""
        return self.words is None and not self.pictures

    def asked_spaces(self) -> Iterator[AskedSpace]:
        """Yield every space that it is asked in."""
        if self.words is not None:
            yield from self.words.spaces
        for read in self.pictures:
            yield from read.spaces

    @property
    def picture(self) -> QueryPicture | None:
        """All its pictures as one, so that the nearest to any of them counts; None without pictures."""
        if not self.pictures:
            return None
        read = [item.picture for item in self.pictures]
        if len(read) == 1:
            return read[0]
        return QueryPicture(
            np.concatenate([item.hashes for item in read]),
            tuple(line for item in read for line in item.lines),
            features=tuple(features for item in read for features in item.features),
        )


@dataclass(frozen=True, slots=True)
class Weighing:
    """How channels are weighed: the fields of a request that say so."""

    fusion: FusionMethod
    alpha: float
    channels: frozenset[Channel] = frozenset()
    weights: Mapping[Channel, float] = field(default_factory=dict)

    def weight(self, channel: Channel) -> float:
        """Return how much a channel counts; 0 where it takes no part."""
        if self.channels and channel not in self.channels:
            return 0.0
        return self.weights.get(channel, 1.0) if self.weights else 1.0

    def names(self, channel: Channel) -> bool:
        """Return whether a channel was asked for by its name."""
        return channel in self.channels or channel in self.weights


@dataclass(frozen=True, slots=True)
class Plan:
    """A whole request made ready. Without questions every listing inside the scope answers it."""

    questions: tuple[Question, ...]
    avoided: tuple[Question, ...]
    filters: Filters
    weighing: Weighing
    cases_only: bool = False
    among: frozenset[int] | None = None

    def asked_spaces(self) -> Iterator[AskedSpace]:
        """Yield every space that any of its queries is asked in."""
        for question in (*self.questions, *self.avoided):
            yield from question.asked_spaces()


def is_plain(node: QueryNode) -> bool:
    """Tell whether a query is nothing but words side by side, without operators, fields, quotes or `~`."""
    match node:
        case Term(field=None, fuzzy=False):
            return True
        case Words(children):
            return all(is_plain(child) for child in children)
        case _:
            return False
