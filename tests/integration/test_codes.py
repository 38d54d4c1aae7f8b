"""A QR code in a picture is a contact: found at ingest, shown, searched for, and a reason to look at the listing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from PIL import Image
from tests.integration.conftest import WITHOUT_OCR
from tests.unit.images.test_codes import WECHAT, code, on_page
from typer.testing import CliRunner

from jianwei.cli.app import build_app
from jianwei.library import Library

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TRACE = "https://fw.example.cn/q/8899"
PICTURES = {"0": WECHAT, "1": WECHAT, "2": TRACE, "3": None}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    folder = tmp_path_factory.mktemp("codes")
    records = []
    for number, content in PICTURES.items():
        page = on_page(*([code(content)] if content else []))
        page[0, 0] = int(number)  # listings of different shops show different files
        Image.fromarray(page).save(folder / f"{number}.png")
        record = {"product_code": number, "product_name": f"不锈钢保温杯 {number} 号", "platform": "p"}
        records.append({**record, "shop": f"店{number}", "product_images": f"{number}.png"})
    source = folder / "listings.jsonl"
    source.write_text("\n".join(json.dumps(record, ensure_ascii=False) for record in records), "utf-8")
    with Library.open(folder / "library", settings=WITHOUT_OCR) as opened:
        opened.ingest(source)
        yield opened


def test_codes_are_shown_with_their_picture(library: Library) -> None:
    (view,) = library.show("p:0").pictures
    assert [(found.format, found.content) for found in view.codes] == [("qr", WECHAT)]
    assert library.show("p:3").pictures[0].codes == ()


def test_a_code_of_a_chat_service_is_a_contact_and_a_finding_with_the_box_of_the_code(library: Library) -> None:
    screening = library.risk.listing("p:0").result.screening
    (contact,) = screening.contacts
    assert (contact.kind, contact.value) == ("chat_link", WECHAT.lower())
    (finding,) = [item for item in screening.findings if item.rule_id == "off_platform_diversion/contact"]
    assert finding.places[0].box == library.show("p:0").pictures[0].codes[0].box
    assert finding.places[0].line.endswith(WECHAT)


def test_any_other_code_is_a_contact_but_no_finding(library: Library) -> None:
    screening = library.risk.listing("p:2").result.screening
    assert [(item.kind, item.value) for item in screening.contacts] == [("code", TRACE)]
    assert screening.status == "clear"


def test_listings_with_the_same_code_are_found_and_their_shops_linked(library: Library) -> None:
    found = library.risk.with_contact("chat_link", WECHAT.lower())
    assert [listing.listing_id for listing in found] == ["p:0", "p:1"]
    library.groups.update()
    links = [link for cluster in library.groups.sellers() for link in cluster.links]
    values = {value for link in links for reason in link.reasons if reason.kind == "contact" for value in reason.values}
    assert values == {f"chat_link {WECHAT.lower()}"}
    assert {str(shop.name) for link in links for shop in (link.first, link.second)} >= {"店0", "店1"}


def test_the_command_line_shows_codes(library: Library, tmp_path: Path) -> None:
    environment = {"JIANWEI_LIBRARY": str(library.path), "JIANWEI_OCR_ENGINE": "off"}

    def run(*arguments: str) -> str:
        result = CliRunner().invoke(build_app("zh", environment, arguments), list(arguments))
        assert result.exit_code == 0, result.output
        return result.stdout

    assert f"二维码： {WECHAT}" in run("show", "p:0")
    (shown,) = json.loads(run("show", "p:0", "--json"))["pictures"]
    assert (shown["codes"][0]["content"], len(shown["codes"][0]["box"])) == (WECHAT, 4)
    assert f"▣ {WECHAT}" in run("findings", "p:0")
