"""Read the product descriptions in `samples/products/*.yaml`, the one hand-written source of the sample set.

A product is one listing: its shop page fields, its pictures (layout and words), its label and, for known cases, the
case. This module checks what a typing mistake could break; what a picture says is left to the templates.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import yaml

if TYPE_CHECKING:
    from pathlib import Path

Role = Literal["main", "detail"]


@dataclass(frozen=True, slots=True)
class Copy:
    """How a picture is derived from another one instead of being drawn.

    `how` is `same` (the very same file), `recompress` (smaller too), `crop` (12 % of each side), `mirror` or
    `truncate`.
    """

    of: str
    how: str


@dataclass(frozen=True, slots=True)
class PictureOrder:
    """One picture to make: a template with its words, or a copy of another picture.

    `quality` 0 takes the usual one. A `turned` picture is stored on its side with the EXIF tag that turns it back.
    """

    name: str
    role: Role
    layout: str = ""
    words: dict[str, Any] = field(default_factory=dict)
    copy: Copy | None = None
    quality: int = 0
    turned: bool = False


@dataclass(frozen=True, slots=True)
class Product:
    """One listing of the sample set with everything that is known about it."""

    code: str
    page: dict[str, Any]
    pictures: tuple[PictureOrder, ...]
    label: dict[str, Any]
    case: dict[str, Any]


def read_products(folder: Path) -> list[Product]:
    """Return the products of all YAML files in `folder`, files by name, products in file order.

    Raises:
        ValueError: two products share a code, two pictures share a name, or a copy names no picture.
    """
    products = [
        _product(entry)
        for path in sorted(folder.glob("*.yaml"))
        for entry in yaml.safe_load(path.read_text(encoding="utf-8"))
    ]
    _refuse_doubles([product.code for product in products])
    drawn = [order for product in products for order in product.pictures]
    _refuse_doubles([order.name for order in drawn])
    names = {order.name for order in drawn}
    for order in drawn:
        if order.copy is not None and order.copy.of not in names:
            raise ValueError(f"{order.name} is a copy of {order.copy.of}, which is no picture")
    return products


def _product(entry: dict[str, Any]) -> Product:
    code = str(entry["code"])
    orders: list[PictureOrder] = []
    counts: dict[str, int] = {}
    for item in entry["pictures"]:
        words = dict(item)
        layout = words.pop("layout", "")
        role: Role = "detail" if layout == "detail" or words.pop("role", "main") == "detail" else "main"
        counts[role] = counts.get(role, 0) + 1
        copy = words.pop("copy", None)
        orders.append(
            PictureOrder(
                name=f"{code}-{role[0]}{counts[role]}",
                role=role,
                layout=layout,
                quality=words.pop("quality", 0),
                turned=words.pop("turned", False),
                words=words,
                copy=None if copy is None else Copy(of=copy["of"], how=copy["how"]),
            )
        )
    return Product(code, entry["page"], tuple(orders), entry["label"], entry.get("case", {}))


def _refuse_doubles(names: list[str]) -> None:
    doubles = sorted({name for name in names if names.count(name) > 1})
    if doubles:
        raise ValueError(f"used twice: {', '.join(doubles)}")
