"""Write the text files of the sample set: what is ingested, and apart from it what is known about it.

`listings.jsonl` is laid out as crawlers of Chinese shops write it; `labels.jsonl` is kept out of what is ingested.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from studio.catalogue import PictureOrder, Product

_HOSTS = {
    "样例商城": "mall.example.com",
    "示范拼购": "pin.example.net",
    "演示集市": "bazaar.example.org",
    "DemoMart": "demomart.example",
}


def file_of(order: PictureOrder, orders: dict[str, PictureOrder]) -> str:
    """Return the path of a picture inside the sample folder; the same file at two sellers has one path."""
    if order.copy is not None and order.copy.how == "same":
        return file_of(orders[order.copy.of], orders)
    return f"pictures/{order.name}.webp"


def write_records(products: list[Product], folder: Path) -> None:
    """Write `listings.jsonl` and `labels.jsonl` into `folder`."""
    orders = {order.name: order for product in products for order in product.pictures}
    _write(folder / "listings.jsonl", (_listing(product, orders) for product in products))
    _write(folder / "labels.jsonl", (_label(product, orders) for product in products))


def _listing(product: Product, orders: dict[str, PictureOrder]) -> dict[str, Any]:
    page = product.page
    return {
        "platform": page["platform"],
        "product_code": product.code,
        "product_name": page["title"],
        "product_url": f"https://{_HOSTS[page['platform']]}/item/{product.code}.html",
        "product_price": page["price"],
        "shop": page["shop"],
        "category": page["category"],
        "timestamp": page["time"].isoformat() if hasattr(page["time"], "isoformat") else page["time"],
        "product_images": [{"file_url": file_of(order, orders), "role": order.role} for order in product.pictures],
        "product_intro": [{name: value} for name, value in page.get("intro", {}).items()],
        "product_spec": [{name: value} for name, value in page.get("spec", {}).items()],
        **product.case,
    }


def _label(product: Product, orders: dict[str, PictureOrder]) -> dict[str, Any]:
    label = product.label
    return {
        "listing_id": f"{product.page['platform']}:{product.code}",
        "violating": bool(label.get("codes")),
        "codes": label.get("codes", []),
        "words": [{"text": word, "pictures": _places(word, product, orders)} for word in label.get("words", [])],
        "looks_like": label.get("looks_like", []),
        "note": label.get("note", ""),
    }


def _places(word: str, product: Product, orders: dict[str, PictureOrder]) -> list[str]:
    """Return the files of the product's pictures on which the word stands, also where it runs over two lines.

    Raises:
        ValueError: it stands on none of them, so the label or the picture is wrong.
    """
    found = [file_of(order, orders) for order in product.pictures if _plain(word) in _drawn_text(order, orders)]
    if not found:
        raise ValueError(f"{product.code}: {word!r} is on no picture")
    return found


def _drawn_text(order: PictureOrder, orders: dict[str, PictureOrder]) -> str:
    while order.copy is not None:
        order = orders[order.copy.of]
    return "\n".join(_plain(text) for text in _strings(order.words))


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        yield from _strings(list(value.values()))
    elif isinstance(value, list):
        for part in value:
            yield from _strings(part)
    else:
        yield str(value)


def _plain(text: str) -> str:
    return "".join(text.replace("|", "").split()).lower()


def _write(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
