"""Pictures: a thumbnail, a copy to look at, one with the lines framed, the original file.

What is shown is decoded and encoded anew, so nothing that hides in a file reaches a browser; the original is only ever
offered as a download. Addresses hold the hash of the content, so browsers may keep what they got, and one that asks
again whether it is still right is told so without a look at the picture.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from jianwei.errors import NotFoundError
from jianwei.images.decoding import decode_picture
from jianwei.web.api.answers import ERRORS, file_answer
from jianwei.web.api.principals import Exporter, Viewer
from jianwei.web.surroundings import address_of, desk_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from jianwei.images.pixels import RgbPixels
    from jianwei.web.desk import Desk

ROUTER = APIRouter(prefix="/api/v1", tags=["pictures"], responses=ERRORS)
_KEPT = "private, max-age=2592000, immutable"  # a month; private, since it needs a permission
_ENCODING = "1"  # changes when pictures are encoded in another way
_LONGEST_SIDE_PX = 16_000  # WebP ends at 16,383
_WIDEST_PX = 1600  # detail strips are 750 wide; nothing on them is finer


@ROUTER.get("/pictures/{sha256}/thumbnail", responses=file_answer("image/webp"))
def thumbnail(request: Request, who: Viewer, sha256: str) -> Response:  # noqa: ARG001  # the guard is what counts
    """Return a WebP of at most 320 px."""
    return _kept(request, sha256, "thumbnail", lambda: desk_of(request).library.thumbnail(sha256))


@ROUTER.get("/pictures/{sha256}/display", responses=file_answer("image/webp"))
def display(request: Request, who: Viewer, sha256: str) -> Response:  # noqa: ARG001  # the guard is what counts
    """Return the picture to look at, encoded anew as WebP."""
    desk = desk_of(request)
    return _kept(request, sha256, "display", lambda: _shown(_pixels(desk, sha256)))


@ROUTER.get("/query-pictures/{sha256}/display", responses=file_answer("image/webp"))
def display_query_picture(request: Request, who: Viewer, sha256: str) -> Response:  # noqa: ARG001
    """Return a picture that is searched with, encoded anew as WebP."""
    desk = desk_of(request)
    most = desk.settings.max_picture_pixels
    return _kept(
        request,
        sha256,
        "display",
        lambda: _shown(decode_picture(desk.query_pictures.get(sha256), max_pixels=most).pixels),
    )


@ROUTER.get("/pictures/{sha256}/marked", responses=file_answer("image/png"))
def marked(
    request: Request,
    who: Viewer,
    sha256: str,
    listing_id: Annotated[str, Query(description="The listing whose lines are framed.", max_length=500)],
) -> Response:
    """Return the picture as PNG with a frame around each line that was read in it."""
    from jianwei.images.marking import mark_boxes

    desk = desk_of(request)
    view = desk.library.show(listing_id)
    placed = next((item for item in view.pictures if item.picture.facts.sha256 == sha256), None)
    if placed is None:
        raise NotFoundError(
            f"The listing {listing_id!r} does not show the picture {sha256[:80]}.",
            zh=f"商品 {listing_id!r} 中没有图片 {sha256[:80]}。",
        )
    desk.audit.note(who.name, "picture", listing_id, address=address_of(request), sha256=sha256, form="marked")
    png = mark_boxes(_pixels(desk, sha256), [line.box for line in placed.lines])
    return Response(png, media_type="image/png", headers={"Cache-Control": "private, max-age=86400"})


@ROUTER.get("/pictures/{sha256}/original", responses=file_answer("application/octet-stream"))
def original(request: Request, who: Exporter, sha256: str) -> Response:
    """Download the original file, byte for byte as it was ingested: evidence, not for display."""
    desk = desk_of(request)
    data = desk.library.picture_bytes(sha256)
    desk.audit.note(who.name, "picture", sha256, address=address_of(request), form="original")
    headers = {
        "Content-Disposition": f'attachment; filename="{sha256[:16]}.bin"',
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    return Response(data, media_type="application/octet-stream", headers=headers)


def _kept(request: Request, sha256: str, form: str, make: Callable[[], bytes]) -> Response:
    """Return a form of a picture, from memory where it was asked for lately; 304 to a browser that has it."""
    headers = {"ETag": f'"{form}-{_ENCODING}-{sha256}"', "Cache-Control": _KEPT}
    desk = desk_of(request)
    known = desk.shown_pictures.get((form, sha256))
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    desk.metrics.cached.labels(form, "no" if known is None else "yes").inc()
    data = make() if known is None else known
    desk.shown_pictures.put((form, sha256), data, len(data))
    return Response(data, media_type="image/webp", headers=headers)


def _pixels(desk: Desk, sha256: str) -> RgbPixels:
    return decode_picture(desk.library.picture_bytes(sha256), max_pixels=desk.settings.max_picture_pixels).pixels


def _shown(pixels: RgbPixels) -> bytes:
    from PIL import Image

    picture = Image.fromarray(pixels)
    scale = min(1.0, _WIDEST_PX / picture.width, _LONGEST_SIDE_PX / picture.height)
    if scale < 1.0:
        picture = picture.resize((max(1, round(picture.width * scale)), max(1, round(picture.height * scale))))
    encoded = io.BytesIO()
    picture.save(encoded, "WEBP", quality=85, method=1)
    return encoded.getvalue()
