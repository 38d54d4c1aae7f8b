"""A form that is sent again keeps all that its address says, with scripts (`tests/browser`) and without them (here)."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from jianwei.web.pages.search import slider_step
from jianwei.web.search_query import SearchQuery
from jianwei.web.templating.rendering import plain_number

if TYPE_CHECKING:
    import httpx
    from tests.web.running_desk import RunningDesk

PICTURE = "a picture of the library"
CHOSEN: dict[str, list[str]] = {
    "words": ["祛斑 OR 根治"],
    "picture": [PICTURE],
    "region": ["0.1,0.1,0.5,0.5"],
    "further_picture": [PICTURE],
    "also": ["减肥", "三天 见效"],
    "platform": ["jd", "nowhere"],
    "shop": ["某店 & 子"],
    "category": ["一类"],
    "price_min": ["0.1"],
    "price_max": ["12345678.25"],
    "from": ["2020-01-31T18:00:00+08:00"],
    "to": ["2030-01-31"],
    "avoid": ["正品"],
    "avoid_picture": [PICTURE],
    "alpha": ["0.37"],
    "channel": ["text:title", "text:ocr"],
    "weight": ["text:ocr=2.3", "hash=7"],
    "fusion": ["rrf"],
    "target": ["pictures"],
    "sort": ["cheapest"],
    "min_relevance": ["0"],
    "fold": ["false"],
    "space": ["some-model@1"],
    "limit": ["7"],
}


class FormReader(HTMLParser):
    """Collects what a browser without scripts would send with the form of a search."""

    def __init__(self) -> None:
        super().__init__()
        self.values: dict[str, list[str]] = {}
        self._inside = False
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag == "form":
            self._inside = attributes.get("id") == "search"
        name = attributes.get("name") or ""
        if not self._inside or attributes.get("form"):
            return
        if tag == "select":
            self._select = name
        elif tag == "option" and "selected" in attributes:
            self._add(self._select, attributes)
        elif tag == "input" and name and (attributes.get("type") != "checkbox" or "checked" in attributes):
            self._add(name, attributes)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False

    def _add(self, name: str, attributes: dict[str, str | None]) -> None:
        self.values.setdefault(name, []).append(attributes.get("value") or "")


def read_query(values: dict[str, list[str]]) -> SearchQuery:
    lists = {name for name, value in SearchQuery().model_dump(by_alias=True).items() if isinstance(value, list)}
    return SearchQuery.model_validate({name: value if name in lists else value[-1] for name, value in values.items()})


def resent(browser: httpx.Client, asked: SearchQuery) -> SearchQuery:
    page = browser.get(asked.address())
    reader = FormReader()
    reader.feed(page.text)
    return read_query(reader.values)


@pytest.fixture(scope="module")
def chosen(running: RunningDesk) -> dict[str, list[str]]:
    library = running.desk.library
    pictures = (item for listing in library.listings() for item in library.show(listing.listing_id).pictures)
    sha256 = next(pictures).picture.facts.sha256
    return {name: [sha256 if value == PICTURE else value for value in values] for name, values in CHOSEN.items()}


def test_every_parameter_but_the_place_in_the_list_is_tried_here() -> None:
    assert set(CHOSEN) == set(SearchQuery().model_dump(by_alias=True)) - {"cursor"}


@pytest.mark.parametrize("name", sorted(set(CHOSEN) - {"region"}))
def test_a_resent_form_keeps_a_parameter(viewer: httpx.Client, chosen: dict[str, list[str]], name: str) -> None:
    asked = read_query({"words": ["祛斑"], name: chosen[name]})
    assert name == "words" or asked != read_query({"words": ["祛斑"]})
    assert resent(viewer, asked) == asked


def test_a_resent_form_keeps_all_parameters_together(viewer: httpx.Client, chosen: dict[str, list[str]]) -> None:
    asked = read_query(chosen)
    assert resent(viewer, asked) == asked


def test_every_condition_can_be_left_by_itself_and_all_of_them_at_once(
    viewer: httpx.Client, chosen: dict[str, list[str]]
) -> None:
    asked = read_query(chosen)
    page = viewer.get(asked.address()).text
    chips = page.split('<ul class="chips"', 1)[1].split("</ul>", 1)[0]
    shown = set(CHOSEN) - {"words", "picture", "sort", "fold", "limit"}
    values = {name: chosen[name] for name in shown}
    assert chips.count('class="chip"') == sum(map(len, values.values()))
    assert f'href="{asked.without("alpha").replace("&", "&amp;")}"' in chips
    assert f'href="{asked.bare_address().replace("&", "&amp;")}"' in chips
    assert SearchQuery(words="x").is_narrowed is False


def test_a_number_in_a_field_keeps_its_digits() -> None:
    assert [plain_number(value) for value in (12345678.25, 0.00001, 100, 0, None)] == [
        "12345678.25",
        "0.00001",
        "100",
        "0",
        "",
    ]


def test_a_slider_does_not_move_a_value_between_its_steps() -> None:
    assert [slider_step(value, 4) for value in (1, 0.25, 0.3)] == ["0.25", "0.25", "any"]
