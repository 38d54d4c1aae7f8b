"""Turn one picture order into a complete HTML page, ready for the browser.

The templates lie in `samples/templates`: `main_*.html` are square pictures, `detail.html` is the long strip,
`art_*.html` draw the goods. The page needs nothing from outside: no network, no files, only installed fonts.
"""

from __future__ import annotations

import io
import math
import re
import unicodedata
import zlib
from typing import TYPE_CHECKING, Any

import segno
from jinja2 import Environment, FileSystemLoader, Undefined
from markupsafe import Markup

if TYPE_CHECKING:
    from pathlib import Path

    from studio.catalogue import PictureOrder

_ART = ("art_vessels.html", "art_goods.html", "art_gadgets.html")
_SHOWN_OF_NEIGHBOUR = 0.96  # neighbours overlap by 4 % of their width
MAIN_PX = 800
DETAIL_WIDTH_PX = 750


def build_environment(templates: Path) -> Environment:
    """Return the template engine with the drawing functions that the templates call."""
    environment = Environment(loader=FileSystemLoader(templates), autoescape=True, undefined=_Blank)
    environment.filters["fit"] = fit
    environment.globals.update(qr=qr_code, star=star, dict=dict)
    modules = [environment.get_template(name).module for name in _ART]

    def draw(goods: dict[str, Any]) -> Markup:
        for module in modules:
            macro = getattr(module, goods["kind"], None)
            if macro is not None:
                return Markup(macro(goods))
        raise ValueError(f"nobody draws a {goods['kind']!r}")

    def lineup(goods: list[dict[str, Any]], width: float, height: float) -> list[dict[str, Any]]:
        return _lineup([(item, draw(item)) for item in goods], width, height)

    environment.globals.update(draw=draw, lineup=lineup)
    return environment


class _Blank(Undefined):
    """A missing word is blank in a picture, but calling or looping over a typing mistake fails as usual."""

    __slots__ = ()


def page_of(order: PictureOrder, environment: Environment) -> str:
    """Return the HTML page of one drawn picture; the same order always gives the same page."""
    detail = order.role == "detail" and order.layout == "detail"
    name = "detail.html" if detail else f"main_{order.layout}.html"
    return environment.get_template(name).render(
        p=order.words,
        width=DETAIL_WIDTH_PX if detail else MAIN_PX,
        height=0 if detail else MAIN_PX,
        seed=zlib.crc32(order.name.encode()) % 900 + 1,
    )


def _lineup(drawn: list[tuple[dict[str, Any], Markup]], width: float, height: float) -> list[dict[str, Any]]:
    """Return the drawings with the height in px at which they stand side by side inside the given box."""
    placed = []
    total = 0.0
    for goods, svg in drawn:
        sides = re.search(r'viewBox="0 0 (\d+) (\d+)"', svg)
        ratio = float(sides[1]) / float(sides[2]) if sides else 1.0
        tall = height * goods.get("scale", 1.0)
        total += tall * ratio * _SHOWN_OF_NEIGHBOUR
        placed.append({"svg": svg, "height": tall, "turn": goods.get("turn", 0), "z": goods.get("z", 0)})
    factor = min(1.0, width / total)
    return [{**item, "height": round(item["height"] * factor, 1)} for item in placed]


def fit(text: str | Undefined, width: float, largest: float) -> float:
    """Return the font size at which `text` is at most `width` wide, never above `largest`."""
    length = sum(1.0 if unicodedata.east_asian_width(sign) in "WFA" else 0.58 for sign in str(text or ""))
    return round(min(largest, width / max(length, 1.0)), 1)


def star(points: int, outer: float, inner: float) -> str:
    """Return the corners of a star around the origin, for the `points` attribute of an SVG polygon."""
    corners = []
    for step in range(points * 2):
        radius = inner if step % 2 else outer
        angle = math.pi * step / points
        corners.append(f"{radius * math.sin(angle):.1f},{-radius * math.cos(angle):.1f}")
    return " ".join(corners)


def qr_code(text: str) -> Markup:
    """Return a QR code of `text` as an SVG that fills its box."""
    buffer = io.BytesIO()
    segno.make(text, error="m", micro=False).save(buffer, kind="svg", xmldecl=False, omitsize=True, border=1)
    return Markup(buffer.getvalue().decode())
