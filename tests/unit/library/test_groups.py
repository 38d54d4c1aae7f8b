"""`library.groups` over a real catalog: families, sellers, decisions, and keeping up with what comes and goes."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.child_process import child
from tests.unit.library.grouped_library import (
    Shown,
    delete_listing,
    make_grouped_library,
    open_library,
    put_listing,
)

from jianwei.catalog.sql_catalog import SqlCatalog
from jianwei.errors import NotFoundError, QueryError
from jianwei.library.groups import LibraryGroups
from jianwei.ports.contacts import Contact
from jianwei.ports.groups import Shop

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jianwei.library import Library

FIRST, SECOND = Shown(1), Shown(1, bits=12, side_px=800)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The library that tests copy: making one takes longer than all they do with it."""
    return make_grouped_library(tmp_path_factory.mktemp("made") / "library")


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "library"))


@pytest.fixture
def library(folder: Path) -> Iterator[Library]:
    with open_library(folder) as opened:
        yield opened


def families_of(library: Library) -> set[frozenset[str]]:
    """Return the families on several listings, each as its listing ids and hashes."""
    found = [library.groups.family(item.representative.facts.sha256) for item in library.groups.families(limit=1000)]
    return {frozenset(member.picture.facts.sha256 for member in item.members) for item in found}


def test_a_family_counts_files_listings_and_shops(library: Library) -> None:
    (most, *rest) = library.groups.families()
    assert (most.pictures, most.listings, most.shops) == (4, 5, 5)
    assert {(item.pictures, item.listings, item.shops) for item in rest} == {(2, 2, 2)}
    assert library.groups.count_families() == 4
    assert library.groups.families(limit=1, offset=1, most="listings") == [rest[0]]


def test_a_family_shows_its_largest_picture_its_sellers_and_its_growth(library: Library) -> None:
    family = library.groups.family(FIRST.sha256)
    assert family.representative.facts.sha256 == SECOND.sha256
    assert [item.listing_id for item in family.listings] == ["jd:1", "jd:2"]
    assert family.shops == ((Shop("jd", "乙店"), 1), (Shop("jd", "甲店"), 1))
    assert [(item.added, item.total) for item in family.growth] == [(1, 1), (1, 2)]
    assert sorted(member.distance for member in family.members) == [0, 12]


def test_a_picture_that_stands_alone_is_a_family_of_its_own(library: Library) -> None:
    family = library.groups.family(Shown(50).sha256[:12])
    assert [item.listing_id for item in family.listings] == ["jd:5"]


def test_shops_with_pictures_of_their_own_in_common_are_one_seller(library: Library) -> None:
    (cluster,) = library.groups.sellers()
    assert cluster.shops == (Shop("jd", "乙店"), Shop("jd", "甲店"))
    (link,) = cluster.links
    assert [(reason.kind, reason.count) for reason in link.reasons] == [("pictures", 4)]
    assert library.groups.sellers_of("jd:甲店") == cluster
    assert library.groups.sellers_of("jd:丙店") is None
    assert [item.total for item in library.groups.growth_of(cluster)] == [1, 2]


def test_what_comes_later_joins_and_what_goes_leaves(folder: Path, library: Library) -> None:
    before = library.groups.families()
    put_listing(folder, 6, "己店", [Shown(50, bits=9)])
    assert library.groups.update().families is not None
    assert len(library.groups.families()) == len(before) + 1
    delete_listing(folder, "jd:6")
    assert library.groups.families() == before
    assert library.groups.update().families is None, "nothing is done twice"


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(st.integers(101, 103), st.integers(0, 40)), min_size=2, max_size=6, unique=True),
    st.data(),
)
def test_families_do_not_depend_on_the_order_of_arrival(
    made: Path, tmp_path_factory: pytest.TempPathFactory, pictures: list[tuple[int, int]], data: st.DataObject
) -> None:
    results = []
    for order in (pictures, data.draw(st.permutations(pictures))):
        folder = Path(shutil.copytree(made, tmp_path_factory.mktemp("order") / "library"))
        with open_library(folder) as library:
            for number, (motif, bits) in enumerate(order):
                put_listing(folder, motif * 100 + bits, f"店{number}", [Shown(motif, bits=bits)])
                put_listing(folder, 50_000 + motif * 100 + bits, f"副{number}", [Shown(motif, bits=bits)])
                if number % 2 == 0:
                    library.groups.update()
            one_by_one = families_of(library)
            library.groups.update(rebuild=True)
            assert families_of(library) == one_by_one
            results.append(one_by_one)
    assert results[0] == results[1]


def test_what_a_reviewer_keeps_apart_stays_apart(folder: Path, library: Library) -> None:
    library.groups.keep_apart("picture", FIRST.sha256, SECOND.sha256[:12], reason="不同批次")
    assert len(library.groups.family(FIRST.sha256).members) == 1
    put_listing(folder, 7, "庚店", [Shown(1, bits=2)])
    library.groups.update(rebuild=True)
    hashes = {member.picture.facts.sha256 for member in library.groups.family(FIRST.sha256).members}
    assert SECOND.sha256 not in hashes
    (decision,) = library.groups.kept_apart()
    assert (decision.kind, decision.reason) == ("picture", "不同批次")
    assert library.groups.let_together("picture", SECOND.sha256, FIRST.sha256)
    assert not library.groups.let_together("picture", SECOND.sha256, FIRST.sha256)
    assert len(library.groups.family(FIRST.sha256).members) == 3


def test_two_pictures_kept_apart_are_not_brought_together_by_a_third(folder: Path, library: Library) -> None:
    near = [Shown(7, bits=0), Shown(7, bits=10), Shown(7, bits=20)]
    for number, shown in enumerate(near):
        put_listing(folder, 70 + number, "丙店", [shown])
    first, _, last = sorted(item.sha256 for item in near)
    for one, other in ((near[0], near[2]), (near[1], near[2])):
        library.groups.keep_apart("picture", one.sha256, other.sha256)
        members = {item.picture.facts.sha256 for item in library.groups.family(one.sha256).members}
        assert other.sha256 not in members
    assert {first, last} <= {item.sha256 for item in near}


def test_shops_kept_apart_are_no_cluster(library: Library) -> None:
    library.groups.keep_apart("shop", "jd:甲店", "jd:乙店")
    assert library.groups.sellers() == []
    library.groups.update(rebuild=True)
    assert library.groups.sellers() == []
    assert library.groups.let_together("shop", "jd:甲店", "jd:乙店")
    assert len(library.groups.sellers()) == 1


def test_pictures_of_one_layout_with_other_words_are_two(folder: Path, library: Library) -> None:
    one = ("配料：芦荟提取物、麦芽糊精、硬脂酸镁", "贮藏：请置于阴凉干燥处保存")
    other = ("食用方法：每日两次，每次一粒，温水送服", "不适宜人群：孕妇、哺乳期妇女")
    put_listing(folder, 8, "辛店", [Shown(80, bits=1, lines=one)])
    put_listing(folder, 9, "壬店", [Shown(80, bits=2, lines=other)])
    assert len(library.groups.family(Shown(80, bits=1).sha256).members) == 1


def test_a_phrase_is_told_in_its_own_words(folder: Path, library: Library) -> None:
    lines = tuple(f"第{number}句本店独有的宣传文案不许盗用" for number in range(1, 8))
    put_listing(folder, 11, "子店", [Shown(90, lines=lines)])
    put_listing(folder, 12, "丑店", [Shown(91, lines=lines)])
    cluster = library.groups.sellers_of("jd:子店")
    assert cluster is not None
    (reason,) = cluster.links[0].reasons
    assert (reason.kind, reason.count) == ("phrase", 7)
    assert set(reason.values) <= set(lines)


class StoredContacts:
    """Contacts as a reader gives them."""

    def __init__(self, contacts: Sequence[Contact]) -> None:
        self._contacts = contacts

    def iterate_contacts(self, batch_size: int = 1000) -> Iterator[list[Contact]]:
        yield list(self._contacts)[:batch_size]

    def contacts_of(self, listing_nos: Sequence[int]) -> dict[int, list[Contact]]:
        return {number: [item for item in self._contacts if item.listing_no == number] for number in listing_nos}

    def listings_with_contact(self, kind: str, value: str) -> list[int]:
        return [item.listing_no for item in self._contacts if (item.kind, item.value) == (kind, value)]


def test_a_wechat_id_links_shops_that_share_no_picture(folder: Path) -> None:
    from jianwei.catalog.groups.group_store import SqlGroups

    catalog = SqlCatalog.open(folder / "catalog.sqlite", library_folder=folder)
    contacts = StoredContacts([Contact("wechat", "xugou88", 3), Contact("wechat", "xugou88", 4, picture_no=1)])
    groups = LibraryGroups(catalog, SqlGroups(catalog), contacts)
    cluster = groups.sellers_of(Shop("jd", "丙店"))
    assert cluster is not None
    assert cluster.shops == (Shop("jd", "丁店"), Shop("jd", "丙店"))
    reasons = {reason.kind: reason.values for reason in cluster.links[0].reasons}
    assert reasons["contact"] == ("wechat xugou88",)
    catalog.close()


def test_names_that_are_not_there_are_refused(library: Library) -> None:
    with pytest.raises(NotFoundError, match="ffffffff"):
        library.groups.family("ffffffff")
    with pytest.raises(NotFoundError, match="jd:无店"):
        library.groups.sellers_of("jd:无店")
    with pytest.raises(QueryError, match="the same"):
        library.groups.keep_apart("picture", FIRST.sha256, FIRST.sha256)
    for limit, offset in ((0, 0), (1001, 0), (1, -1)):
        with pytest.raises(QueryError, match="allowed"):
            library.groups.families(limit=limit, offset=offset)


def test_a_reader_gets_the_groups_of_before_while_another_process_writes(folder: Path, library: Library) -> None:
    import subprocess
    import sys

    before = library.groups.families()
    put_listing(folder, 6, "己店", [Shown(50, bits=9)])
    code = (
        "import sys; from pathlib import Path; from jianwei.catalog.engine.writer_lock import WriterLock\n"
        "with WriterLock(Path(sys.argv[1])).held():\n    print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(folder)]
    with child(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        assert library.groups.families() == before
    assert len(library.groups.families()) == len(before) + 1


def test_an_empty_library_has_no_groups(tmp_path: Path) -> None:
    with open_library(tmp_path / "empty") as library:
        assert library.groups.families() == []
        assert library.groups.sellers() == []
        assert library.groups.update(rebuild=True).families is not None
