"""Every JSON object that leaves Jianwei, as one TypedDict each.

The field names are a promise to other programs: a field may be added, none is renamed or removed. Times are ISO 8601
with a time zone, sizes in bytes, lengths in pixels, boxes four [x, y] corners in picture pixels after EXIF rotation,
clockwise from the text's own top left. A field that can be unknown is null, never missing. How records become these
objects stands in `json_values.py`.
"""

from __future__ import annotations

from typing import NotRequired

from typing_extensions import TypedDict  # pydantic needs this one before Python 3.12

from jianwei.export.json_facets import FacetsJson  # noqa: TC001  # pydantic looks the name up

Box = list[list[float]]


class CaseJson(TypedDict):
    """Why a listing is known to be a violation."""

    illegal_type: str
    keywords: list[str]
    basis: str
    description: str


class OcrLineJson(TypedDict):
    """One line of text read in a picture; `confidence` is in 0..1."""

    text: str
    confidence: float
    box: Box


class CodeJson(TypedDict):
    """A QR code of a picture: its kind (`qr`), what it says, and its four corners."""

    format: str
    content: str
    box: list[list[float]] | None


class PictureJson(TypedDict):
    """One picture of a listing. `read` is false where OCR has not run on it; then `lines` says nothing."""

    sha256: str
    location: str
    role: str
    position: int
    format: str
    width_px: int
    height_px: int
    size_bytes: int
    frames: int
    read: bool
    lines: list[OcrLineJson]
    codes: list[CodeJson]


class ListingJson(TypedDict):
    """One listing with all that is known of it; `intro` and `spec` are [name, value] pairs in page order."""

    listing_id: str
    platform: str
    product_code: str
    url: str
    title: str
    price: float | None
    shop: str
    category: str
    captured_at: str | None
    intro: list[list[str]]
    spec: list[list[str]]
    case: CaseJson | None
    pictures: list[PictureJson]


class HighlightJson(TypedDict):
    """Query words in one line. `spans` are [start, end) characters of `text`; boxes only for text in pictures."""

    field: str
    text: str
    spans: list[list[int]]
    line_box: Box | None
    boxes: list[Box]


class HitPictureJson(TypedDict):
    """The picture that shows best why a listing was found. `distance` counts differing bits of the hashes, 0..256."""

    sha256: str
    location: str
    role: str
    width_px: int
    height_px: int
    distance: int | None
    highlights: list[HighlightJson]


class FoldedListingJson(TypedDict):
    """A listing that stands under a hit because it shows the same picture, which is `sha256` there.

    `distance` counts the bits in which the hashes of both pictures differ, 0 for the same file, null without a hash.
    """

    listing_id: str
    title: str
    price: float | None
    shop: str
    platform: str
    url: str
    captured_at: str | None
    score: float
    relevance: float
    sha256: str
    distance: int | None


class PictureFoldJson(TypedDict):
    """The listings of a search that show the picture `sha256` of a hit; counts include the hit itself.

    `under` names the others, at most 100 of them.
    """

    sha256: str
    listings: int
    shops: int
    under: list[FoldedListingJson]


class HitJson(TypedDict):
    """One found listing. `score` is in 0..1 within one search; `channels` holds the raw score of each channel.

    `relevance` estimates in 0..1 how likely a person calls it relevant; `channel_ranks` is its place in each channel,
    `query_no` the joined query it answers best, `same_picture_as` the rank of an earlier hit with the same picture.
    `fold` are the listings that stand under it, null where it stands alone.
    """

    rank: int
    listing_id: str
    score: float
    relevance: float
    channels: dict[str, float]
    channel_ranks: dict[str, int]
    query_no: int
    same_picture_as: int | None
    matched_words: list[str]
    title: str
    price: float | None
    shop: str
    platform: str
    category: str
    url: str
    captured_at: str | None
    is_case: bool
    picture: HitPictureJson | None
    picture_count: int
    highlights: list[HighlightJson]
    fold: PictureFoldJson | None


class ChannelOffJson(TypedDict):
    """A channel that took no part, and the command that turns it on (empty where there is none)."""

    channel: str
    reason: str
    reason_zh: str
    command: str


class RoutingJson(TypedDict):
    """The vector spaces that words were looked for in, and why; `language` is zh, en, mixed or other."""

    spaces: list[str]
    language: str
    explanation: str
    explanation_zh: str


class SearchJson(TypedDict):
    """One page of hits. `cursor` asks for the next page and is empty on the last.

    `folded` counts what was left out because its relevance is below `min_relevance`, `avoided` the listings among that
    which would not have been but for what is to be avoided; `routing` is null where no space
    was asked. `in_folds` counts the ranked listings that stand under a hit with the same picture; they are in `total`.
    `facets` are there where they were asked for.
    """

    total: int
    folded: int
    avoided: int
    in_folds: int
    min_relevance: float
    cursor: str
    elapsed_ms: float
    words_read: list[str]
    function_words: list[str]
    routing: RoutingJson | None
    channels_off: list[ChannelOffJson]
    hits: list[HitJson]
    facets: NotRequired[FacetsJson]


class TunedKindJson(TypedDict):
    """What was learnt from queries of one kind: `asked` is words or picture.

    Losses are log losses, 0 for perfect; `loss_after` is that on queries left out while learning. `kept` is false where
    it was no better.
    """

    asked: str
    queries: int
    loss_before: float
    loss_after: float
    kept: bool


class TuneJson(TypedDict):
    """What tuning did; `skipped` queries taught nothing, `unknown_ids` are judged listings that are not here."""

    kinds: list[TunedKindJson]
    skipped: int
    unknown_ids: int
    min_relevance_before: float
    min_relevance: float
    stored: bool


class FailureJson(TypedDict):
    """One thing that could not be used, and why; `reason` is a stable word."""

    stage: str
    location: str
    listing_id: str
    reason: str
    message: str
    message_zh: str
    transient: bool
    happened_at: str | None


class WatchRunJson(TypedDict):
    """What one run of a watch found; `problem` is empty unless it could not be run."""

    name: str
    looked_at: int
    new: int
    held_back: int
    problem: str
    problem_zh: str


class IngestJson(TypedDict):
    """What one ingest did.

    With `nothing_taken` there were records, and none could be taken in; with `no_picture_had` listings came in, and
    every picture of theirs failed.
    """

    source: str
    listings_new: int
    listings_changed: int
    listings_unchanged: int
    pictures_read: int
    pictures_known: int
    pictures_failed: int
    failures: list[FailureJson]
    elapsed_s: float
    interrupted: bool
    dry_run: bool
    nothing_taken: bool
    no_picture_had: bool
    vectors_added: int
    suspected: int
    watches: list[WatchRunJson]


class FilledSpaceJson(TypedDict):
    """The vectors that one space got."""

    name: str
    pictures_added: int
    titles_added: int
    captions_added: int


class EmbedJson(TypedDict):
    """What filling the vector spaces did; `removed` are the spaces that went."""

    spaces: list[FilledSpaceJson]
    removed: list[str]
    failures: list[FailureJson]
    elapsed_s: float
    interrupted: bool


class IndexJson(TypedDict):
    """One index; that of vectors has a `space`, and `vectors` says whose: picture, title, caption; null of others.

    It is complete when `sequence` has reached `catalog_sequence`.
    """

    name: str
    space: str | None
    vectors: str | None
    status: str
    sequence: int
    catalog_sequence: int
    size_bytes: int


class StatsJson(TypedDict):
    """Counts over a whole library; `size_bytes` by part of the library folder."""

    listings: int
    pictures: int
    pictures_with_text: int
    ocr_lines: int
    captions: int
    vectors: dict[str, int]
    cases: int
    failures: int
    platforms: dict[str, int]
    categories: dict[str, int]
    indexes: list[IndexJson]
    size_bytes: dict[str, int]


class CheckJson(TypedDict):
    """One check of `doctor`; `status` is ok, off or problem."""

    name: str
    status: str
    summary: str
    summary_zh: str
    command: str
