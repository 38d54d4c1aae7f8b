"""Paths of the classic retrieval service, for programs that were written for it.

Same paths and form fields (`qid`, `image`, `image_url`); they need a token like everything else. Answers have the
fields of a product record as crawlers write it, with `score` added.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from typing_extensions import TypedDict

from jianwei.errors import RequestError
from jianwei.text.query_syntax import MAX_QUERY_CHARACTERS
from jianwei.web.api.answers import ERRORS, answer
from jianwei.web.api.principals import Searcher
from jianwei.web.api.search import kept_picture
from jianwei.web.json_answer import JsonAnswer
from jianwei.web.search_query import ApiSearchQuery
from jianwei.web.searching import answer_search
from jianwei.web.surroundings import address_of, desk_of, read_form

if TYPE_CHECKING:
    from jianwei.desk.roles import Principal
    from jianwei.search.results import Hit, SearchResult

ROUTER = APIRouter(tags=["classic"], responses=ERRORS)
_HITS = 50


class ClassicItem(TypedDict):
    """One found product."""

    product_id: str
    platform: str
    product_code: str
    product_name: str
    product_price: float | None
    product_url: str
    shop: str
    image: str
    score: float


class ClassicAnswer(TypedDict):
    """The answer of every classic path."""

    code: int
    msg: str
    total: int
    data: list[ClassicItem]


def _form(*fields: str, files: tuple[str, ...] = ()) -> dict[str, Any]:
    properties = {name: {"type": "string"} for name in fields}
    properties |= {name: {"type": "string", "format": "binary"} for name in files}
    schema = {"type": "object", "properties": properties}
    kind = "multipart/form-data" if files else "application/x-www-form-urlencoded"
    return {"requestBody": {"required": True, "content": {kind: {"schema": schema}}}}


_BY_WORDS = _form("qid")
_BY_PICTURE = _form("image_url", files=("image",))


@ROUTER.post("/ret/search_data_all/", responses=answer(ClassicAnswer), openapi_extra=_BY_WORDS)
async def by_words(request: Request, who: Searcher) -> JsonAnswer:
    """Search by the words of the form field `qid`."""
    words = (await read_form(request)).get("qid", "")
    if not isinstance(words, str) or not words.strip():
        raise RequestError("The form field qid is missing or empty.", zh="缺少表单字段 qid，或其为空。", status=422)
    return await _answer(
        request, who, ApiSearchQuery(words=_unescaped(words).strip()[:MAX_QUERY_CHARACTERS], limit=_HITS)
    )


@ROUTER.post("/i2i/searchi2i_data_all/", responses=answer(ClassicAnswer), openapi_extra=_BY_PICTURE)
async def like_picture(request: Request, who: Searcher) -> JsonAnswer:
    """Find what shows the same or a similar picture: form field `image` or `image_url`."""
    return await _answer(request, who, ApiSearchQuery(picture=await kept_picture(request), limit=_HITS, alpha=1.0))


@ROUTER.post("/i2t/searchi2t_data_all/", responses=answer(ClassicAnswer), openapi_extra=_BY_PICTURE)
async def texts_of_picture(request: Request, who: Searcher) -> JsonAnswer:
    """Find listings by what a picture shows and says: form field `image` or `image_url`."""
    return await _answer(request, who, ApiSearchQuery(picture=await kept_picture(request), limit=_HITS))


def _unescaped(text: str) -> str:
    """Return a form field as it was meant: `curl -d qid=根治` sends UTF-8 without escapes, which comes as Latin-1."""
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:  # it was escaped as it should be
        return text


async def _answer(request: Request, who: Principal, query: ApiSearchQuery) -> JsonAnswer:
    query = query.model_copy(update={"fold": False})  # its callers know listings only
    return await answer_search(desk_of(request), query, who, address=address_of(request), shape=_as_json)


def _as_json(result: SearchResult) -> JsonAnswer:
    data = [_item(hit) for hit in result.hits]
    return JsonAnswer({"code": 200, "msg": "success", "total": result.total, "data": data})


def _item(hit: Hit) -> ClassicItem:
    listing = hit.listing
    sha256 = hit.picture.picture.facts.sha256 if hit.picture is not None else ""
    return {
        "product_id": listing.listing_id,
        "platform": listing.platform,
        "product_code": listing.product_code,
        "product_name": listing.title,
        "product_price": listing.price,
        "product_url": listing.url,
        "shop": listing.shop,
        "image": f"/api/v1/pictures/{sha256}/display" if sha256 else "",
        "score": hit.score,
    }
