"""A search as it stands in an address: the same names for the page, the API, exports and the Python client."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import parse_qsl, urlencode

from pydantic import BaseModel, ConfigDict, Field, field_validator

from jianwei.errors import QueryError
from jianwei.fusion.methods import FusionMethod
from jianwei.records import Filters
from jianwei.search.regions import Region, region_without_its_picture
from jianwei.search.request import DEFAULT_ALPHA, DEFAULT_FUSION, AskedPicture, JoinedQuery, SearchRequest
from jianwei.search.request_checks import MAX_HITS, MAX_JOINED, MAX_PICTURES, Sort, Target
from jianwei.search.results import Channel
from jianwei.text.query_syntax import MAX_QUERY_CHARACTERS

if TYPE_CHECKING:
    from collections.abc import Callable

    from jianwei.errors import JianweiError


class SearchQuery(BaseModel):
    """What is searched for. Empty values restrict nothing, so that a form can be sent as it is."""

    model_config = ConfigDict(populate_by_name=True)

    words: str = Field(
        default="",
        description=f"Words in the query language, {MAX_QUERY_CHARACTERS} characters at most.",
        examples=["根治便秘"],
    )
    picture: str = Field(
        default="", max_length=64, description="Hash of a picture: one of the library, or one given by /query-pictures."
    )
    region: str = Field(
        default="",
        max_length=60,
        description="Part of the picture to search with: left,top,width,height as fractions or pixels.",
        examples=["0.1,0.2,0.5,0.5"],
    )
    further_picture: list[str] = Field(
        default_factory=list,
        max_length=MAX_PICTURES,
        description="Hashes of further pictures: likeness to any of them counts.",
    )
    also: list[str] = Field(
        default_factory=list,
        max_length=MAX_JOINED,
        description="Further queries in words; a listing counts with the best of its scores.",
    )
    platform: list[str] = Field(default_factory=list, max_length=100, description="Only of these platforms.")
    shop: list[str] = Field(default_factory=list, max_length=100, description="Only of these shops.")
    category: list[str] = Field(default_factory=list, max_length=100, description="Only of these categories.")
    price_min: float | None = Field(default=None, ge=0, description="Only what costs so much or more.")
    price_max: float | None = Field(default=None, ge=0, description="Only what costs so much or less.")
    captured_from: str = Field(default="", max_length=40, alias="from", description="A day or a moment, ISO 8601.")
    captured_to: str = Field(
        default="", max_length=40, alias="to", description="A day (inclusive) or a moment, ISO 8601."
    )
    avoid: str = Field(default="", max_length=500, description="Words whose hits sink.")
    avoid_picture: list[str] = Field(
        default_factory=list, max_length=MAX_PICTURES, description="Hashes of pictures whose like sinks."
    )
    alpha: float = Field(
        default=DEFAULT_ALPHA, ge=0, le=1, description="Weight of pictures and meaning against written words."
    )
    channel: list[str] = Field(
        default_factory=list, max_length=20, description="Only these channels take part; empty for all."
    )
    weight: list[str] = Field(
        default_factory=list,
        max_length=20,
        description="How much a channel counts, channel=number; 0 leaves it out.",
        examples=[["text:ocr=2", "hash=0"]],
    )
    fusion: FusionMethod = Field(default=DEFAULT_FUSION, description="How channels are joined to one score.")
    target: Target = Field(default="listings", description="What is looked for; each of pictures is one hit.")
    sort: Sort = Field(default="relevance", description="In which order hits come.")
    min_relevance: float | None = Field(
        default=None, ge=0, le=1, description="Fold away hits below; empty for the usual."
    )
    fold: bool = Field(
        default=True, description="Listings that show the same picture are one hit with the others under it."
    )
    space: str = Field(default="", max_length=200, description="Vector space to ask; empty for the one that fits.")
    limit: int = Field(default=24, ge=1, le=MAX_HITS, description="Hits of a page.")
    cursor: str = Field(default="", max_length=200_000, description="From the page before; empty for the first.")

    @field_validator("price_min", "price_max", "min_relevance", mode="before")
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator("platform", "shop", "category", "further_picture", "also", "avoid_picture", "channel")
    @classmethod
    def _without_empty(cls, value: list[str]) -> list[str]:
        return [item for item in dict.fromkeys(value) if item.strip()]

    @property
    def asks(self) -> bool:
        """True when there is something to search for."""
        return self.has_question or self.has_filters

    @property
    def has_question(self) -> bool:
        """True when words or a picture are looked for: hits then have an order."""
        return bool(self.words.strip() or self.picture or self.further_picture or self.also)

    @property
    def has_filters(self) -> bool:
        """True when something restricts the listings."""
        narrowed = (self.platform, self.shop, self.category, self.captured_from, self.captured_to)
        return any(narrowed) or self.price_min is not None or self.price_max is not None

    @property
    def is_narrowed(self) -> bool:
        """True when more is asked than words, a picture, an order: what a page shows as conditions that can be left."""
        return bool(self.pairs(words=None, picture=None, sort=None, fold=None, limit=None, cursor=None))

    def filters(self) -> Filters:
        """Return the restrictions as the library takes them.

        Raises:
            QueryError: a date cannot be read.
        """
        return Filters(
            platforms=frozenset(self.platform),
            shops=frozenset(self.shop),
            categories=frozenset(self.category),
            price_min=self.price_min,
            price_max=self.price_max,
            captured_from=read_moment(self.captured_from, "from"),
            captured_to=read_moment(self.captured_to, "to"),
        )

    def request(self, bytes_of: Callable[[str], bytes]) -> SearchRequest:
        """Return the request to the library; `bytes_of` gives the picture that a hash stands for.

        Raises:
            QueryError: a value cannot be used.
            NotFoundError: a picture is not here any more.
        """
        if self.region and not self.picture:
            raise region_without_its_picture(0)
        region = Region.read(self.region) if self.region else None
        own = [AskedPicture(bytes_of(self.picture), region)] if self.picture else []
        return SearchRequest(
            words=self.words,
            pictures=(*own, *(AskedPicture(bytes_of(sha256)) for sha256 in self.further_picture)),
            queries=tuple(JoinedQuery(words) for words in self.also),
            filters=self.filters(),
            limit=self.limit,
            cursor=self.cursor,
            alpha=self.alpha,
            space=self.space,
            fusion=self.fusion,
            weights=self.weights(),
            channels=frozenset(cast("list[Channel]", self.channel)),
            avoid_words=self.avoid,
            avoid_pictures=tuple(AskedPicture(bytes_of(sha256)) for sha256 in self.avoid_picture),
            target=self.target,
            sort=self.sort,
            min_relevance=self.min_relevance,
            fold=self.fold,
        )

    def weights(self) -> dict[Channel, float]:
        """Return the weight of each channel that has one.

        Raises:
            QueryError: one is not channel=number.
        """
        weights: dict[Channel, float] = {}
        for item in self.weight:
            name, _, number = item.rpartition("=")
            try:
                weights[cast("Channel", name)] = float(number)
            except ValueError as error:
                raise QueryError(
                    f"weight is {item!r}; write channel=number, such as text:ocr=2.",
                    zh=f"weight 为 {item!r}；请写成“通道=数值”，如 text:ocr=2。",
                ) from error
        return weights

    def asked(self) -> dict[str, Any]:
        """Return what differs from the defaults, by the names that stand in an address."""
        # As `model_dump` of Pydantic does it, in a tenth of the time: it looks at every field, few of which are set.
        given, values = self.model_fields_set, self.__dict__
        asked = {}
        for name, (alias, default) in _names_and_defaults(type(self)).items():
            if name in given and values[name] != default:
                asked[alias] = values[name]
        return asked

    def noted(self) -> dict[str, Any]:
        """Return the same without the page, as the audit log keeps it."""
        return {name: value for name, value in self.asked().items() if name not in ("limit", "cursor")}

    def address(self, path: str = "/search", **changes: object) -> str:
        """Return the address of this search with some values changed; what is default is left out."""
        query = urlencode(self.pairs(**changes))
        return f"{path}?{query}" if query else path

    def pairs(self, **changes: object) -> list[tuple[str, str]]:
        """Return the same as names and values, as a form holds them."""
        values: dict[str, Any] = {**self.asked(), **changes}
        kept = {name: value for name, value in values.items() if value not in ("", None, [])}
        kept = {name: str(value).lower() if isinstance(value, bool) else value for name, value in kept.items()}
        return parse_qsl(urlencode(kept, doseq=True), keep_blank_values=True)

    def bare_address(self) -> str:
        """Return the address of the question alone: its words and picture without any condition."""
        return SearchQuery(words=self.words, picture=self.picture).address()

    def without(self, name: str, value: str = "") -> str:
        """Return the address without a filter, or without one of its values."""
        present = self.model_dump(by_alias=True).get(name)
        rest = [item for item in present if item != value] if isinstance(present, list) and value else None
        changes: dict[str, object] = {name: rest, "cursor": None}
        return self.address("/search", **changes)


class ApiSearchQuery(SearchQuery):
    """The same for programs, which learn of a misspelt name: it would answer another question."""

    model_config = ConfigDict(populate_by_name=True, extra="forbid")

    facets: bool = Field(default=False, description="Also count the values that filters take among what was ranked.")


@lru_cache(maxsize=8)
def _names_and_defaults(model: type[SearchQuery]) -> dict[str, tuple[str, object]]:
    return {
        name: (field.alias or name, field.get_default(call_default_factory=True))
        for name, field in model.model_fields.items()
    }


def search_address(asked: object) -> str:
    """Return the address of a search that the log tells of; the page itself where it cannot be read any more."""
    try:
        return SearchQuery.model_validate(asked).address()
    except ValueError:
        return "/search"


def read_moment(text: str, name: str) -> datetime | None:
    """Read a day or a moment; a day at the end of a range is inclusive. Without a zone, that of this machine.

    Raises:
        QueryError: it is neither.
    """
    if not text.strip():
        return None
    try:
        moment = datetime.fromisoformat(text.strip())
        if len(text.strip()) <= 10:
            midnight = datetime.combine(moment.date(), time()).astimezone()
            return midnight + timedelta(days=1, microseconds=-1) if name == "to" else midnight
        return moment.astimezone()
    except (ValueError, OverflowError, OSError) as error:
        raise _bad_moment(text, name) from error


def _bad_moment(text: str, name: str) -> JianweiError:
    return QueryError(
        f"{name} is {text!r}; write a day such as 2025-01-31 or a moment such as 2025-01-31T18:00+08:00.",
        zh=f"{name} 为 {text!r}；请写日期（如 2025-01-31）或时刻（如 2025-01-31T18:00+08:00）。",
    )
