"""Shops are linked by what is rare, for reasons that are told; what is kept apart is never joined."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from jianwei.groups.phrases import PhraseBook
from jianwei.groups.seller_clusters import find_clusters
from jianwei.groups.seller_links import (
    CONTACT_WEIGHT,
    LINKED_FROM,
    PICTURE_WEIGHT,
    Shared,
    rarity_of,
    seller_links,
)
from jianwei.ports.groups import LinkReason, SellerLink, Shop

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

SHOPS = [Shop("jd", f"shop{number:02}") for number in range(12)]


def pictures(*shops: int, count: int) -> list[Shared]:
    return [Shared("pictures", str(number), shops, PICTURE_WEIGHT) for number in range(count)]


def contact(*shops: int) -> Shared:
    return Shared("contact", "wechat xugou88", shops, CONTACT_WEIGHT)


def link(first: int, second: int, strength: float = LINKED_FROM) -> SellerLink:
    return SellerLink(SHOPS[first], SHOPS[second], strength, ())


def test_a_contact_of_their_own_links_two_shops_and_says_so() -> None:
    (found,) = seller_links([contact(0, 3)], SHOPS)
    assert (found.first, found.second) == (SHOPS[0], SHOPS[3])
    assert found.reasons == (LinkReason("contact", 1, ("wechat xugou88",)),)


def test_three_pictures_that_only_two_shops_have_link_them_and_two_do_not() -> None:
    assert [item.strength for item in seller_links(pictures(0, 1, count=3), SHOPS)] == [3.0]
    assert seller_links(pictures(0, 1, count=2), SHOPS) == []


def test_twelve_stock_pictures_of_ten_shops_link_nobody() -> None:
    assert seller_links(pictures(*range(10), count=12), SHOPS) == []


def test_what_a_platform_writes_everywhere_links_nobody() -> None:
    shops = [Shop("jd", f"{number:03}") for number in range(100)]
    hotline = Shared("contact", "phone 4001234567", tuple(range(60)), CONTACT_WEIGHT)
    assert seller_links([hotline], shops) == []
    assert rarity_of("contact", 60, 100) == 0.0
    assert rarity_of("contact", 40, 400) == 0.25  # (20 / 40)²
    assert rarity_of("pictures", 1, 100) == 0.0


def test_reasons_name_the_rarest_three_and_count_all() -> None:
    common = [Shared("pictures", f"common{number}", (0, 1, 2, 3), PICTURE_WEIGHT) for number in range(6)]
    (found, *_) = seller_links([*common, *pictures(0, 1, count=2)], SHOPS)
    (reason,) = found.reasons
    assert (reason.count, reason.values[:2]) == (8, ("0", "1"))
    assert found.strength == 2 + 6 * (1 / 3)


@given(st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11), st.integers(3, 9)), max_size=30), st.randoms())
def test_clusters_do_not_depend_on_the_order_of_links(
    edges: list[tuple[int, int, int]], shuffler: random.Random
) -> None:
    links = [link(min(a, b), max(a, b), float(weight)) for a, b, weight in edges if a != b]
    shuffled = list(links)
    shuffler.shuffle(shuffled)
    assert [item.shops for item in find_clusters(links)] == [item.shops for item in find_clusters(shuffled)]


@given(
    st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=30),
    st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11)), max_size=6),
)
def test_clusters_are_connected_parts_and_never_hold_what_is_kept_apart(
    edges: list[tuple[int, int]], apart: list[tuple[int, int]]
) -> None:
    links = [link(min(a, b), max(a, b)) for a, b in edges if a != b]
    decisions = [(SHOPS[a], SHOPS[b]) for a, b in apart if a != b]
    found = [set(item.shops) for item in find_clusters(links, decisions)]
    for cluster in found:
        assert not any(pair[0] in cluster and pair[1] in cluster for pair in decisions)
    assert all(one.isdisjoint(other) for one, other in combinations(found, 2))
    if not decisions:
        assert {frozenset(cluster) for cluster in found} == components(links)


def components(links: Sequence[SellerLink]) -> set[frozenset[Shop]]:
    """Return the connected parts, by joining sets until nothing changes."""
    parts = [{item.first, item.second} for item in links]
    changed = True
    while changed:
        changed = False
        for one, other in combinations(parts, 2):
            if not one.isdisjoint(other):
                parts = [part for part in parts if part is not one and part is not other] + [one | other]
                changed = True
                break
    return {frozenset(part) for part in parts}


def test_the_weakest_link_gives_way_to_a_decision() -> None:
    links = [link(0, 1, 9.0), link(1, 2, 4.0), link(2, 3, 8.0)]
    found = find_clusters(links, [(SHOPS[0], SHOPS[3])])
    assert [item.shops for item in found] == [(SHOPS[0], SHOPS[1]), (SHOPS[2], SHOPS[3])]
    assert [item.cluster_no for item in found] == [1, 2]


def test_a_phrase_counts_where_two_shops_write_it_on_pictures_of_their_own() -> None:
    book = PhraseBook()
    book.add("本店支持七天无理由退换货详询客服", shop=0, family=10)
    book.add("本店支持七天 无理由退换货，详询客服", shop=1, family=20)
    book.add("短句", shop=0, family=10)
    book.add("短句", shop=1, family=20)
    (found,) = book.shared()
    assert (found.kind, found.shops, found.apart) == ("phrase", (0, 1), frozenset())


def test_a_phrase_on_a_shared_picture_says_nothing_more() -> None:
    book = PhraseBook()
    for shop in (0, 1):
        book.add("本店支持七天无理由退换货详询客服", shop=shop, family=10)
    book.add("本店支持七天无理由退换货详询客服", shop=2, family=30)
    (found,) = book.shared()
    assert found.apart == {(0, 1)}
    assert [item.second for item in seller_links([found], SHOPS, least=0.1)] == [SHOPS[2], SHOPS[2]]


def test_a_phrase_of_many_shops_is_boilerplate() -> None:
    book = PhraseBook()
    for shop in range(11):
        book.add("本店支持七天无理由退换货详询客服", shop=shop, family=shop)
    assert list(book.shared()) == []


def test_shops_keep_their_names() -> None:
    for shop in (Shop("jd", "a"), Shop("", "a"), Shop("", "a:b"), Shop("jd", "a:b")):
        assert Shop.named(str(shop)) == shop
