"""Finds out which shops belong together, from the families, contacts and texts of a library."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from jianwei.groups.phrases import PhraseBook, phrase_value
from jianwei.groups.runs import runs
from jianwei.groups.seller_clusters import find_clusters
from jianwei.groups.seller_links import (
    ADDRESS_WEIGHT,
    CONTACT_WEIGHT,
    PICTURE_WEIGHT,
    Shared,
    seller_links,
)
from jianwei.ports.groups import Shop
from jianwei.records import Filters

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from jianwei.ports import CatalogReader
    from jianwei.ports.contacts import ContactsReader
    from jianwei.ports.groups import GroupsStore, LinkReason, SellerCluster, SellerLink

_LISTINGS_AT_ONCE = 500
_ADDRESS_KINDS = frozenset({"url"})


@dataclass(frozen=True, slots=True)
class SellersReport:
    """What was found: shops in the library, clusters among them, and shops in clusters."""

    shops: int
    clusters: int
    clustered: int


class SellerKeeper:
    """Seller clusters of one library. `contacts` is None where nothing reads contacts."""

    def __init__(self, catalog: CatalogReader, store: GroupsStore, contacts: ContactsReader | None = None) -> None:
        self._catalog = catalog
        self._store = store
        self._contacts = contacts

    def update(self) -> SellersReport:
        """Find the clusters anew and put them in the place of those of before; families must be up to date.

        Raises:
            WriterLockedError: another process is writing to the library.
        """
        sequence = self._catalog.sequence()
        collected = _Collected()
        self._collect_pictures(collected)
        self._collect_listings(collected)
        links = seller_links(collected.shared(), collected.shops)
        clusters = [self._readable(cluster) for cluster in find_clusters(links, self._apart())]
        with self._store.writing() as writer:
            writer.replace_sellers(clusters)
            writer.set_sellers_until(sequence)
        return SellersReport(len(collected.shops), len(clusters), sum(len(cluster.shops) for cluster in clusters))

    def _apart(self) -> list[tuple[Shop, Shop]]:
        return [(Shop.named(item.first), Shop.named(item.second)) for item in self._store.kept_apart("shop")]

    def _collect_pictures(self, collected: _Collected) -> None:
        for shop, pivot_no in self._store.iterate_shop_families():
            number = collected.number(shop)
            if pivot_no:
                collected.shown.append((pivot_no, number))

    def _collect_listings(self, collected: _Collected) -> None:
        for listings in self._catalog.iterate_listings(_LISTINGS_AT_ONCE):
            shops = {
                item.listing_no: collected.number(Shop(item.platform, item.shop)) for item in listings if item.shop
            }
            self._collect_texts(shops, collected)
            self._collect_contacts(shops, collected)

    def _collect_texts(self, shops: dict[int, int], collected: _Collected) -> None:
        texts = self._store.shown_texts(list(shops))
        families = self._store.families_of(sorted({item.picture_no for item in texts}))
        for item in texts:
            member = families.get(item.picture_no)
            # A picture that has no hash is a family of its own.
            family = member.pivot_no if member is not None else item.picture_no
            collected.phrases.add(item.text, shop=shops[item.listing_no], family=family)

    def _collect_contacts(self, shops: dict[int, int], collected: _Collected) -> None:
        if self._contacts is None:
            return
        for contacts in self._contacts.contacts_of(list(shops)).values():
            for contact in contacts:
                collected.contacts[contact.kind, contact.value].add(shops[contact.listing_no])

    def _readable(self, cluster: SellerCluster) -> SellerCluster:
        return replace(cluster, links=tuple(self._readable_link(link) for link in cluster.links))

    def _readable_link(self, link: SellerLink) -> SellerLink:
        return replace(link, reasons=tuple(self._readable_reason(reason, link.first) for reason in link.reasons))

    def _readable_reason(self, reason: LinkReason, shop: Shop) -> LinkReason:
        if reason.kind == "pictures":
            pictures = self._catalog.pictures([int(value) for value in reason.values])
            return replace(reason, values=tuple(pictures[int(value)].facts.sha256 for value in reason.values))
        if reason.kind == "phrase":
            return replace(reason, values=self._phrases_of(shop, reason.values))
        return reason

    def _phrases_of(self, shop: Shop, keys: tuple[str, ...]) -> tuple[str, ...]:
        """Return what the phrases say, read where the shop says them."""
        filters = Filters(platforms=frozenset({shop.platform}), shops=frozenset({shop.name}))
        numbers, _ = self._catalog.filtered(filters)
        found: dict[str, str] = {}
        for start in range(0, len(numbers), _LISTINGS_AT_ONCE):
            for item in self._store.shown_texts(numbers[start : start + _LISTINGS_AT_ONCE].tolist()):
                key = phrase_value(item.text)
                if key in keys:
                    found.setdefault(key, item.text)
            if len(found) == len(keys):
                break
        return tuple(found.get(key, key) for key in keys)


class _Collected:
    """What all shops show, with shops as numbers."""

    def __init__(self) -> None:
        self.shops: list[Shop] = []
        self._numbers: dict[Shop, int] = {}
        self.shown: list[tuple[int, int]] = []
        self.contacts: dict[tuple[str, str], set[int]] = defaultdict(set)
        self.phrases = PhraseBook()

    def number(self, shop: Shop) -> int:
        number = self._numbers.setdefault(shop, len(self.shops))
        if number == len(self.shops):
            self.shops.append(shop)
        return number

    def shared(self) -> Iterator[Shared]:
        yield from _shared_pictures(self.shown)
        for (kind, value), shops in sorted(self.contacts.items()):
            weight = ADDRESS_WEIGHT if kind in _ADDRESS_KINDS else CONTACT_WEIGHT
            yield Shared("contact", f"{kind} {value}", tuple(sorted(shops)), weight)
        yield from self.phrases.shared()


def _shared_pictures(shown: Sequence[tuple[int, int]]) -> Iterator[Shared]:
    table = np.unique(np.array(shown, np.int64).reshape(-1, 2), axis=0)
    for start, end in runs(table[:, 0]):
        if end - start > 1:
            yield Shared("pictures", str(table[start, 0]), tuple(table[start:end, 1].tolist()), PICTURE_WEIGHT)
