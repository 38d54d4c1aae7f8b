from __future__ import annotations

from dataclasses import fields

from hypothesis import given
from hypothesis import strategies as st

from jianwei.ingest.sources.platforms import _PLATFORM_BY_DOMAIN
from jianwei.records import Filters, Listing
from jianwei.text.platform_names import _NAMES, joined_counts, same_platforms, wanted_texts


def test_a_platform_is_meant_by_each_of_its_names() -> None:
    assert {"jd", "JD", "京东", "京东商城", "JD.com", "jd.com"} <= same_platforms(["京东"])
    assert same_platforms(["JD"]) == same_platforms(["京东"]) == same_platforms(["jd", "京东商城"])
    assert not same_platforms(["jd"]) & same_platforms(["天猫"])


def test_no_name_means_two_platforms_and_each_domain_gives_a_known_name() -> None:
    every = [name for names in _NAMES for name in names]
    assert len(every) == len(set(every))
    assert set(_PLATFORM_BY_DOMAIN.values()) == {names[0] for names in _NAMES}


def test_nothing_stays_nothing() -> None:
    assert same_platforms([]) == frozenset()


def test_filters_ask_for_a_platform_under_all_its_names_and_for_shops_and_kinds_as_they_stand() -> None:
    wanted = wanted_texts(Filters(platforms=frozenset({"京东"}), shops=frozenset({"京东"})))
    assert {"jd", "京东", "JD.com"} <= wanted.platform
    assert wanted.shop == {"京东"}
    assert wanted.category == frozenset()
    assert wanted._fields == ("platform", "shop", "category")  # as fields of a listing and of the text index are called
    assert {*wanted._fields} <= {field.name for field in fields(Listing)}


@given(st.sets(st.text(max_size=4) | st.sampled_from(["jd", "淘宝", "样例商城"]), max_size=4))
def test_names_are_kept_and_asking_twice_adds_nothing(names: set[str]) -> None:
    meant = same_platforms(names)
    assert names <= meant
    assert same_platforms(meant) == meant


def test_the_names_of_one_platform_are_counted_as_one_under_the_most_frequent() -> None:
    assert joined_counts({"jd": 2, "样例商城": 4, "京东": 3, "JD": 1}) == {"京东": 6, "样例商城": 4}
    assert list(joined_counts({"甲": 1, "淘宝": 1, "乙": 2})) == ["乙", "甲", "淘宝"]
    assert joined_counts({"jd": 2, "京东": 2}) == {"jd": 4}
    assert joined_counts({}) == {}


@given(st.dictionaries(st.text(max_size=4) | st.sampled_from(["jd", "京东", "淘宝", "样例商城"]), st.integers(0, 9)))
def test_counting_together_loses_nobody_and_invents_no_name(counts: dict[str, int]) -> None:
    joined = joined_counts(counts)
    assert sum(joined.values()) == sum(counts.values())
    assert joined.keys() <= counts.keys()
    assert joined_counts(joined) == joined
