"""People at the desk, with a real browser: what they type, drop, paste, click and press."""

from __future__ import annotations

import base64
import re
import zipfile
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
from tests.browser.conftest import ROOT, visit
from tests.web.running_desk import PASSWORD

from jianwei.catalog.groups.group_store import SqlGroups
from jianwei.ports.groups import LinkReason, SellerCluster, SellerLink, Shop
from jianwei.web.search_query import SearchQuery

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser, Page
    from tests.browser.conftest import Visit
    from tests.web.running_desk import RunningDesk

pytestmark = pytest.mark.browser

PICTURE = ROOT / "samples/pictures/1003-m1.webp"
PAGES = (
    "/",
    "/search",
    "/search?words=根治便秘",
    "/listings/样例商城:1001?words=根治便秘",
    "/review",
    "/review?whose=decided",
    "/cases",
    "/groups",
    "/sellers/7",
    "/watches",
    "/rules",
    "/ingest",
    "/history",
    "/account",
    "/administration",
    "/administration/audit",
    "/nowhere",
)
# Hands a picture to the page as a drop or a paste does.
HAND_OVER = """([kind, data]) => {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], "suspect.webp", { type: "image/webp" }));
  const event = kind === "drop"
    ? new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true })
    : new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true, cancelable: true });
  document.getElementById("words").dispatchEvent(event);
}"""
WEIGHT_BYTES = """[...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
  .filter((item) => !item.name.includes("pictures/")).reduce((sum, item) => sum + item.encodedBodySize, 0)"""
TOO_WIDE = """() => document.documentElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll("main *")]
  .filter((node) => node.checkVisibility() && node.getBoundingClientRect().right > innerWidth)
  .map((node) => `${node.tagName} ${node.className} ${node.textContent.slice(0, 40)}`)"""
# Until nothing has come over the network for a tenth of a second.
SETTLED = """() => new Promise((done) => {
  let seen = -1;
  const look = () => {
    const now = performance.getEntriesByType("resource").length;
    const shown = [...document.images].every((picture) => picture.complete || picture.loading === "lazy");
    if (now === seen && shown && document.readyState === "complete") { done(); return; }
    seen = now;
    setTimeout(look, 100);
  };
  look();
})"""
SHIFT = """() => new Promise((done) => {
  let sum = 0;
  const add = (entry) => { if (!entry.hadRecentInput) sum += entry.value; };
  new PerformanceObserver((list) => list.getEntries().forEach(add)).observe({ type: "layout-shift", buffered: true });
  setTimeout(() => done(sum), 150);
})"""


def test_signing_in_and_out(chromium: Browser, desk: RunningDesk) -> None:
    context, seen = visit(chromium, desk, "", language="en-GB")
    page = seen.open("/search?words=x")
    page.fill("input[name=name]", "viewer")
    page.fill("input[name=password]", "not the password")
    page.click("button.primary")
    assert "Name or password is wrong" in page.inner_text("[role=alert]")
    page.fill("input[name=password]", PASSWORD)
    page.click("button.primary")
    page.wait_for_url("**/search?words=x")
    seen.open("/account")
    page.click("text=Sign out >> nth=0")
    page.wait_for_url("**/sign-in")
    seen.open("/search")
    assert "/sign-in" in page.url
    context.close()
    assert [text for text in seen.complaints if "401" not in text] == []  # Chromium notes the refused password itself
    assert seen.foreign == []


def test_words_are_found_opened_and_highlighted(analyst: Visit) -> None:
    page = analyst.open("/search")
    page.fill("#words", "根治便秘")
    page.press("#words", "Enter")
    page.wait_for_selector(".hit")
    assert "words=" in page.url
    assert page.inner_text(".hit >> nth=0 >> .hit-why mark") == "根治便秘"
    page.click(".hit >> nth=0 >> .hit-open")
    page.wait_for_selector(".canvas .line.found")
    assert page.inner_text(".lines mark") == "根治便秘"
    page.wait_for_selector("#alike >> text=芦荟胶囊 官方同款")
    box = page.get_attribute(".canvas", "viewBox")
    page.click("[data-zoom=in]")
    assert page.get_attribute(".canvas", "viewBox") != box
    page.click("[data-zoom=all]")
    assert page.get_attribute(".canvas", "viewBox") == box


@pytest.mark.parametrize("kind", ["drop", "paste", "file"])
def test_a_picture_finds_its_listing_however_it_comes(analyst: Visit, kind: str) -> None:
    page = analyst.open("/search")
    if kind == "file":
        page.set_input_files("#picture-file", PICTURE)
    else:
        page.evaluate(HAND_OVER, [kind, base64.b64encode(PICTURE.read_bytes()).decode()])
    page.wait_for_url("**/search?picture=*")
    assert "灵芝孢子粉" in page.inner_text(".hit >> nth=0")
    assert page.is_visible("#query-picture")


def test_a_region_of_the_picture_is_framed_with_the_mouse(analyst: Visit) -> None:
    page = analyst.open("/search")
    page.set_input_files("#picture-file", PICTURE)
    page.wait_for_url("**/search?picture=*")
    page.click("#region-open")
    canvas = page.locator("#region-canvas")
    box = canvas.bounding_box()
    assert box is not None
    middle_x, middle_y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(middle_x - 100, middle_y - 100)
    page.mouse.down()
    page.mouse.move(middle_x + 100, middle_y + 100, steps=4)
    page.mouse.up()
    page.click("#region-use")
    page.wait_for_url(re.compile(r"region=0\.\d+"))
    page.wait_for_load_state()
    assert page.locator(".chip >> text=区域").count() == 1


def test_a_filter_has_a_count_an_address_and_a_way_back(analyst: Visit) -> None:
    page = analyst.open("/search?words=芦荟胶囊")
    before = page.locator(".hit").count()
    page.click(".facet label >> text=示范拼购")
    page.wait_for_url("**platform=*")
    page.wait_for_selector(".chips .chip")
    assert 0 < page.locator(".hit").count() <= before
    page.click(".chips .chip >> text=示范拼购")
    page.wait_for_url(lambda url: "platform" not in url)


def test_a_search_that_is_sent_again_keeps_what_was_chosen(analyst: Visit) -> None:
    asked = SearchQuery(
        words="芦荟胶囊",
        also=["根治便秘"],
        platform=["样例商城"],
        price_min=0.1,
        price_max=12345678.25,
        captured_from="2020-01-31T18:00+08:00",
        captured_to="2099-12-31",
        avoid="正品",
        alpha=0.37,
        channel=["text:title", "text:ocr"],
        weight=["text:title=0.3", "text:ocr=7"],
        fusion="rrf",
        target="pictures",
        sort="cheapest",
        min_relevance=0.0,
        fold=False,
        limit=7,
    )
    page = analyst.open(asked.address())
    with page.expect_navigation():
        page.press("#words", "Enter")
    values: dict[str, list[str]] = parse_qs(urlsplit(page.url).query)
    lists = {name for name, value in asked.model_dump(by_alias=True).items() if isinstance(value, list)}
    again = SearchQuery.model_validate({name: value if name in lists else value[0] for name, value in values.items()})
    assert again == asked


def test_the_keyboard_walks_chooses_and_opens(analyst: Visit) -> None:
    page = analyst.open("/search?platform=样例商城")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("j")
    page.keyboard.press("x")
    assert page.inner_text("#chosen") == "已选 1 条"
    chosen = page.get_attribute(".hit.current", "data-id")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "words"
    page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    page.wait_for_url("**/listings/**")
    assert page.locator("h1").count() == 1
    assert chosen


def test_another_search_takes_the_place_of_the_shown_one(analyst: Visit) -> None:
    page = analyst.open("/search?words=芦荟胶囊")
    page.evaluate("window.stays = 1")
    found = page.inner_text("#search-status")
    page.check(".facet input[value=示范拼购]")
    page.wait_for_selector(".chips .chip >> text=示范拼购")
    assert page.evaluate("[window.stays, document.activeElement.value]") == [1, "示范拼购"]
    page.fill("#words", "手表")
    page.press("#words", "Enter")
    page.wait_for_url("**words=%E6%89%8B%E8%A1%A8**")
    assert page.title().startswith("手表")
    page.go_back()
    page.go_back()
    page.wait_for_selector(".results:not([aria-busy=true]) .hit >> text=芦荟胶囊")
    assert page.inner_text("#search-status").split("·")[0] == found.split("·")[0]
    assert page.input_value("#words") == "芦荟胶囊"
    assert page.evaluate("window.stays") == 1


def test_a_list_is_walked_along_from_listing_to_listing(analyst: Visit) -> None:
    page = analyst.open("/search?platform=样例商城")
    count = page.locator(".hit").count()
    page.click(".hit >> nth=0 >> .hit-open")
    page.wait_for_selector(f"#trail >> text=1 / {count}")
    first = page.url
    page.keyboard.press("n")
    page.wait_for_selector(f"#trail >> text=2 / {count}")
    page.keyboard.press("p")
    page.wait_for_url(first)
    page.click("#trail >> text=返回列表")
    page.wait_for_url("**/search?platform=*")


def test_an_export_is_downloaded(analyst: Visit) -> None:
    page = analyst.open("/search?words=芦荟胶囊")
    with page.expect_download() as waiting:
        page.click("#export >> text=CSV")
    file = waiting.value.path()
    assert "芦荟胶囊" in file.read_text(encoding="utf-8-sig")


@pytest.mark.parametrize("language", ["zh-CN", "en-GB"])
def test_what_can_be_done_with_hits_stands_in_one_line_on_a_phone(
    chromium: Browser, desk: RunningDesk, language: str
) -> None:
    context, seen = visit(chromium, desk, "分析员", width=390, language=language)
    page = seen.open("/search?words=芦荟胶囊")
    bar, label = page.locator("#export").bounding_box(), page.locator("#chosen").bounding_box()
    last = page.locator("#watch-button").bounding_box()
    assert bar
    assert label
    assert last
    assert bar["x"] < label["x"] < last["x"] < last["x"] + last["width"] < bar["x"] + bar["width"]
    assert bar["height"] < 60
    context.close()
    seen.check()


def test_evidence_of_what_was_chosen_is_downloaded_and_a_refusal_is_told_in_the_page(analyst: Visit) -> None:
    page = analyst.open("/search?words=芦荟胶囊")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("j")
    page.keyboard.press("x")
    with page.expect_download() as waiting:
        page.click("#export >> text=证据包")
    with zipfile.ZipFile(waiting.value.path()) as package:
        assert [name for name in package.namelist() if name.startswith("reports/001-")]
        assert len([name for name in package.namelist() if name.startswith("packages/")]) == 1
    page.wait_for_selector("#export .bar-told", state="hidden")
    page.evaluate("document.querySelector('#export').elements.words.value = '('")
    page.keyboard.press("x")
    page.click("#export >> text=CSV")
    page.wait_for_selector("#export .bar-told.bad")
    assert "/search" in page.url
    analyst.complaints[:] = [text for text in analyst.complaints if "400" not in text]  # Chromium notes the refusal


def test_evidence_of_many_is_packed_by_a_job_whose_page_leads_to_the_file(analyst: Visit) -> None:
    page = analyst.open("/search?price_min=0")
    page.wait_for_load_state("networkidle")
    for _ in range(6):
        page.keyboard.press("j")
        page.keyboard.press("x")
    with page.expect_navigation(url="**/ingest/*"):
        page.click("#export >> text=证据包")
    page.wait_for_selector("text=下载证据包", timeout=120_000)
    with page.expect_download() as waiting:
        page.click("text=下载证据包")
    with zipfile.ZipFile(waiting.value.path()) as package:
        assert len([name for name in package.namelist() if name.startswith("packages/")]) == 6
    analyst.complaints[:] = [text for text in analyst.complaints if "400" not in text]  # Chromium notes the refusal


def test_a_search_is_watched(analyst: Visit) -> None:
    page = analyst.open("/search?words=芦荟胶囊")
    page.click("#watch-button")
    page.wait_for_url("**/watches?name=*")
    assert page.locator(".hit").count() > 0
    page.click("text=标为已读")
    page.wait_for_selector("td.num >> text=0")


def test_a_listing_that_imitates_a_known_case_stands_beside_it(analyst: Visit) -> None:
    page = analyst.open("/listings/示范拼购:1002")
    page.wait_for_selector("#like-cases .pair-item:not(.ghost-hit) >> text=桐鹭 芦荟胶囊")


def test_the_keyboard_confirms_and_dismisses_and_a_second_person_is_told(
    chromium: Browser, desk: RunningDesk, analyst: Visit
) -> None:
    reviews = desk.desk.library.reviews
    desk.desk.library.risk.screen(everything=True)
    page = analyst.open("/review")
    page.keyboard.press("j")
    listing_id = page.get_attribute(".queue-item.current", "data-id")
    assert listing_id
    context, late = visit(chromium, desk, "boss")
    other = late.open("/review")
    page.keyboard.press("c")
    page.wait_for_selector(f".queue-item[data-id='{listing_id}'].is-decided >> text=已确认")
    assert reviews.listing(listing_id).verdict.status == "confirmed"
    other.click(f".queue-item[data-id='{listing_id}'] [value=dismiss]")
    other.fill("#dismiss textarea", "教学样例")
    other.click("#dismiss [value=dismiss]")
    other.wait_for_selector(f".queue-item[data-id='{listing_id}'].refused >> text=已由 分析员")
    context.close()
    assert [text for text in late.complaints if "409" not in text] == []  # Chromium notes the refusal itself
    page.click(".is-decided >> text=撤销")
    page.wait_for_selector(f".queue-item[data-id='{listing_id}'] >> text=已重新打开")
    analyst.open("/search?words=根治便秘")
    page.keyboard.press("j")
    page.keyboard.press("d")
    page.fill("#dismiss textarea", "教学样例 cd")
    page.click("#dismiss [value=dismiss]")
    page.wait_for_selector(".hit.is-decided >> text=已排除")
    decided = page.get_attribute(".hit.is-decided", "data-id")
    assert decided
    assert reviews.history(decided)[-1].reason == "教学样例 cd"
    analyst.open(f"/listings/{decided}")
    page.fill("#decide textarea", "再看一次")
    page.click("#decide [value=reopen]")
    page.wait_for_selector(".history >> text=重新打开")


def test_an_upload_is_ingested_while_one_watches(analyst: Visit, tmp_path: Path) -> None:
    sheet = tmp_path / "新品.csv"
    sheet.write_text("platform,product_code,title\njd,9001,浏览器里上传的水杯\n", encoding="utf-8")
    page = analyst.open("/ingest")
    page.set_input_files("#dropzone input", sheet)
    assert "新品.csv" in page.inner_text("#upload .chosen-files")
    page.click("#upload button.primary")
    page.wait_for_url(re.compile(r"/ingest/[0-9a-f]{16}$"))
    page.wait_for_selector(".state.done, .state.failed", timeout=180_000)  # its process gives way to others
    assert page.locator(".state.failed").count() == 0, page.inner_text("#job")
    analyst.open("/search?words=浏览器里上传的水杯")
    assert page.locator(".hit").count() == 1


def test_the_page_of_a_job_says_that_the_desk_is_gone_until_it_is_there_again(
    analyst: Visit, desk: RunningDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk.desk.runner, "_has_duty", lambda: False)  # the job waits, however long this takes
    job = desk.desk.jobs.add("screen", {"name": ""}, by="分析员")
    page = analyst.page
    page.route("**/events", lambda route: route.abort())
    analyst.open(f"/ingest/{job.job_id}")
    page.wait_for_selector("#job-lost >> text=暂时无法连接工作台")
    page.unroute("**/events")
    page.wait_for_selector("#job-lost", state="hidden")
    desk.desk.jobs.ask_to_cancel(job.job_id)
    page.wait_for_selector(".state.cancelled")
    page.wait_for_selector("#job >> text=任务已停止，已完成的部分会保留")
    analyst.complaints[:] = [text for text in analyst.complaints if "ERR_FAILED" not in text]


def test_a_text_is_screened_while_it_is_typed(analyst: Visit) -> None:
    page = analyst.open("/rules")
    page.fill("#try textarea", "本品根治糖尿病，无效退款，加微信 abc12345 购买")
    page.wait_for_selector("#tried .finding")
    assert "广告法" in page.inner_text("#tried")


def test_a_viewer_sees_what_a_viewer_may(chromium: Browser, desk: RunningDesk) -> None:
    context, seen = visit(chromium, desk, "viewer", language="en-GB")
    page = seen.open("/ingest")
    assert page.locator("#upload").count() == 0
    assert page.locator("nav >> text=Administration").count() == 0
    seen.open("/search?words=芦荟胶囊")
    assert page.locator("#export").count() == 0
    seen.open("/administration")
    assert "may not do this" in page.inner_text("main")
    context.close()
    assert seen.foreign == []


def test_language_and_theme_are_chosen_and_stay(chromium: Browser, desk: RunningDesk) -> None:
    context, seen = visit(chromium, desk, "viewer")
    page = seen.open("/groups")
    page.click(".rail >> text=English")
    page.wait_for_selector("h1 >> text=Groups")
    page.click(".rail >> text=Dark")
    page.wait_for_selector("html[data-theme=dark]")
    seen.open("/search")
    assert page.get_attribute("html", "lang") == "en"
    desk.desk.accounts.prefer(desk.desk.accounts.named("viewer").user_no, language="", theme="")
    context.close()
    seen.check()


@pytest.mark.parametrize(
    ("width", "language", "dark"),
    [(1440, "zh-CN", False), (390, "en-GB", True)],
)
def test_every_page_fits_stays_still_and_is_accessible(
    chromium: Browser, desk: RunningDesk, axe: str, width: int, language: str, dark: bool
) -> None:
    context, seen = visit(chromium, desk, "boss", width=width, language=language, dark=dark)
    put_cluster(desk)
    for path in PAGES:
        page = seen.open(path)
        settle(seen)
        assert page.evaluate(TOO_WIDE) == [], path
        assert page.evaluate(SHIFT) < 0.05, path
        assert page.evaluate(WEIGHT_BYTES) < 150_000, path
        assert _violations(page, axe) == [], path
        if path == "/groups":
            assert ("微信号" if language == "zh-CN" else "WeChat account") in page.inner_text(".clusters")
    context.close()
    assert [text for text in seen.complaints if "404" not in text] == []
    assert seen.foreign == []


def settle(seen: Visit) -> None:
    """Wait until a page has all that it asked for; "networkidle" would wait for half a second more, each time."""
    for _ in range(100):  # ten seconds and more: what never ends holds nobody up
        seen.page.evaluate(SETTLED)
        if not seen.pending:
            return


def put_cluster(desk: RunningDesk) -> None:
    """Let two shops with long names belong together, for more than one reason."""
    groups = desk.desk.library.groups
    groups.update()  # or the next look at them would put what is found in the place of this
    first, second = Shop("样例商城", "康养堂大药房旗舰店（华东总仓直发）"), Shop("样例集市", "本草养生优选")
    reasons = (
        LinkReason("pictures", 3, ("a" * 64,)),
        LinkReason("contact", 1, ("wechat jiankang_shuhua_2026_official",)),
        LinkReason("phrase", 2, ("三天见效无效退款", "祖传秘方百年传承")),
    )
    link = SellerLink(first, second, 4.5, reasons)
    with SqlGroups(desk.desk.library._catalog).writing() as writer:
        writer.replace_sellers([SellerCluster(7, (first, second), (link,))])


def _violations(page: Page, axe: str) -> list[str]:
    page.evaluate(axe)
    found = page.evaluate("async () => (await axe.run(document, {resultTypes: ['violations']})).violations")
    return [
        f"{item['id']}: {item['nodes'][0]['html'][:160]} {item['nodes'][0]['failureSummary'][:200]}"
        for item in found
        if item["impact"] in ("serious", "critical")
    ]
