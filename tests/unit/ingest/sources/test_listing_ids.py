"""Names of listings."""

from __future__ import annotations

import pytest

from jianwei.errors import MappingError
from jianwei.ingest.sources.listing_ids import check_pattern, content_code, id_from_code, id_from_pattern
from jianwei.ingest.sources.platforms import platform_of_url


@pytest.mark.parametrize(
    ("url", "platform"),
    [
        ("https://item.jd.com/100.html", "jd"), ("//detail.tmall.com/item.htm?id=1", "tmall"),
        ("item.taobao.com/item.htm", "taobao"), ("https://mobile.yangkeduo.com/goods.html", "pinduoduo"),
        ("https://notjd.com/1", ""), ("https://jd.com.evil.example/1", ""), ("", ""), ("http://[bad", ""),
    ],
)  # fmt: skip
def test_the_platform_is_told_from_the_host(url: str, platform: str) -> None:
    assert platform_of_url(url) == platform


def test_the_stated_platform_goes_before_the_url_and_that_before_the_namespace() -> None:
    jd = "https://item.jd.com/1.html"
    assert id_from_code("1", platform="京东", url=jd, namespace="local") == "京东:1"
    assert id_from_code("1", platform="", url=jd, namespace="local") == "jd:1"
    assert id_from_code("1", platform="", url="", namespace="local") == "local:1"


def test_the_url_alone_names_a_listing_that_has_one() -> None:
    one = content_code(url="https://e.com/1", title="a", shop="", pictures=["x"])
    assert one == content_code(url="https://e.com/1", title="changed", shop="s", pictures=[])
    assert one != content_code(url="https://e.com/2", title="a", shop="", pictures=["x"])
    assert content_code(url="", title="a", shop="", pictures=["x"]) != content_code(
        url="", title="a", shop="", pictures=[]
    )


def test_a_pattern_takes_fields_and_columns() -> None:
    fields = {"platform": "jd", "product_code": ""}
    assert id_from_pattern("{platform}-{货号}", fields=fields, values={"货号": 7.0}) == "jd-7"
    assert id_from_pattern("{product_code}", fields=fields, values={}) is None


def test_an_unknown_slot_is_named_with_the_nearest() -> None:
    with pytest.raises(MappingError, match="Nearest: '货号'"):
        check_pattern("{货号码}", ["货号", "标题"], file="x.csv")
