"""The plain records that all parts of Jianwei exchange: frozen, without behaviour beyond small derived values.

The words are those of the trade: a *listing* is one offer on a platform, a *picture* is one distinct image file.
Numbers ending in `_no` are the catalog's own integer keys; `listing_id` and `sha256` are the names people and
other programs use.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

PictureRole = Literal["main", "detail", "sku", "other"]
"""What a picture does on its listing's page: `main` is the gallery, `detail` the long description below it."""

Quad = tuple[tuple[float, float], tuple[float, float], tuple[float, float], tuple[float, float]]
"""Four corners (x, y) in picture pixels after EXIF rotation, clockwise from the text's own top left."""

Pairs = tuple[tuple[str, str], ...]
"""Name and value pairs in page order; a name may come twice."""

VectorKind = Literal["picture", "title", "caption"]
"""What a vector stands for: one picture file, its newest caption, or one title, however many listings bear it."""

FailureStage = Literal["record", "fetch", "decode", "ocr", "embed", "caption", "opinion", "store"]


@dataclass(frozen=True, slots=True)
class PictureReference:
    """Where a source says that a picture of a listing is, before anything was read.

    `location` is an absolute path, `archive.zip!/member`, a `data:` URI or an http(s) URL. `data` holds the
    bytes where the
    source carries them itself (base64 columns, sidecar members); then `location` only names them.
    """

    location: str
    role: PictureRole = "main"
    position: int = 0
    data: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class CaseRecord:
    """Why a listing is known to be a violation, in the words of the authority or reviewer who decided it."""

    illegal_type: str
    keywords: tuple[str, ...] = ()
    basis: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class ListingRecord:
    """One offer as a source gives it.

    `listing_id` is unique in the library: `platform:product_code`, or a name derived from the source where
    there is no code.
    `price` is in the currency of the platform. `captured_at` carries a time zone. `source` is the raw record,
    kept as evidence.
    """

    listing_id: str
    platform: str = ""
    product_code: str = ""
    url: str = ""
    title: str = ""
    price: float | None = None
    shop: str = ""
    category: str = ""
    captured_at: datetime | None = None
    intro: Pairs = ()
    spec: Pairs = ()
    pictures: tuple[PictureReference, ...] = ()
    case: CaseRecord | None = None
    source: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Listing:
    """One offer as the catalog holds it. `pictures` are not part of it: ask the catalog."""

    listing_no: int
    listing_id: str
    platform: str
    product_code: str
    url: str
    title: str
    price: float | None
    shop: str
    category: str
    captured_at: datetime | None
    intro: Pairs
    spec: Pairs
    case: CaseRecord | None


@dataclass(frozen=True, slots=True)
class FilterValues:
    """What filters ask of a listing: what is counted of many without reading them whole."""

    listing_no: int
    platform: str
    shop: str
    category: str
    price: float | None
    captured_at: datetime | None


@dataclass(frozen=True, slots=True)
class PictureFacts:
    """What decoding tells of one distinct image file.

    `width_px` and `height_px` are those after EXIF rotation. `pdq` are the 32 bytes of the PDQ hash, None where
    the picture is too small or too plain for one to mean anything; `pdq_quality` runs from 0 to 100.
    """

    sha256: str
    format: str
    width_px: int
    height_px: int
    size_bytes: int
    frames: int = 1
    pdq: bytes | None = None
    pdq_quality: int = 0


@dataclass(frozen=True, slots=True)
class Picture:
    """One distinct image file as the catalog holds it. `location` is one place where its bytes were last read."""

    picture_no: int
    facts: PictureFacts
    location: str


@dataclass(frozen=True, slots=True)
class ListingPicture:
    """One picture in its place on one listing."""

    listing_no: int
    picture: Picture
    role: PictureRole
    position: int


@dataclass(frozen=True, slots=True)
class OcrLine:
    """One recognised line of text. `confidence` is in 0..1; lines come in reading order."""

    text: str
    box: Quad
    confidence: float


@dataclass(frozen=True, slots=True)
class LocationState:
    """What a local file looked like when its bytes were last read, to see without reading that it is the same.

    `size_bytes` and `mtime_ns` are 0 for what has neither (URLs, data URIs).
    """

    location: str
    size_bytes: int
    mtime_ns: int
    sha256: str | None
    """None where the file could not be used; the reason is in the failures."""


@dataclass(frozen=True, slots=True)
class VectorSpace:
    """One vector space as the catalog holds it. `name` is `model@revision`; `space_no` is never given to another."""

    space_no: int
    name: str
    dims: int


@dataclass(frozen=True, slots=True)
class CaptionText:
    """The newest caption of a picture, and the SHA-256 of the picture, under which its vector is kept."""

    picture_no: int
    text: str
    sha256: str


@dataclass(frozen=True, slots=True)
class TitleText:
    """One distinct title without the white space around it, its SHA-256, and the first listing that bears it."""

    listing_no: int
    text: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Failure:
    """One thing that could not be used during an ingest, and why.

    `reason` is a stable word for programs, the messages are for people.
    """

    stage: FailureStage
    location: str
    reason: str
    message: str
    message_zh: str
    listing_id: str = ""
    transient: bool = False
    happened_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PictureCode:
    """A machine-readable code of a picture: its kind (`qr`), its content, and where it stands."""

    format: str
    content: str
    box: Quad | None = None


@dataclass(frozen=True, slots=True)
class Filters:
    """Restrictions on listings. Empty sets and None restrict nothing; bounds are inclusive, times carry a time zone.

    A listing without a price (time) is outside every price (time) range.
    """

    platforms: frozenset[str] = frozenset()
    shops: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    price_min: float | None = None
    price_max: float | None = None
    captured_from: datetime | None = None
    captured_to: datetime | None = None

    @property
    def is_empty(self) -> bool:
        """True when nothing is restricted."""
        return self is NO_FILTERS or self == NO_FILTERS  # comparing takes ten times as long


NO_FILTERS = Filters()
"""What leaves every listing."""


@dataclass(frozen=True, slots=True)
class TextDocument:
    """The searchable text of one listing. Each string of a tuple is one line: words never match across two of them.

    `ocr_places` tells of each line of `ocr` which line of which picture it is, as (picture_no, its number there from
    0); empty where that is not known. `picture_no` is the first picture of the listing, 0 where it shows none.
    """

    listing_no: int
    title: str
    spec: tuple[str, ...]
    ocr: tuple[str, ...]
    caption: tuple[str, ...] = ()
    platform: str = ""
    shop: str = ""
    category: str = ""
    price: float | None = None
    captured_at: datetime | None = None
    ocr_places: tuple[tuple[int, int], ...] = ()
    picture_no: int = 0


@dataclass(frozen=True, slots=True)
class CatalogStats:
    """Counts over a whole library. Names of one platform are counted as one, under the most frequent of them."""

    listings: int
    pictures: int
    pictures_with_text: int
    ocr_lines: int
    captions: int
    vectors: Mapping[str, int]
    cases: int
    failures: int
    sequence: int
    platforms: Mapping[str, int]
    categories: Mapping[str, int]
