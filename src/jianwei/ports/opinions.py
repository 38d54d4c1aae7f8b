"""Second opinions of a vision-language model on pictures: what is asked, what it claims, what of it holds, and a store.

An opinion is a voice of its own beside the findings of rules. It never changes or removes one of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime

    from jianwei.ports.findings import LawCitation, Place, RiskStatus
    from jianwei.records import Picture

RejectionKind = Literal["form", "category", "quote", "article", "language"]
"""Why a claim, or a part of one, was turned down: its form; a category, quotation or article that does not exist; or
reasons in another language than Chinese."""


@dataclass(frozen=True, slots=True)
class GuideCategory:
    """One category that a model may name: its code, its name, and articles as they are cited."""

    code: str
    name: str
    articles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PictureQuestion:
    """What is told of a picture beside it: the title of a listing that shows it, and the lines that OCR read in it."""

    title: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Claim:
    """One violation that a model sees. `quotes` are words it says it read; confidence is its own word, 0..1.

    `law` is the name of a law and `article` one of its articles, both empty where it names none.
    """

    category: str
    quotes: tuple[str, ...]
    law: str
    article: str
    confidence: float
    reason: str


@dataclass(frozen=True, slots=True)
class Rejection:
    """Something that a model claimed and that does not hold: what it wrote, and for which category."""

    kind: RejectionKind
    value: str
    category: str = ""


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a model answered about one picture, and the tokens that it took (0 where the server does not count)."""

    claims: tuple[Claim, ...]
    rejections: tuple[Rejection, ...] = ()
    prompt_tokens: int = 0
    completion_tokens: int = 0


@dataclass(frozen=True, slots=True)
class StoredOpinion:
    """The claims about one picture that held when they were checked, and what was turned down."""

    picture_no: int
    model_id: str
    claims: tuple[Claim, ...]
    rejections: tuple[Rejection, ...]
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class OpinionFinding:
    """One claim that holds on one listing: words that stand there, and where; articles as the rulebook has them.

    Without `quotes` the model judged by what it saw. `confidence` is the model's own word, 0..1, not a measured one.
    """

    category: str
    picture_no: int
    model_id: str
    quotes: tuple[str, ...]
    places: tuple[Place, ...]
    laws: tuple[LawCitation, ...]
    confidence: float
    reason: str


class OpinionModel(Protocol):
    """Gives opinions on pictures. Safe to call from several threads at once."""

    @property
    def model_id(self) -> str:
        """Name of the model and version of all that it is told; opinions are stored under it."""
        ...

    @property
    def parallelism(self) -> int:
        """How many threads should call `judge` at once."""
        ...

    def judge(self, picture: bytes, question: PictureQuestion) -> Opinion:
        """Return what the model says of one encoded picture. Nothing of it has been checked but its form.

        Raises:
            PictureDecodeError: it is not a picture we can read.
            ModelError: the endpoint refused, failed or answered nonsense; `status` is among its facts where there was
                one.
        """
        ...


class OpinionWriter(Protocol):
    """Write access to opinions inside one transaction."""

    def put_opinion(self, picture_no: int, *, model_id: str, opinion: Opinion) -> None:
        """Store what a model said of a picture, in place of what it said before."""
        ...


class OpinionStore(Protocol):
    """The opinions of a library."""

    def opinions(self, picture_nos: Sequence[int]) -> dict[int, StoredOpinion]:
        """Return the newest opinion on each of the pictures that has one."""
        ...

    def pictures_without_opinion(
        self, model_id: str, statuses: Sequence[RiskStatus], after_no: int, limit: int
    ) -> list[Picture]:
        """Return pictures with picture_no > after_no that this model was not asked about, ascending, at most `limit`.

        Only those that a listing with one of the statuses shows.
        """
        ...

    def missing_opinions(self, model_id: str, statuses: Sequence[RiskStatus]) -> int:
        """Count those pictures."""
        ...

    def writing_opinions(self) -> AbstractContextManager[OpinionWriter]:
        """Open a transaction."""
        ...
