"""`library.probes`: heads that tell known cases from other listings, measured, kept beside the library, and heard."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Literal

import numpy as np

from jianwei.errors import NotFoundError, SourceError, TrainingError
from jianwei.library.probe_file import KeptProbe, read_probe, remove_probe, write_probe
from jianwei.library.record_lines import record_lines
from jianwei.ports.probes import ANY_VIOLATION
from jianwei.training.grams import GRAM_COLUMNS, gram_rows
from jianwei.training.pairs import TrainingPair, families_of
from jianwei.training.probe import Features, train_probe, voices_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from jianwei.catalog.sql_catalog import SqlCatalog
    from jianwei.library.risk import ScreenedListing
    from jianwei.library.views import ListingView
    from jianwei.ports.probes import ProbeVoice
    from jianwei.records import Listing, VectorKind
    from jianwei.training.probe import ProbeReport, TypeScore

FeatureKind = Literal["auto", "text", "vectors"]
"""`text` are runs of characters of title and pictures, `vectors` those of a model; `auto` both where there are any."""

_AT_ONCE = 500
_MOST_LISTINGS = 3000
"""Listings that a probe learns from: all cases first. More would take minutes for each head."""


@dataclass(frozen=True, slots=True)
class Probed:
    """A measured probe: from how many listings, and from the vectors of which space, empty for none."""

    report: ProbeReport
    space: str
    has_grams: bool
    listings: int


class LibraryProbes:
    """The probe of one library."""

    def __init__(
        self, path: Path, catalog: SqlCatalog, views: Callable[[Sequence[Listing]], list[ListingView]]
    ) -> None:
        self._path = path
        self._catalog = catalog
        self._views = views

    def measure(
        self,
        space: str = "",
        *,
        features: FeatureKind = "auto",
        labels: Path | None = None,
        folds: int = 5,
        seed: int = 0,
    ) -> Probed:
        """Learn which illegal type a listing is and measure that by cross-validation; no space means the fullest.

        Known cases are right and all other listings wrong, or, with a file of `labels`, those that it names alone.
        Listings without vectors in the space are left out, where vectors are used.

        Raises:
            NotFoundError: there are no listings, or none has vectors in the space.
            SourceError: the file of labels cannot be read.
            TrainingError: no illegal type has enough known cases.
        """
        counts = self._catalog.stats().vectors
        chosen = space or max(counts, key=lambda name: counts[name], default="")
        if features == "text" or (features == "auto" and not chosen):
            chosen = ""
        elif not chosen or not counts.get(chosen):
            raise _no_vectors(chosen)
        has_grams = features != "vectors"
        violating = None if labels is None else _labels(labels)
        known = (item for batch in self._catalog.iterate_listings() for item in batch)
        listings = _chosen([item for item in known if violating is None or item.listing_id in violating], seed)
        if not listings:
            raise NotFoundError(
                "The library has no listings to learn from. Take some in with: jianwei ingest SOURCE",
                zh="库中没有可供学习的商品。请先导入：jianwei ingest 数据来源",
            )
        views = self._views(listings)
        rows, used = self._rows(views, chosen, has_grams=has_grams)
        if not used:
            raise _no_vectors(chosen)
        kept = [views[at] for at in used]
        given = Features(rows, GRAM_COLUMNS if has_grams else 0)
        types = [_type(view.listing, violating or {}) for view in kept]
        report = train_probe(given, types, _families(kept), folds=folds, seed=seed)
        return Probed(report, chosen, has_grams, len(kept))

    def keep(self, probed: Probed) -> tuple[TypeScore, ...]:
        """Keep the heads that beat the prior, in place of those kept before; return what was measured of them.

        Raises:
            TrainingError: none does; what was kept before stays.
            OSError: the disk is full or cannot be written.
        """
        useful = probed.report.useful
        if not useful:
            raise TrainingError(
                "No head was surely better than the prior in cross-validation, so none is kept. More known cases help: "
                "jianwei ingest takes them in, a reviewer's confirmation makes one.",
                zh="交叉验证中没有任何一类明确优于先验，因此未保存。增加已知案例（导入，或由审核人确认）后可重试。",
            )
        probe = probed.report.probe.only([score.label for score in useful])
        write_probe(self._path, KeptProbe(probe, useful, probed.space, probed.has_grams))
        return useful

    def kept(self) -> KeptProbe | None:
        """Return the heads that are kept; None where there are none.

        Raises:
            SettingsError: their file is damaged.
        """
        return read_probe(self._path)

    def remove(self) -> bool:
        """Remove what is kept, after which nothing is heard of it; return whether there was anything."""
        return remove_probe(self._path)

    def voices(self, listing_nos: Sequence[int]) -> dict[int, tuple[ProbeVoice, ...]]:
        """Return what the kept heads say of listings, the surest first; empty where none are kept.

        A known case, from which they learnt, and a listing without the vectors that they need are missing.

        Raises:
            SettingsError: their file is damaged.
        """
        kept = self.kept() if listing_nos else None
        if kept is None:
            return {}
        open_listings = [item for item in self._catalog.listings(listing_nos).values() if item.case is None]
        views = self._views(open_listings)
        rows, used = self._rows(views, kept.space, has_grams=kept.has_grams)
        if not used:
            return {}
        if rows.shape[1] != len(kept.probe.mean):
            return {}  # vectors of another length: the space was removed and made anew by another model
        said = voices_of(kept.probe, kept.types, rows)
        return {views[at].listing.listing_no: voices for at, voices in zip(used, said, strict=True)}

    def heard(self, screened: Iterable[ScreenedListing]) -> Iterator[tuple[ScreenedListing, tuple[ProbeVoice, ...]]]:
        """Yield screened listings with what the kept heads say of each, in the order given."""
        waiting = iter(screened)
        while some := list(islice(waiting, _AT_ONCE)):
            voices = self.voices([item.listing.listing_no for item in some])
            yield from ((item, voices.get(item.listing.listing_no, ())) for item in some)

    def called(self) -> Iterator[tuple[Listing, tuple[ProbeVoice, ...]]]:
        """Yield every listing that a kept head calls, known cases left out, in the order of entry."""
        for listings in self._catalog.iterate_listings(_AT_ONCE):
            voices = self.voices([listing.listing_no for listing in listings])
            for listing in listings:
                calling = tuple(voice for voice in voices.get(listing.listing_no, ()) if voice.called)
                if calling:
                    yield listing, calling

    def _rows(
        self, views: Sequence[ListingView], space: str, *, has_grams: bool
    ) -> tuple[NDArray[np.float32], list[int]]:
        """Return the features of those views that have all, and which these are."""
        used = list(range(len(views)))
        blocks: list[NDArray[np.float32]] = []
        if space:
            vectors = self._vector_rows(views, space)
            used = sorted(vectors)
            blocks.append(np.array([vectors[at] for at in used], np.float32))
        if has_grams:
            blocks.append(gram_rows([_text(views[at]) for at in used]))
        return (np.concatenate(blocks, axis=1) if used else np.zeros((0, 0), np.float32)), used

    def _vector_rows(self, views: Sequence[ListingView], space: str) -> dict[int, NDArray[np.float32]]:
        """Return the mean of a listing's picture vectors and its title's, by the place of its view."""
        shown = [item.picture.picture_no for view in views for item in view.pictures]
        pictures = self._vectors("picture", space, shown)
        titles = self._vectors("title", space, [view.listing.listing_no for view in views])
        rows = {}
        for at, view in enumerate(views):
            found = [pictures[item.picture.picture_no] for item in view.pictures if item.picture.picture_no in pictures]
            title = titles.get(view.listing.listing_no)
            if found and title is not None:
                rows[at] = np.concatenate([np.mean(found, axis=0), title])
        return rows

    def _vectors(self, kind: VectorKind, space: str, numbers: Sequence[int]) -> Mapping[int, NDArray[np.float32]]:
        found: dict[int, NDArray[np.float32]] = {}
        distinct = sorted(set(numbers))
        for start in range(0, len(distinct), _AT_ONCE):
            keys, rows = self._catalog.vectors(kind, space, distinct[start : start + _AT_ONCE])
            found.update(zip(keys.tolist(), rows, strict=True))
        return found


def _type(listing: Listing, violating: Mapping[str, bool]) -> str:
    """Return the illegal type of a listing, `ANY_VIOLATION` where it is unknown, "" for none."""
    if not violating.get(listing.listing_id, listing.case is not None):
        return ""
    return (listing.case.illegal_type if listing.case is not None else "") or ANY_VIOLATION


def _labels(path: Path) -> dict[str, bool]:
    """Return which listings of a JSONL file of {"listing_id": …, "violating": …} are violations."""
    found: dict[str, bool] = {}
    for number, record in record_lines(path):
        listing_id, violating = record.get("listing_id"), record.get("violating")
        if not isinstance(listing_id, str) or not isinstance(violating, bool):
            raise SourceError(
                f'Line {number} of {path} is no {{"listing_id": …, "violating": true or false}}.',
                zh=f"{path} 第 {number} 行不是 {{“listing_id”: …, “violating”: true 或 false}}。",
                path=str(path),
                line=number,
            )
        found[listing_id] = violating
    return found


def _text(view: ListingView) -> str:
    """Return the title and the words on the pictures. Nothing of a case is in it, which would be the answer."""
    return "\n".join([view.listing.title, *(line.text for item in view.pictures for line in item.lines)])


def _chosen(listings: Sequence[Listing], seed: int) -> list[Listing]:
    """Return the listings to learn from, in the order of entry: all, or the cases and some others."""
    if len(listings) <= _MOST_LISTINGS:
        return list(listings)
    drawn = np.random.default_rng(seed).permutation(len(listings)).tolist()
    drawn.sort(key=lambda at: listings[at].case is None)
    return [listings[at] for at in sorted(drawn[:_MOST_LISTINGS])]


def _families(views: Sequence[ListingView]) -> list[int]:
    """Return the family of each listing, as pairs would be divided."""
    pairs, owners = [], []
    for at, view in enumerate(views):
        product = f"{view.listing.platform}:{view.listing.product_code}" if view.listing.product_code else str(at)
        title = view.listing.title.strip() or f"\0{at}"
        pairs.append(TrainingPair(f"\0{at}", (title,), product))
        owners.append(at)
        for item in view.pictures:
            facts = item.picture.facts
            pairs.append(TrainingPair(facts.sha256, (title,), product, pdq=facts.pdq))
            owners.append(at)
    family_of = dict(zip(owners, families_of(pairs), strict=True))
    return [family_of[at] for at in range(len(views))]


def _no_vectors(space: str) -> NotFoundError:
    return NotFoundError(
        f"No listing has vectors of both its title and a picture in the space {space or '(none)'}. "
        "Make them with: jianwei embed, or learn from texts: jianwei probe --features text",
        zh=f"没有商品在向量空间 {space or '（无）'} 中同时具有标题和图片的向量。"
        "请先运行：jianwei embed；或只用文字：jianwei probe --features text",
        space=space,
    )
