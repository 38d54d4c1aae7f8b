"""Finds what has no vector yet, page by page, so that memory does not grow with the library."""

from __future__ import annotations

import heapq
from itertools import groupby, islice
from typing import TYPE_CHECKING, TypeVar

from jianwei.ingest.embedding_jobs import WantedCaptions, WantedPicture, WantedTitles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from jianwei.ports import CatalogReader
    from jianwei.records import CaptionText, Picture, TitleText, VectorKind

_PAGE = 500
_TEXTS_AT_ONCE = 64
_KINDS: tuple[VectorKind, ...] = ("title", "caption", "picture")

_Content = TypeVar("_Content")


class EmbeddingPlanner:
    """Plans the filling of some spaces."""

    def __init__(self, catalog: CatalogReader, spaces: Sequence[str]) -> None:
        self._catalog = catalog
        self._spaces = tuple(spaces)

    def missing(self) -> int:
        """Count the vectors that are to be made."""
        return sum(self._catalog.missing_vectors(kind, space) for kind in _KINDS for space in self._spaces)

    def wanted(self) -> Iterator[WantedTitles | WantedCaptions | WantedPicture]:
        """Yield titles and captions, which take minutes, then the pictures, which may take days; each content once."""
        titles = self._merged(self._catalog.titles_without_vector, _title_number)
        while batch := tuple(islice(titles, _TEXTS_AT_ONCE)):
            yield WantedTitles(tuple(title for title, _ in batch), sum(spaces for _, spaces in batch))
        captions = self._merged(self._catalog.captions_without_vector, _described_number)
        while written := tuple(islice(captions, _TEXTS_AT_ONCE)):
            yield WantedCaptions(tuple(caption for caption, _ in written), sum(spaces for _, spaces in written))
        for picture, spaces in self._merged(self._catalog.pictures_without_vector, _picture_number):
            yield WantedPicture(picture, spaces)

    def _merged(
        self, page: Callable[[str, int, int], list[_Content]], number: Callable[[_Content], int]
    ) -> Iterator[tuple[_Content, int]]:
        """Yield each content that lacks a vector somewhere, and in how many spaces."""
        streams = [_stream(page, space, number) for space in self._spaces]
        for _, same in groupby(heapq.merge(*streams, key=number), key=number):
            contents = list(same)
            yield contents[0], len(contents)


def _stream(
    page: Callable[[str, int, int], list[_Content]], space: str, number: Callable[[_Content], int]
) -> Iterator[_Content]:
    after = 0
    while contents := page(space, after, _PAGE):
        yield from contents
        after = number(contents[-1])


def _title_number(title: TitleText) -> int:
    return title.listing_no


def _described_number(caption: CaptionText) -> int:
    return caption.picture_no


def _picture_number(picture: Picture) -> int:
    return picture.picture_no
