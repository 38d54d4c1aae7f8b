"""What a route finds in its application: the desk."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from fastapi import Request
    from starlette.datastructures import FormData

    from jianwei.web.desk import Desk


def desk_of(request: Request) -> Desk:
    """Return the desk that a request belongs to."""
    return cast("Desk", request.app.state.desk)


async def read_form(request: Request, *, max_files: int = 20) -> FormData:
    """Return the form of a request; the envelope closes its files when the answer has been sent."""
    form = await request.form(max_files=max_files)
    request.state.form = form
    return form


def address_of(request: Request) -> str:
    """Return the address of whoever asks; empty where the connection has none."""
    return request.client.host if request.client is not None else ""
