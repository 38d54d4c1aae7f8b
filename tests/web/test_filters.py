"""What filters offer: values with how many of the hits have each, and the way out of a filter that was chosen."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from jianwei.records import FilterValues
from jianwei.web.facets import Facets, Share, Tally, offers, suspicion
from jianwei.web.templating.rendering import telling_words

if TYPE_CHECKING:
    import httpx

LIBRARY = Facets((("jd", 3), ("taobao", 1)), (("一", 2), ("二", 2)), (), 4)


def test_counts_are_those_of_the_hits_and_what_has_none_is_not_offered() -> None:
    hits = Facets((("taobao", 1),), (("二", 1),), (), 1)
    platform, category, shop = offers(hits, LIBRARY, {"platform": [], "category": [], "shop": []})
    assert (platform.name, platform.values) == ("platform", (("taobao", 1),))
    assert category.values == ()
    assert shop.values == (("二", 1),)


def test_a_field_that_restricts_offers_the_other_values_too_and_what_is_chosen_always() -> None:
    hits = Facets((("taobao", 1),), (), (), 1)
    platform, _, shop = offers(hits, LIBRARY, {"platform": ["taobao"], "category": [], "shop": ["三"]})
    assert platform.values == (("taobao", 1), ("jd", None))
    assert shop.values == (("三", 0), ("一", None), ("二", None))
    many = Facets(tuple((str(number), 20 - number) for number in range(20)), (), (), 210)
    platform, *_ = offers(many, LIBRARY, {"platform": ["19"], "category": [], "shop": []})
    assert [value for value, _ in platform.values] == [*map(str, range(8)), "19"]


def test_names_of_one_platform_are_one_under_the_name_that_was_chosen() -> None:
    counted, suspected = Tally(), Tally()
    for number, platform in enumerate(("京东", "京东", "jd", "taobao")):
        listing = FilterValues(number, platform, "店", "", None, None)
        counted.add(listing)
        if platform == "jd":
            suspected.add(listing)
    facets = counted.facets()
    assert facets.platforms == (("京东", 3), ("taobao", 1))
    assert suspicion(counted, suspected).platforms == (Share("京东", 1, 3), Share("taobao", 0, 1))
    offered, *_ = offers(facets, facets, {"platform": ["jd"], "category": [], "shop": []})
    assert offered.values == (("jd", 3), ("taobao", 1))


def test_the_page_counts_what_was_found(viewer: httpx.Client) -> None:
    page = viewer.get("/search", params={"words": "祛斑"}).text
    platforms = page.split("<legend>Platform</legend>", 1)[1].split("</fieldset>", 1)[0]
    everything = viewer.get("/search").text.split("<legend>Platform</legend>", 1)[1].split("</fieldset>", 1)[0]
    assert platforms.count('type="checkbox"') < everything.count('type="checkbox"')
    value = platforms.split('value="', 1)[1].split('"', 1)[0]
    chosen = viewer.get("/search", params={"words": "祛斑", "platform": value}).text
    restricted = chosen.split("<legend>Platform</legend>", 1)[1].split("</fieldset>", 1)[0]
    assert f'value="{value}" checked' in restricted
    assert restricted.count('type="checkbox"') == everything.count('type="checkbox"')


def test_values_with_most_suspected_listings_come_first_and_days_stay_in_order() -> None:
    every, suspected = Tally(), Tally()
    for number, (shop, day, is_suspected) in enumerate([("一", 2, 0), ("一", 1, 0), ("二", 3, 1), ("", 3, 1)]):
        captured_at = datetime(2026, 3, day, 12, tzinfo=UTC)
        listing = FilterValues(number, "jd", shop, "", None, captured_at)
        every.add(listing)
        if is_suspected:
            suspected.add(listing)
    found = suspicion(every, suspected)
    assert found.platforms == (Share("jd", 2, 4),)
    assert found.shops == (Share("二", 1, 1), Share("一", 0, 2))
    assert [(share.suspected, share.listings) for share in found.days] == [(0, 1), (0, 1), (2, 2)]
    assert [share.value for share in found.days] == sorted(share.value for share in found.days)


def test_programs_get_the_same_counts(program: httpx.Client) -> None:
    library = program.get("/api/v1/facets").json()
    assert library["counted"] == program.get("/api/v1/stats").json()["listings"]
    assert sum(item["count"] for item in library["platform"]) == library["counted"]
    assert "facets" not in program.get("/api/v1/search", params={"words": "祛斑"}).json()
    found = program.get("/api/v1/search", params={"words": "祛斑", "facets": "true"}).json()
    assert found["facets"]["counted"] == found["total"] < library["counted"]
    assert sum(item["count"] for item in found["facets"]["category"]) <= found["total"]
    restricted = {"words": "祛斑", "facets": "true", "platform": found["facets"]["platform"][0]["value"]}
    counted = program.get("/api/v1/search", params=restricted).json()["facets"]
    assert counted["platform"] == found["facets"]["platform"][:1]


def test_a_search_without_a_hit_leads_out_of_its_filters(viewer: httpx.Client) -> None:
    page = viewer.get("/search", params={"words": "祛斑", "price_min": "99999"}).text
    assert 'href="/search?words=%E7%A5%9B%E6%96%91"' in page
    assert 'id="export"' not in page


@given(words=st.lists(st.text(alphabet="治根便秘 ", max_size=4), max_size=12), most=st.integers(1, 5))
def test_words_that_tell_are_distinct_and_none_stands_in_another(words: list[str], most: int) -> None:
    shown = telling_words(words, most)
    assert len(shown) <= most
    assert len(set(shown)) == len(shown)
    assert not any(one != other and one in other for one in shown for other in shown)
    assert bool(shown) == any(word.strip() for word in words)
