"""Shops that are linked, directly or by others, as clusters; what a reviewer keeps apart is never joined."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from jianwei.ports.groups import SellerCluster

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from jianwei.ports.groups import SellerLink, Shop


class _Union:
    """Union–find over shops that remembers which sets must stay apart."""

    def __init__(self, apart: Iterable[tuple[Shop, Shop]]) -> None:
        self._parent: dict[Shop, Shop] = {}
        self._members: dict[Shop, list[Shop]] = {}
        self._apart: dict[Shop, set[Shop]] = defaultdict(set)
        for first, second in apart:
            self._apart[first].add(second)
            self._apart[second].add(first)

    def find(self, shop: Shop) -> Shop:
        root = self._parent.setdefault(shop, shop)
        while root != self._parent[root]:
            self._parent[root] = self._parent[self._parent[root]]
            root = self._parent[root]
        return root

    def join(self, first: Shop, second: Shop) -> bool:
        """Join the sets of two shops; False where that would join what must stay apart."""
        one, other = self.find(first), self.find(second)
        if one == other:
            return True
        ours, theirs = self._members.get(one, [one]), self._members.get(other, [other])
        if any(not self._apart[shop].isdisjoint(theirs) for shop in ours if shop in self._apart):
            return False
        if len(ours) < len(theirs):
            one, other, ours, theirs = other, one, theirs, ours
        self._parent[other] = one
        self._members[one] = [*ours, *theirs]
        return True

    def sets(self) -> list[list[Shop]]:
        """Return the sets of more than one shop, each by name, in the order of their first names."""
        found = [sorted(members, key=str) for root, members in self._members.items() if self.find(root) == root]
        return sorted((members for members in found if len(members) > 1), key=lambda members: str(members[0]))


def find_clusters(links: Sequence[SellerLink], apart: Iterable[tuple[Shop, Shop]] = ()) -> list[SellerCluster]:
    """Return the clusters that links hold together, most shops first, ties by name, numbered from 1.

    Links count strongest first, ties by name: where two shops must stay apart, the weakest link between their sets is
    the one that is passed over.
    """
    union = _Union(apart)
    ordered = sorted(links, key=lambda link: (-link.strength, str(link.first), str(link.second)))
    kept = [link for link in ordered if union.join(link.first, link.second)]
    by_root: dict[Shop, list[SellerLink]] = defaultdict(list)
    for link in kept:
        by_root[union.find(link.first)].append(link)
    members = sorted(union.sets(), key=lambda shops: -len(shops))
    return [
        SellerCluster(number, tuple(shops), tuple(by_root[union.find(shops[0])]))
        for number, shops in enumerate(members, start=1)
    ]
