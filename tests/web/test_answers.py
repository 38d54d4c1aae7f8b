"""What the desk answers with: headers on everything, one shape of errors, hostile text shown as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from jianwei.web.malformed import malformed

if TYPE_CHECKING:
    import httpx
    from tests.web.running_desk import RunningDesk

PAGES = (
    "/",
    "/search",
    "/search?words=根治便秘",
    "/search?platform=jd",
    "/listings/jd:1",
    "/ingest",
    "/history",
    "/review",
    "/review?whose=decided",
    "/cases",
    "/rules",
    "/rules/absolute_claim",
    "/groups",
    "/watches",
    "/account",
    "/administration",
    "/administration/audit",
    "/api/v1/docs",
)


@pytest.mark.parametrize("path", PAGES)
def test_every_page_limits_what_it_may_do_and_holds_nothing_inline(administrator: httpx.Client, path: str) -> None:
    answer = administrator.get(path)
    assert answer.status_code == 200, answer.text
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert " style=" not in answer.text
    assert " onclick=" not in answer.text
    assert "<script>" not in answer.text
    assert "http://" not in answer.text.replace("http://www.w3.org", "")
    assert len(answer.content) < 150_000


@pytest.mark.parametrize("path", PAGES)
def test_no_page_mixes_the_languages(administrator: httpx.Client, path: str) -> None:
    english = administrator.get(path, headers={"Accept-Language": "en"}).text
    chinese = administrator.get(path, headers={"Accept-Language": "zh"}).text
    assert '<html lang="en"' in english
    assert '<html lang="zh-CN"' in chinese
    assert "Search" in english
    assert "检索" in chinese
    assert "检索" not in english


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/api/v1/nothing", 404, "not-found"),
        ("/api/v1/listings/none", 404, "not-found"),
        ("/api/v1/pictures/0000000000/display", 404, "not-found"),
        ("/api/v1/jobs/none", 404, "not-found"),
        ("/api/v1/search?wrods=x", 422, "request"),
        ("/api/v1/search?limit=0", 422, "request"),
        ("/api/v1/search", 400, "query"),
        ("/api/v1/search?words=%22", 400, "query"),
        ("/api/v1/search?words=x&cursor=forged", 400, "query"),
        ("/api/v1/search?picture=../../etc/passwd", 400, "query"),
        ("/api/v1/search?words=x&from=yesterday", 400, "query"),
        ("/api/v1/search?words=x&weight=nonsense", 400, "query"),
        ("/api/v1/export?format=exe", 400, "query"),
        ("/static/old/desk.css", 404, "not-found"),
    ],
)
def test_every_error_has_the_one_shape(program: httpx.Client, path: str, status: int, code: str) -> None:
    answer = program.get(path)
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert error["code"] == code
    assert error["message"]
    chinese = program.get(path, headers={"Accept-Language": "zh-CN"}).json()["error"]["message"]
    assert chinese != error["message"]


def test_an_error_page_says_what_happened(analyst: httpx.Client) -> None:
    answer = analyst.get("/listings/none")
    assert answer.status_code == 404
    assert "No listing has the id &#39;none&#39;" in answer.text
    assert '<nav aria-label="Main">' in analyst.get("/nowhere").text


def test_html_in_titles_is_text(analyst: httpx.Client) -> None:
    page = analyst.get("/listings/jd:4").text
    assert "[bold]红枣[/bold] =1+1 :smile:" in page
    searched = analyst.get("/search", params={"words": "<script>alert(1)</script>"}).text
    assert "<script>alert" not in searched
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in searched


def test_a_body_that_is_too_large_is_refused_before_it_is_read(running: RunningDesk, program: httpx.Client) -> None:
    answer = program.post("/api/v1/accounts", content=b"x" * (1024 * 1024 + 1))
    assert answer.status_code == 413
    assert answer.json()["error"]["limit_bytes"] == 1024 * 1024

    def parts() -> object:
        for _ in range(40):
            yield b"x" * 65536

    chunked = program.post("/api/v1/accounts", content=parts())  # type: ignore[arg-type]
    assert chunked.status_code == 413


def test_alive_ready_and_numbers(running: RunningDesk, program: httpx.Client) -> None:
    with running.stranger() as stranger:
        assert stranger.get("/health/live").json() == {"status": "ok"}
        assert stranger.get("/health/ready").json() == {"status": "ok", "off": []}
        assert stranger.get("/metrics").status_code == 401
    text = program.get("/metrics").text
    assert 'jianwei_requests_total{method="GET",route="/health/live",status="200"}' in text


def test_files_of_pages_are_kept_for_ever_under_their_hash(running: RunningDesk) -> None:
    address = running.desk.assets.url("desk.css")
    with running.stranger() as stranger:
        answer = stranger.get(address)
        plain = stranger.get(address, headers={"Accept-Encoding": "identity"})
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.text == plain.text


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"wrods": "x"}, "请求不可用：wrods：没有这个参数。是否要写 words？"),
        ({"zzqx": "x"}, "请求不可用：zzqx：没有这个参数。可用的写法"),
        ({"limit": "5000"}, "请求不可用：limit：应不大于 1000。"),
        ({"limit": "many"}, "请求不可用：limit：应为整数。"),
        ({"alpha": "-1"}, "请求不可用：alpha：应不小于 0"),
        ({"avoid": "长" * 501}, "请求不可用：avoid：最多 500 个字符。"),
        ({"sort": "best"}, "请求不可用：sort：可用：'relevance'、'"),
    ],
)
def test_what_is_wrong_with_a_parameter_is_said_in_chinese_too(
    program: httpx.Client, asked: dict[str, str], said: str
) -> None:
    answer = program.get("/api/v1/search", params=asked, headers={"Accept-Language": "zh"})
    assert answer.status_code == 422
    assert said in answer.json()["error"]["message"]


def test_an_error_that_pydantic_learns_later_is_told_in_its_words() -> None:
    told = malformed({"type": "new_kind", "loc": ("body", 3), "msg": "Input {is} odd", "ctx": {"error": ValueError()}})
    assert told.text("zh") == "请求不可用：body.3：Input {is} odd。可用的写法见 /api/v1/docs。"


@pytest.mark.parametrize(
    ("place", "told"),
    [
        (("query", "weight", 0), "weight.0"),
        (("body", "decisions", 2, "verdict"), "decisions.2.verdict"),
        (("body",), "body"),
    ],
)
def test_what_is_wrong_is_named_as_the_caller_wrote_it(place: tuple[str | int, ...], told: str) -> None:
    error = malformed({"type": "missing", "loc": place, "msg": "Field required"})
    assert error.facts["place"] == told
    assert f"cannot be used: {told}: " in error.message
