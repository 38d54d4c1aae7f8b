"""Makes a listing out of a raw record: columns to fields, texts to prices and times, picture values to references.

Leaves out reading files and the check for listings that come twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from jianwei.errors import PictureFetchError
from jianwei.ingest.fetching.refusals import shown
from jianwei.ingest.sources.columns import plan_columns
from jianwei.ingest.sources.listing_ids import PATTERN_FIELDS, content_code, id_from_code, id_from_pattern
from jianwei.ingest.sources.pairs import parse_pairs, parse_words
from jianwei.ingest.sources.picture_values import picture_values
from jianwei.ingest.sources.prices import is_foreign, parse_price, states_no_price
from jianwei.ingest.sources.raw import record_failure
from jianwei.ingest.sources.scalars import is_empty, json_in_text, json_ready, plain_text
from jianwei.ingest.sources.times import parse_time
from jianwei.records import CaseRecord, Failure, ListingRecord, PictureReference

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jianwei.ingest.sources.columns import ColumnPlan
    from jianwei.ingest.sources.mapping import SourceMapping
    from jianwei.ingest.sources.picture_places import PicturePlaces
    from jianwei.ingest.sources.picture_values import PictureValue
    from jianwei.ingest.sources.raw import RawRecord
    from jianwei.records import PictureRole

_MOST_PLANS = 1000  # records of one source have few different sets of keys; the bound is against hostile ones


class ListingBuilder:
    """Builds the listings of one source. `platform` goes before every other statement of the platform."""

    def __init__(self, mapping: SourceMapping, places: PicturePlaces, *, platform: str = "") -> None:
        self._mapping = mapping
        self._places = places
        self._zone = ZoneInfo(mapping.time_zone)
        self._constants = dict(mapping.constants) | ({"platform": platform} if platform else {})
        self._plans: dict[tuple[str, ...], ColumnPlan] = {}

    def build(self, raw: RawRecord) -> tuple[ListingRecord | None, list[Failure]]:
        """Return the listing, None where the record cannot be one, and the failures of the record and its pictures."""
        plan = self._plan(raw)
        references, written, failures = self._pictures(raw, plan)
        fields = self._fields(raw, plan)
        failures.extend(self._unread(raw, plan, fields))
        listing = self._with_id(raw, replace(fields, pictures=references) if references else fields, written)
        if isinstance(listing, Failure):
            return None, [listing]
        return listing, [replace(failure, listing_id=listing.listing_id) for failure in failures]

    def _plan(self, raw: RawRecord) -> ColumnPlan:
        key = tuple(raw.values)
        plan = self._plans.get(key)
        if plan is None:
            if len(self._plans) >= _MOST_PLANS:
                self._plans.clear()
            plan = plan_columns(key, fields=self._mapping.fields, pictures=self._mapping.pictures_columns)
            self._plans[key] = plan
        return plan

    def _fields(self, raw: RawRecord, plan: ColumnPlan) -> ListingRecord:
        def value(name: str) -> object:
            return self._value(raw, plan, name)

        return ListingRecord(
            listing_id=plain_text(value("listing_id")),
            platform=plain_text(value("platform")),
            product_code=plain_text(value("product_code")),
            url=_full_url(plain_text(value("url"))),
            title=plain_text(value("title")),
            price=self._price(value("price")),
            shop=plain_text(value("shop")),
            category=plain_text(value("category")),
            captured_at=parse_time(value("captured_at"), zone=self._zone),
            intro=parse_pairs(value("intro")),
            spec=parse_pairs(value("spec")),
            case=self._case(raw, plan),
            source=_as_mapping(json_ready(raw.values)),
        )

    def _unread(self, raw: RawRecord, plan: ColumnPlan, fields: ListingRecord) -> list[Failure]:
        """Return the failures of a time and a price that are stated and could not be read."""
        failures: list[Failure] = []
        time = self._value(raw, plan, "captured_at") if fields.captured_at is None else None
        if time is not None and plain_text(time) != "0":  # how crawlers write a moment that they do not know
            failures.append(_unread_time(raw, _column(raw, plan, "captured_at", time), shown(str(time))))
        price = self._value(raw, plan, "price") if fields.price is None else None
        if price is not None and not states_no_price(price):
            failures.append(_unread_price(raw, _column(raw, plan, "price", price), price))
        return failures

    def _value(self, raw: RawRecord, plan: ColumnPlan, name: str) -> object:
        constant = self._constants.get(name)
        if constant is not None:
            return constant
        for column in plan.fields.get(name, ()):  # no generator: nine of sixteen fields of a record have no column
            value = raw.values[column]
            if not is_empty(value):
                return value
        return None

    def _price(self, value: object) -> float | None:
        price = parse_price(value, of_range=self._mapping.price_range)
        return price / 100 if price is not None and self._mapping.price_unit == "fen" else price

    def _case(self, raw: RawRecord, plan: ColumnPlan) -> CaseRecord | None:
        """Return the case of a record that states one: in columns of its own, or in one object `case`."""
        nested = json_in_text(self._value(raw, plan, "case"))
        inner = nested if isinstance(nested, Mapping) else {}

        def stated(name: str) -> object:
            own = self._value(raw, plan, name)
            return inner.get(name, inner.get(name.removeprefix("illegal_"))) if own is None else own

        case = CaseRecord(
            illegal_type=plain_text(stated("illegal_type")),
            keywords=parse_words(stated("illegal_keywords"), separator=self._mapping.keywords_separator),
            basis=plain_text(stated("illegal_basis")),
            description=plain_text(stated("illegal_description")),
        )
        return case if case != CaseRecord("") else None

    def _pictures(
        self, raw: RawRecord, plan: ColumnPlan
    ) -> tuple[tuple[PictureReference, ...], list[str], list[Failure]]:
        """Return the references, each place once; the places as written; the failures of refused places."""
        references: dict[str, PictureReference] = {}
        written: list[str] = []
        failures: list[Failure] = []
        for value, role in self._picture_values(raw, plan):
            written.append(value.place or hashlib.sha256(value.data or b"").hexdigest())
            position = len(references)
            try:
                reference = self._reference(raw, value, role, position)
            except PictureFetchError as error:
                failures.append(Failure("fetch", shown(value.place), error.reason, error.message, error.message_zh))
            else:
                references.setdefault(reference.location, reference)
        for known in raw.pictures:
            references.setdefault(known.location, replace(known, position=len(references)))
        return tuple(references.values()), written, failures

    def _picture_values(self, raw: RawRecord, plan: ColumnPlan) -> list[tuple[PictureValue, PictureRole]]:
        return [
            (value, value.role or role)
            for column, role in plan.pictures
            for value in picture_values(
                raw.values[column],
                separator=self._mapping.pictures_separator,
                prefer_paths=bool(self._mapping.pictures_base),
            )
        ]

    def _reference(self, raw: RawRecord, value: PictureValue, role: PictureRole, position: int) -> PictureReference:
        if value.data is not None:
            # Bytes have no place of their own: they are named after the record that carries them.
            location = f"{self._places.name(raw.place.file)}#{raw.place.line}.{position}"
            return PictureReference(location, role, position, value.data)
        return PictureReference(self._places.location(value.place, folder=raw.folder), role, position)

    def _with_id(self, raw: RawRecord, listing: ListingRecord, written: Sequence[str]) -> ListingRecord | Failure:
        """Return the listing with its id and product code, or the failure of one that cannot be named."""
        named = listing if listing.product_code or not raw.code else replace(listing, product_code=raw.code)
        if self._mapping.id_pattern:
            texts = {name: str(getattr(named, name)) for name in PATTERN_FIELDS}
            own = id_from_pattern(self._mapping.id_pattern, fields=texts, values=raw.values)
            return replace(named, listing_id=own) if own else _without_id(raw, self._mapping.id_pattern)
        if listing.listing_id:
            return named
        code = listing.product_code or raw.own_id
        if not code and (listing.url or listing.title or listing.pictures or written):
            code = content_code(url=listing.url, title=listing.title, shop=listing.shop, pictures=written)
        if not code:
            return _says_nothing(raw)
        own = id_from_code(code, platform=listing.platform, url=listing.url, namespace=raw.namespace)
        return replace(named, listing_id=own)


def _full_url(text: str) -> str:
    """Return a URL as page sources write it (`//item.jd.com/1.html`) with its scheme."""
    return f"https:{text}" if text.startswith("//") else text


def _as_mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}


def _column(raw: RawRecord, plan: ColumnPlan, name: str, value: object) -> str:
    """Return the column that a field came from."""
    return next((column for column in plan.fields.get(name, ()) if raw.values[column] == value), name)


def _unread_time(raw: RawRecord, column: str, text: str) -> Failure:
    """Return the failure of a listing whose time is not known: the law in force on a day then cannot be told."""
    return record_failure(
        raw.place,
        "unread-time",
        english=f"the time {text!r} in {column} could not be read; the listing is kept without a time. "
        "Write it as 2024-05-01 12:00:00, or as seconds since 1970.",
        chinese=f"{column} 中的时间 {text!r} 无法识别，该商品未记时间但已保留。"
        "请写成 2024-05-01 12:00:00 或 1970 年以来的秒数。",
    )


def _unread_price(raw: RawRecord, column: str, value: object) -> Failure:
    """Return the failure of a listing whose price is not known: no filter and no rule about prices then reaches it."""
    text = shown(str(value))
    if is_foreign(value):
        return record_failure(
            raw.place,
            "foreign-price",
            english=f"the price {text!r} in {column} is not in yuan; the listing is kept without a price. "
            "Change it into yuan before.",
            chinese=f"{column} 中的价格 {text!r} 不是人民币，该商品未记价格但已保留。请先换算成人民币。",
        )
    return record_failure(
        raw.place,
        "unread-price",
        english=f"the price {text!r} in {column} could not be read; the listing is kept without a price. "
        "Write it as 99.00 or 99-199, from 0 to 100,000,000,000 yuan.",
        chinese=f"{column} 中的价格 {text!r} 无法识别，该商品未记价格但已保留。"
        "请写成 99.00 或 99-199，范围为 0 至 1000 亿元。",
    )


def _without_id(raw: RawRecord, pattern: str) -> Failure:
    return record_failure(
        raw.place,
        "no-id",
        english=f"a part of the id pattern {pattern!r} is empty in this record. Fill it or change the pattern.",
        chinese=f"id 模式 {pattern!r} 中有一部分在该记录里为空。请补全，或修改模式。",
    )


def _says_nothing(raw: RawRecord) -> Failure:
    columns = ", ".join(raw.values) or "–"
    return record_failure(
        raw.place,
        "empty-record",
        english=f"the record has neither code, URL, title nor pictures. Its columns: {columns}. "
        "Let a line of totals or remarks be; else name the right ones in a mapping.",
        chinese=f"该记录没有编号、链接、标题，也没有图片。已有的列：{columns}。合计、备注之类的行可不理会，"
        "否则请在映射文件中指明对应的列。",
    )
