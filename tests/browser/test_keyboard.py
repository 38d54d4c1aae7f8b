"""People who leave the mouse alone: every key that a page of the desk names, pressed in a real browser."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from tests.browser.conftest import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from tests.browser.conftest import Visit
    from tests.web.running_desk import RunningDesk

pytestmark = pytest.mark.browser

PICTURE = ROOT / "samples/pictures/1003-m1.webp"
SUSPECTED = "样例商城:1001"


def test_a_region_is_framed_and_sized_with_the_arrow_keys(analyst: Visit) -> None:
    page = analyst.open("/search")
    page.set_input_files("#picture-file", PICTURE)
    page.wait_for_selector("#region-open img")
    page.focus("#region-open")
    page.keyboard.press("Enter")
    page.focus("#region-canvas")
    for key in ("ArrowRight", "ArrowRight", "ArrowUp", "Shift+ArrowDown", "Shift+ArrowLeft"):
        page.keyboard.press(key)
    page.focus("#region-use")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("region="))
    # It begins as the half in the middle and moves by a fiftieth.
    assert page.input_value("#search input[name=region]") == "0.2900,0.2300,0.4800,0.5200"
    page.wait_for_selector(".chip >> text=区域")


def test_a_region_stays_within_the_picture(analyst: Visit) -> None:
    page = analyst.open("/search")
    page.set_input_files("#picture-file", PICTURE)
    page.click("#region-open img")
    page.focus("#region-canvas")
    for _ in range(20):
        page.keyboard.press("ArrowLeft")
        page.keyboard.press("Shift+ArrowRight")
        page.keyboard.press("Shift+ArrowRight")
    page.click("#region-use")
    page.wait_for_url(re.compile("region="))
    left, _, width, _ = map(float, page.input_value("#search input[name=region]").split(","))
    assert (left, width) == (0.0, 1.0)


def test_escape_leaves_the_region_as_it_was(analyst: Visit) -> None:
    page = analyst.open("/search")
    page.set_input_files("#picture-file", PICTURE)
    page.click("#region-open img")
    page.focus("#region-canvas")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Escape")
    page.wait_for_selector("#region", state="hidden")
    assert page.input_value("#search input[name=region]") == ""


def test_the_slash_goes_to_the_box_from_every_page(analyst: Visit) -> None:
    page = analyst.open("/")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "words"
    page.keyboard.type("a/b")
    assert page.input_value("#words") == "a/b"  # within the box it is a letter
    analyst.open("/groups")
    page.keyboard.press("/")
    page.wait_for_url("**/search")
    assert page.evaluate("document.activeElement.id") == "words"


def test_enter_opens_the_hit_that_j_and_k_walked_to(analyst: Visit) -> None:
    page = analyst.open("/search?platform=样例商城")
    ids = page.eval_on_selector_all("#hits .hit", "cards => cards.map((card) => card.dataset.id)")
    for key in "jjjk":
        page.keyboard.press(key)
    assert page.get_attribute(".hit.current", "data-id") == ids[1]
    for _ in range(len(ids) + 2):
        page.keyboard.press("k")
    assert page.get_attribute(".hit.current", "data-id") == ids[0]  # the first has none before it
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/listings/**")
    assert ids[1] in page.inner_text(".crumbs")


def test_c_confirms_a_hit_of_a_search_and_what_was_decided_is_undone(analyst: Visit, desk: RunningDesk) -> None:
    desk.desk.library.risk.screen(everything=True)
    page = analyst.open("/search?words=根治便秘")
    page.keyboard.press("j")
    page.keyboard.press("c")
    page.wait_for_selector(".hit.is-decided >> text=已确认")
    page.click(".hit.is-decided >> text=撤销")
    page.wait_for_selector(".hit >> text=已重新打开")
    assert page.locator(".hit.is-decided").count() == 0


def test_keys_do_nothing_behind_an_open_dialog(analyst: Visit, desk: RunningDesk) -> None:
    desk.desk.library.risk.screen(everything=True)
    page = analyst.open("/search?words=根治便秘")
    page.keyboard.press("j")
    page.keyboard.press("d")
    page.wait_for_selector("#dismiss[open]")
    page.focus("#dismiss [value=cancel]")
    before = page.get_attribute(".hit.current", "data-id")
    for key in "jcx":
        page.keyboard.press(key)
    assert page.get_attribute(".hit.current", "data-id") == before
    page.keyboard.press("Escape")
    page.wait_for_selector("#dismiss", state="hidden")
    assert page.locator(".hit.is-decided").count() == 0


def test_a_listing_is_dismissed_and_confirmed_without_the_mouse(analyst: Visit, desk: RunningDesk) -> None:
    reviews = desk.desk.library.reviews
    desk.desk.library.risk.screen(everything=True)
    page = analyst.open(f"/listings/{SUSPECTED}")
    page.keyboard.press("d")
    assert page.evaluate("document.activeElement.name") == "reason"
    page.keyboard.press("Control+Enter")
    assert page.evaluate("document.activeElement.matches('textarea:invalid')")  # no reason, no dismissal
    page.keyboard.type("教学样例")
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")
    assert _newest(page) == ("排除", "教学样例")
    assert reviews.listing(SUSPECTED).verdict.status == "dismissed"
    with page.expect_navigation():
        page.keyboard.press("c")
    assert _newest(page)[0] == "确认"
    assert reviews.listing(SUSPECTED).verdict.status == "confirmed"
    with page.expect_navigation():
        page.click("#decide [value=reopen]")
    assert _newest(page)[0] == "重新打开"


def test_the_arrow_keys_change_the_picture_of_a_listing_and_move_one_that_is_zoomed(analyst: Visit) -> None:
    page = analyst.open(f"/listings/{SUSPECTED}")
    tabs = page.locator(".strip [role=tab]")
    assert tabs.count() > 1
    tabs.nth(0).focus()
    page.keyboard.press("ArrowRight")
    assert tabs.nth(1).get_attribute("aria-selected") == "true"
    page.keyboard.press("k")
    assert tabs.nth(0).get_attribute("aria-selected") == "true"
    canvas = page.locator(".plate:not([hidden]) .canvas")
    canvas.focus()
    page.keyboard.press("+")
    zoomed = canvas.get_attribute("viewBox")
    page.keyboard.press("ArrowRight")
    assert canvas.get_attribute("viewBox") != zoomed
    page.keyboard.press("0")
    width, height = canvas.get_attribute("data-width"), canvas.get_attribute("data-height")
    assert canvas.get_attribute("viewBox") == f"0 0 {width} {height}"


def _newest(page: Page) -> tuple[str, str]:
    """Return what was decided last and why, as the page tells it."""
    item = page.locator(".history li >> nth=0")
    text = item.inner_text()
    said = next(word for word in ("重新打开", "排除", "确认") if word in text)
    return said, text.splitlines()[-1].strip()
