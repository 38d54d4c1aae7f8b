"""Searching: by words, by a picture that is uploaded, fetched or known, by a region of it, by both."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Request, UploadFile
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from typing_extensions import TypedDict

from jianwei.errors import RequestError
from jianwei.export.json_facets import FacetsJson
from jianwei.export.json_shapes import SearchJson
from jianwei.web.api.answers import ERRORS, answer
from jianwei.web.api.principals import Searcher
from jianwei.web.facets import facets_json
from jianwei.web.json_answer import JsonAnswer
from jianwei.web.lent_searches import api_answer, lent
from jianwei.web.query_parameters import described, reader
from jianwei.web.search_query import ApiSearchQuery
from jianwei.web.searching import answer_search, write_down
from jianwei.web.surroundings import address_of, desk_of, read_form

if TYPE_CHECKING:
    from jianwei.desk.roles import Principal
    from jianwei.web.desk import Desk

ROUTER = APIRouter(prefix="/api/v1", tags=["search"], responses=ERRORS)


class QueryPictureJson(TypedDict):
    """A picture to search with: its hash goes into `picture` of a search."""

    picture: str


_FACETS_EXAMPLE = {
    "counted": 3,
    "platform": [{"value": "样例商城", "count": 2}, {"value": "演示集市", "count": 1}],
    "shop": [{"value": "桐鹭优选旗舰店", "count": 3}],
    "category": [{"value": "保健食品", "count": 3}],
    "captured_on": [{"value": "2026-10-12", "count": 3}],
}
_PICTURE_FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "file": {"type": "string", "format": "binary", "description": "A picture."},
                        "url": {"type": "string", "description": "Or where to fetch it; no private addresses."},
                    },
                }
            }
        },
    }
}


_Asked = Annotated[ApiSearchQuery, Depends(reader(ApiSearchQuery))]
_PARAMETERS = described(ApiSearchQuery)


@ROUTER.get("/search", responses=answer(SearchJson), openapi_extra=_PARAMETERS)
async def search(request: Request, who: Searcher, query: _Asked) -> Response:
    """Search by words, by the hash of a picture, or both; filters alone list what they leave."""
    return await _answered(desk_of(request), query, who, address_of(request))


@ROUTER.post("/search", responses=answer(SearchJson), openapi_extra={**_PARAMETERS, **_PICTURE_FORM})
async def search_with_upload(request: Request, who: Searcher, query: _Asked) -> Response:
    """Upload a picture (`file`) or name its `url`, and search with it; everything else as for GET."""
    sha256 = await kept_picture(request)
    asked = query.model_copy(update={"picture": sha256})
    return await _answered(desk_of(request), asked, who, address_of(request))


@ROUTER.get("/facets", responses=answer(FacetsJson, _FACETS_EXAMPLE))
def facets(request: Request, who: Searcher) -> JsonAnswer:  # noqa: ARG001  # the guard is what counts
    """Count the values that filters take in the whole library; they are a minute old at most."""
    return JsonAnswer(facets_json(desk_of(request).facets.current()))


@ROUTER.post("/query-pictures", responses=answer(QueryPictureJson), openapi_extra=_PICTURE_FORM)
async def keep_query_picture(request: Request, who: Searcher) -> JsonAnswer:  # noqa: ARG001  # the guard is what counts
    """Upload a picture to search with, several times perhaps; it is kept for a month."""
    return JsonAnswer({"picture": await kept_picture(request)})


async def kept_picture(request: Request) -> str:
    """Keep the picture of a form: the file `file` (or `image`, `picture`), or what `url` (or `image_url`) names.

    Raises:
        RequestError: there is neither.
        PictureError: it cannot be had or read.
    """
    pictures = desk_of(request).query_pictures
    form = await read_form(request)
    for name in ("file", "image", "picture"):
        upload = form.get(name)
        if isinstance(upload, UploadFile) or hasattr(upload, "read"):
            data = await upload.read()  # type: ignore[union-attr]
            if data:
                return await run_in_threadpool(pictures.add, data)
            raise RequestError("The file of the picture is empty. Choose another one.", zh="图片文件为空。请另选一个。")
    for name in ("url", "image_url"):
        url = form.get(name)
        if isinstance(url, str) and url.strip():
            return await run_in_threadpool(pictures.add_from, url.strip())
    is_classic = request.url.path.startswith(("/i2i/", "/i2t/"))
    file_field, url_field = ("image", "image_url") if is_classic else ("file", "url")
    raise RequestError(
        f"There is no picture: send a form with a file named {file_field!r}, or an address named {url_field!r}.",
        zh=f"没有图片：请在表单中提供名为 {file_field} 的文件，或名为 {url_field} 的网址。",
    )


async def _answered(desk: Desk, query: ApiSearchQuery, who: Principal, address: str) -> Response:
    if (other := await lent(desk, query)) is not None:
        await write_down(desk, query, who, other.total, address=address)
        return _as_json(other.body)
    return await answer_search(
        desk, query, who, address=address, shape=lambda result: _as_json(api_answer(desk, query, result))
    )


def _as_json(body: bytes) -> Response:
    return Response(body, media_type=JsonAnswer.media_type)
