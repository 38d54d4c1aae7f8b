"""How well the rules find the violations of the sample set, with its texts given and with its pictures read by OCR.

    python benchmarks/risk_samples.py
    python benchmarks/risk_samples.py --library FOLDER     # a library that holds the sample set already

*Given* is what the pictures were drawn from (`samples/products/`): what a perfect reader would see. *Read* ingests the
sample set into a temporary library. The difference is the loss of reading; what is missed of the given texts is the
loss of the rules. Listings that are not labelled as violating count as benign.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml

from jianwei.library import Library
from jianwei.risk.learnt.text_model import packaged_text_model
from jianwei.risk.rule_files.rulebook_files import load_rulebook
from jianwei.risk.screener import Screener
from jianwei.risk.views.listing_input import conduct_day
from jianwei.risk.views.screened_text import ScreeningInput, Segment
from jianwei.settings import Settings
from risk_texts import Report, print_report

_SAMPLES = Path(__file__).parents[1] / "samples"
_NOT_DRAWN = {
    "layout", "theme", "kind", "of", "how", "scene", "wood", "font", "shape", "face", "style", "role", "align", "mark",
    "code", "qr", "icon", "pattern",
}  # fmt: skip
"""Fields of a picture that say how it is drawn and not what is written on it."""


def drawn(value: object, name: str = "") -> Iterator[str]:
    """Yield the texts of a picture, in the order of its description."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key not in _NOT_DRAWN:
                yield from drawn(inner, key)
    elif isinstance(value, list):
        for inner in value:
            yield from drawn(inner, name)
    elif isinstance(value, str) and not value.startswith("#") and any(sign.isalpha() for sign in value):
        yield value.replace("|", "\n")


def products() -> dict[str, dict[str, Any]]:
    """Return the descriptions of all sample listings by product code."""
    return {
        str(item["code"]): item
        for file in sorted((_SAMPLES / "products").glob("*.yaml"))
        for item in yaml.safe_load(file.read_text("utf-8"))
    }


def given_input(item: dict[str, Any], texts_of: Mapping[str, list[str]]) -> ScreeningInput:
    """Return one listing as a perfect reader would give it."""
    page = item["page"]
    segments = [Segment(page["title"], "title")]
    fields = {**(page.get("intro") or {}), **(page.get("spec") or {})}
    segments += [Segment(f"{name}：{value}", "spec") for name, value in fields.items()]
    for number, picture in enumerate(item.get("pictures") or []):
        copied = picture.get("copy")
        texts = texts_of.get(str(copied["of"]), []) if copied else list(drawn(picture))
        segments += [Segment(text, "ocr", number, index, follows=index > 0) for index, text in enumerate(texts)]
    day = conduct_day(datetime.fromisoformat(str(page["time"])))
    return ScreeningInput(
        tuple(segments), day, page.get("category", ""), float(page.get("price") or 0) or None, whole=True
    )


def texts_by_picture(items: Mapping[str, dict[str, Any]]) -> dict[str, list[str]]:
    """Return the texts of each drawn picture by its name: m for gallery pictures, d for detail strips."""
    found: dict[str, list[str]] = {}
    for code, item in items.items():
        counts = {"m": 0, "d": 0}
        for picture in item.get("pictures") or []:
            letter = "d" if picture.get("layout") == "detail" else "m"
            counts[letter] += 1
            found[f"{code}-{letter}{counts[letter]}"] = list(drawn(picture))
    return found


def read_screenings(folder: Path, *, ingest: bool, text_model: bool) -> dict[str, set[str]]:
    """Return the suspected categories by product code, the pictures read by OCR."""
    with Library.open(folder, settings=Settings(text_model=text_model)) as library:
        if ingest:
            library.ingest(_SAMPLES / "listings.jsonl")
        library.risk.screen(everything=True)
        return {
            item.listing.listing_id.rsplit(":", 1)[1]: {
                category.code for category in item.result.screening.categories if category.status == "suspected"
            }
            for item in library.risk.findings(limit=1000)
        }


def report_on(found: Mapping[str, set[str]], labels: list[dict[str, Any]], title: str, *, details: bool) -> None:
    """Print the figures of one way of reading."""
    report = Report()
    for label in labels:
        code, wanted = label["listing_id"].rsplit(":", 1)[1], set(label["codes"])
        got = found.get(code, set())
        report.counts.add(wanted, got)
        report.benign += not wanted
        report.benign_flagged += not wanted and bool(got)
        if details and got != wanted:
            print(f"{code}: missed {sorted(wanted - got)}, wrong {sorted(got - wanted)}")
    print(f"== {title}")
    print_report(report, 0.0, len(labels))


def main() -> None:
    """Measure the sample set both ways."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--given-only", action="store_true", help="do not read pictures")
    parser.add_argument("--library", type=Path, help="a library that holds the sample set, instead of reading it anew")
    parser.add_argument("--details", action="store_true", help="list what went wrong")
    parser.add_argument("--text-model", action="store_true", help="with the text model beside the rules")
    arguments = parser.parse_args()
    labels = [json.loads(line) for line in (_SAMPLES / "labels.jsonl").read_text("utf-8").splitlines()]
    model = packaged_text_model() if arguments.text_model else None
    screener, items = Screener(load_rulebook(), text_model=model), products()
    texts = texts_by_picture(items)
    given = {
        code: {
            item.code for item in screener.screen(given_input(product, texts)).categories if item.status == "suspected"
        }
        for code, product in items.items()
    }
    report_on(given, labels, "texts given", details=arguments.details)
    if not arguments.given_only:
        with tempfile.TemporaryDirectory() as folder:
            kept = arguments.library
            read = read_screenings(
                kept or Path(folder) / "samples.jianwei", ingest=kept is None, text_model=model is not None
            )
            report_on(read, labels, "read by OCR", details=arguments.details)


if __name__ == "__main__":
    main()
