"""Searching over HTTP: words, pictures by upload and hash, regions, exports, classic paths, and what is noted of it."""

from __future__ import annotations

import io
import json
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from PIL import Image
from starlette.requests import Request
from tests.unit.library.grouped_library import make_grouped_library
from tests.web.running_desk import RunningDesk

from jianwei.desk.roles import Principal
from jianwei.errors import QueryError
from jianwei.text.query_syntax import MAX_QUERY_CHARACTERS
from jianwei.web.languages import accepted_language
from jianwei.web.limiter import RateLimiter
from jianwei.web.pages.search import Found, form_values
from jianwei.web.search_query import SearchQuery
from jianwei.web.templating.rendering import mark_spans

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

SLOW_S = 120.0
"""A desk of its own reads rules and models with its first page, which a busy machine takes long for."""


def known_picture(running: RunningDesk) -> bytes:
    view = running.desk.library.show("jd:1")
    return running.desk.library.picture_bytes(view.pictures[0].picture.facts.sha256)


def test_words_find_what_stands_in_a_picture(program: httpx.Client) -> None:
    found = program.get("/api/v1/search", params={"words": "根治便秘"}).json()
    assert found["hits"][0]["listing_id"] == "jd:1"
    assert found["hits"][0]["matched_words"] == ["根治便秘"]
    assert found["hits"][0]["picture"]["highlights"][0]["boxes"]


def test_an_uploaded_picture_finds_its_listing_whole_and_by_region(running: RunningDesk, program: httpx.Client) -> None:
    data = known_picture(running)
    whole = program.post("/api/v1/search", files={"file": ("a.png", data)})
    assert whole.json()["hits"][0]["listing_id"] == "jd:1", whole.text
    kept = program.post("/api/v1/query-pictures", files={"file": ("a.png", data)}).json()["picture"]
    again = program.get("/api/v1/search", params={"picture": kept, "region": "0,0,1,1"})
    assert again.status_code == 200, again.text
    alone = program.get("/api/v1/search", params={"words": "x", "region": "0,0,1,1"})
    assert alone.status_code == 400
    assert "A region is a part of one picture" in alone.json()["error"]["message"]
    outside = program.get("/api/v1/search", params={"picture": kept, "region": "0.5,0.5,0.9,0.9"})
    assert outside.status_code == 400
    shown = program.get(f"/api/v1/query-pictures/{kept}/display")
    assert Image.open(io.BytesIO(shown.content)).format == "WEBP"


def test_joined_queries_several_pictures_and_what_to_avoid_are_asked_over_http(
    running: RunningDesk, program: httpx.Client
) -> None:
    def scores(**asked: str | list[str]) -> dict[str, float]:
        answer = program.get("/api/v1/search", params={"min_relevance": "0", "fold": "false", **asked})
        assert answer.status_code == 200, answer.text
        return {hit["listing_id"]: hit["score"] for hit in answer.json()["hits"]}

    kept = program.post("/api/v1/query-pictures", files={"file": ("a.png", known_picture(running))}).json()["picture"]
    alone = scores(words="根治便秘")
    assert scores(words="根治便秘", also=["扫帚"]).keys() == alone.keys() | scores(words="扫帚").keys()
    assert scores(also=["根治便秘"]) == alone
    assert scores(further_picture=[kept]) == scores(picture=kept)
    assert scores(words="根治便秘", avoid_picture=[kept]).get("jd:1", 0.0) < alone["jd:1"]
    assert scores(words="根治便秘", channel=["text:title"]).keys() < alone.keys()
    wrong = program.get("/api/v1/search", params={"words": "根治", "channel": "text:orc"})
    assert wrong.status_code == 400
    assert "text:ocr" in wrong.json()["error"]["message"]
    gone = program.get("/api/v1/search", params={"avoid_picture": "0" * 64, "words": "根治"})
    assert gone.status_code == 404


def test_a_page_emptied_by_what_is_avoided_says_so_and_offers_to_avoid_nothing(viewer: httpx.Client) -> None:
    page = viewer.get("/search", params={"words": "根治便秘", "avoid": "根治便秘", "lang": "en"}).text
    assert "1 listing matches but says or shows what is to be avoided." in page
    assert ">Avoid nothing</a>" in page
    assert "Try fewer or shorter words" not in page


def test_the_page_keeps_joined_queries_and_offers_to_drop_them(viewer: httpx.Client) -> None:
    page = viewer.get("/search", params={"words": "根治便秘", "also": ["扫帚", "减肥"], "channel": "text:ocr"}).text
    assert '<input type="hidden" name="also" value="扫帚">' in page
    assert "also=%E5%87%8F%E8%82%A5" in page  # the address without the first of them
    assert '<input type="hidden" name="channel" value="text:ocr">' in page


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "not-a-picture"),
        (b"GIF89a/*<html><script>alert(1)</script>*/", None),
        (b"%PDF-1.7 polyglot", "not-a-picture"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 40, None),
    ],
)
def test_what_is_no_picture_is_refused(program: httpx.Client, data: bytes, reason: str | None) -> None:
    answer = program.post("/api/v1/query-pictures", files={"file": ("a.png", data)})
    assert answer.status_code == 400, answer.text
    error = answer.json()["error"]
    assert error["code"] == "picture-decode"
    assert reason is None or error["reason"] == reason


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded(program: httpx.Client) -> None:
    data = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(data, "PNG")
    answer = program.post("/api/v1/query-pictures", files={"file": ("bomb.png", data.getvalue())})
    assert answer.status_code == 400
    assert answer.json()["error"]["reason"] == "too-large"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/a.png",
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]/a.png",
        "http://localhost:80/a.png",
        "file:///etc/passwd",
        "gopher://x",
        "",
    ],
)
def test_an_address_inside_is_never_fetched(program: httpx.Client, url: str) -> None:
    answer = program.post("/api/v1/query-pictures", data={"url": url})
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["code"] in ("picture-fetch", "request")


def test_exports_hold_what_was_asked_for(program: httpx.Client) -> None:
    sheet = program.get("/api/v1/export", params={"format": "xlsx", "words": "根治便秘"})
    assert sheet.headers["x-listings"] == "1"
    assert "attachment" in sheet.headers["content-disposition"]
    assert load_workbook(io.BytesIO(sheet.content)).active is not None
    chosen = program.get("/api/v1/export", params={"format": "jsonl", "id": ["jd:3", "jd:2"]})
    assert [json.loads(line)["listing_id"] for line in chosen.text.splitlines()] == ["jd:3", "jd:2"]
    everything = program.get("/api/v1/export", params={"format": "csv"})
    assert everything.headers["x-listings"] == "4"
    assert program.get("/api/v1/export", params={"id": "none"}).status_code == 404


def test_an_export_from_the_page_holds_what_the_page_shows(running: RunningDesk) -> None:
    browser = running.person("analyst", "analyst")
    asked = {"words": "根治便秘", "avoid": "手表", "min_relevance": "0.0", "weight": "text:ocr=2", "limit": "1"}
    form = browser.get("/search", params=asked).text.split('<form id="export"', 1)[1].split("</form>", 1)[0]
    fields = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form))
    del asked["limit"]
    assert fields == asked


def test_searches_views_and_exports_are_noted(running: RunningDesk, program: httpx.Client) -> None:
    program.get("/api/v1/search", params={"words": "独一无二的词"})
    program.get("/api/v1/listings/jd:2")
    program.get("/api/v1/export", params={"format": "csv", "words": "独一无二的词"})
    noted = [(entry.action, entry.subject) for entry in running.desk.audit.entries(actor="robot", limit=3)]
    assert noted == [("export", "独一无二的词"), ("view", "jd:2"), ("search", "独一无二的词")]
    running.desk.audit.verify()


def test_the_classic_paths_answer_in_their_fields(running: RunningDesk, program: httpx.Client) -> None:
    by_words = program.post("/ret/search_data_all/", data={"qid": "根治便秘"}).json()
    assert (by_words["code"], by_words["data"][0]["product_code"]) == (200, "1")
    as_curl_sends_it = program.post(
        "/ret/search_data_all/",
        content="qid=根治便秘".encode(),
        headers={"content-type": "application/x-www-form-urlencoded"},
    )
    assert as_curl_sends_it.json()["data"] == by_words["data"]
    for path in ("/i2i/searchi2i_data_all/", "/i2t/searchi2t_data_all/"):
        by_picture = program.post(path, files={"image": ("a.png", known_picture(running))})
        assert by_picture.json()["data"][0]["product_name"] == "芦荟胶囊 润肠通便", by_picture.text
    assert program.post("/ret/search_data_all/", data={"qid": " "}).status_code == 422
    missing = program.post("/i2i/searchi2i_data_all/", data={})
    assert missing.status_code == 400
    assert "named 'image', or an address named 'image_url'" in missing.json()["error"]["message"]


def test_an_empty_picture_is_said_to_be_empty(program: httpx.Client) -> None:
    answer = program.post("/api/v1/query-pictures", files={"file": ("a.png", b"")})
    assert answer.status_code == 400
    assert "is empty" in answer.json()["error"]["message"]
    missing = program.post("/api/v1/query-pictures", data={"platform": "x"})
    assert "named 'file', or an address named 'url'" in missing.json()["error"]["message"]


def test_a_marked_picture_belongs_to_its_listing(running: RunningDesk, program: httpx.Client) -> None:
    sha256 = running.desk.library.show("jd:1").pictures[0].picture.facts.sha256
    marked = program.get(f"/api/v1/pictures/{sha256}/marked", params={"listing_id": "jd:1"})
    assert Image.open(io.BytesIO(marked.content)).format == "PNG"
    assert program.get(f"/api/v1/pictures/{sha256}/marked", params={"listing_id": "jd:2"}).status_code == 404
    assert program.get(f"/api/v1/pictures/{sha256}/thumbnail").headers["content-type"] == "image/webp"


def test_a_browser_keeps_pictures_and_is_told_that_they_are_still_right(
    running: RunningDesk, program: httpx.Client
) -> None:
    hit = program.get("/api/v1/search", params={"words": "祛斑"}).json()["hits"][0]
    tags = set()
    for form in ("thumbnail", "display", "thumbnail"):
        path = f"/api/v1/pictures/{hit['picture']['sha256']}/{form}"
        first = program.get(path)
        assert "immutable" in first.headers["cache-control"]
        assert first.content == program.get(path).content
        again = program.get(path, headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]
        tags.add(first.headers["etag"])
        with running.stranger() as stranger:  # whoever may not look is not told what would be right either
            assert stranger.get(path, headers={"If-None-Match": first.headers["etag"]}).status_code in (303, 401)
    assert len(tags) == 2
    told = program.get("/metrics").text
    assert 'jianwei_cache_lookups_total{cache="thumbnail",found="yes"}' in told


def test_a_search_survives_its_own_address() -> None:
    query = SearchQuery.model_validate({"words": "a b", "platform": ["x", "y"], "price_min": "3", "from": "2025-01-01"})
    assert query.address() == "/search?words=a+b&platform=x&platform=y&price_min=3.0&from=2025-01-01"
    assert query.without("platform", "x") == "/search?words=a+b&platform=y&price_min=3.0&from=2025-01-01"
    assert query.without("from") == "/search?words=a+b&platform=x&platform=y&price_min=3.0"


@given(text=st.text(max_size=40), spans=st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=5))
def test_marked_text_is_the_text_and_nothing_of_it_is_markup(text: str, spans: list[tuple[int, int]]) -> None:
    inside = sorted((start, end) for start, end in spans if start < end <= len(text))
    marked = str(mark_spans(text, inside))
    bare = marked.replace("<mark>", "").replace("</mark>", "")
    assert "<" not in bare
    assert (
        bare.replace("&lt;", "<").replace("&gt;", ">").replace("&#34;", '"').replace("&#39;", "'").replace("&amp;", "&")
        == text
    )


@pytest.mark.parametrize(
    ("header", "language"),
    [("", "zh"), ("fr", "zh"), ("en-GB,zh;q=0.5", "en"), ("fr,zh-TW;q=0.9,en;q=0.8", "zh"), ("en;q=x,zh", "zh")],
)
def test_the_language_is_the_first_known_of_the_browser(header: str, language: str) -> None:
    assert accepted_language(header) == language


def test_a_bucket_empties_and_fills_again() -> None:
    from jianwei.errors import TooManyRequestsError

    limiter = RateLimiter(60)
    for _ in range(15):
        limiter.take("a", now_s=0.0)
    with pytest.raises(TooManyRequestsError) as caught:
        limiter.take("a", now_s=0.0)
    assert caught.value.facts["retry_after_s"] == 1
    limiter.take("b", now_s=0.0)
    limiter.take("a", now_s=1.01)


def test_the_page_folds_one_picture_and_shows_what_stands_under_a_hit(tmp_path: Path) -> None:
    with RunningDesk(make_grouped_library(tmp_path / "one-picture")) as desk:
        viewer = desk.person("viewer", "viewer")
        folded = viewer.get("/search", params={"words": "商品"}, timeout=SLOW_S).text
        assert folded.count('<details class="hit-fold">') == 2
        assert "3 listings, 3 shops" in folded
        assert "12 of 256 bits differ" in folded
        assert "3 under a hit with the same picture" in folded
        every = viewer.get("/search", params={"words": "商品", "fold": "false"}, timeout=SLOW_S).text
        assert "hit-fold" not in every
        assert every.count('<li class="hit"') == 5
        assert '<input type="hidden" name="fold" value="false">' in every
        program = desk.program("robot", "viewer")
        answer = program.get("/api/v1/search", params={"words": "商品"}, timeout=SLOW_S).json()
        assert (len(answer["hits"]), answer["total"], answer["in_folds"]) == (2, 5, 3)
        shown = program.get("/api/v1/search", params={"words": "商品", "fold": "false"}, timeout=SLOW_S).json()
        assert (len(shown["hits"]), shown["total"], shown["in_folds"]) == (5, 5, 0)


@pytest.mark.parametrize("order", ["newest", "oldest", "cheapest", "dearest"])
def test_every_order_that_the_page_offers_can_be_asked_for(viewer: httpx.Client, order: str) -> None:
    page = viewer.get("/search", params={"words": "便秘", "sort": order})
    assert page.status_code == 200
    assert f'<option value="{order}" selected>' in page.text


def test_the_head_of_a_page_leaves_before_its_search_is_made(running: RunningDesk) -> None:
    desk = running.desk
    request = Request({"type": "http", "method": "GET", "path": "/search", "query_string": b"", "headers": []})
    request.state.principal = Principal(1, "li.lei", "viewer", frozenset(), "session")
    made: list[str] = []

    def find() -> Found:
        made.append("search")
        return Found(None, QueryError("Not a \ud800 search.", zh="不能检索"), {})

    pieces = desk.pages.pieces(
        request,
        "search.html",
        find=find,
        retry_after_s=0,
        **form_values(desk, SearchQuery(words="祛斑")),
    )
    head = next(pieces).decode()
    assert made == []
    assert 'value="祛斑"' in head
    assert "desk.css" in head
    rest = b"".join(pieces).decode()
    assert made == ["search"]
    assert rest.endswith("</html>")
    assert "\0" not in head + rest


def test_what_is_refused_is_refused_before_a_page_begins(viewer: httpx.Client) -> None:
    for refused in ({"words": '"祛斑'}, {"words": "祛斑", "from": "gestern"}, {"words": "祛斑", "weight": "x"}):
        assert viewer.get("/search", params=refused).status_code == 400, refused
    page = viewer.get("/search", params={"words": "祛斑"})
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "content-security-policy" in page.headers
    assert 'id="hits"' in page.text


def test_words_as_long_as_a_query_may_be_are_searched_for_and_longer_ones_refused_on_the_page(
    viewer: httpx.Client, program: httpx.Client
) -> None:
    headers = {"Accept": "text/html", "Accept-Language": "zh"}
    longest, longer = "根治便秘" * (MAX_QUERY_CHARACTERS // 4), "根" * (MAX_QUERY_CHARACTERS + 1)
    for path in ("/search", "/listings/jd:1"):
        assert viewer.get(path, params={"words": longest}, headers=headers).status_code == 200
    refused = viewer.get("/search", params={"words": longer}, headers=headers)
    assert refused.status_code == 400
    assert "无法按此检索" in refused.text
    assert f"查询有 {MAX_QUERY_CHARACTERS + 1} 个字符，最多 {MAX_QUERY_CHARACTERS} 个" in refused.text
    answer = program.get("/api/v1/search", params={"words": longer})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "query")
