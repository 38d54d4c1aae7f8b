"""Pictures, titles, captions to vectors with every active model; a bad item costs its own vector and nothing else.

Only what would be wrong with every item ends a run: when a model fails, it is tried on a plain item, and one that
fails on that too is broken.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from jianwei.errors import ModelError
from jianwei.ingest.failure_places import failure_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from jianwei.images.pixels import RgbPixels
    from jianwei.ports import CatalogReader, Encoder
    from jianwei.records import Failure, VectorKind

_PLAIN_PX = 64
_PLAIN_TEXT = "商品"

_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class EncodedContents:
    """What came of encoding some contents, by their SHA-256: vectors by space, and the errors of those that failed."""

    vectors: Mapping[str, Mapping[str, NDArray[np.float32]]]
    errors: Mapping[str, ModelError]

    def of(self, sha256: str) -> dict[str, NDArray[np.float32]]:
        """Return the vectors of one content by space."""
        return {space: rows[sha256] for space, rows in self.vectors.items() if sha256 in rows}


class ContentEncoder:
    """Encodes what has no vector yet in the spaces of some encoders. Safe to use from several threads at once."""

    def __init__(self, catalog: CatalogReader, encoders: Sequence[Encoder]) -> None:
        self._catalog = catalog
        self._encoders = tuple(encoders)

    @property
    def spaces(self) -> tuple[str, ...]:
        """The spaces that are filled."""
        return tuple(encoder.space for encoder in self._encoders)

    def pictures(self, pictures: Mapping[str, RgbPixels]) -> EncodedContents:
        """Encode pictures by the SHA-256 of their files.

        Raises:
            ModelError: a model is broken.
        """
        plain = np.full((_PLAIN_PX, _PLAIN_PX, 3), 128, np.uint8)
        return self._encoded("picture", pictures, plain, lambda encoder: encoder.encode_images)

    def titles(self, titles: Mapping[str, str]) -> EncodedContents:
        """Encode titles by their SHA-256.

        Raises:
            ModelError: a model is broken.
        """
        return self._encoded("title", titles, _PLAIN_TEXT, lambda encoder: encoder.encode_texts)

    def captions(self, captions: Mapping[str, str]) -> EncodedContents:
        """Encode captions by the SHA-256 of the pictures that they describe.

        Raises:
            ModelError: a model is broken.
        """
        return self._encoded("caption", captions, _PLAIN_TEXT, lambda encoder: encoder.encode_texts)

    def _encoded(
        self,
        kind: VectorKind,
        contents: Mapping[str, _Item],
        plain: _Item,
        encoding: Callable[[Encoder], Callable[[Sequence[_Item]], NDArray[np.float32]]],
    ) -> EncodedContents:
        vectors: dict[str, dict[str, NDArray[np.float32]]] = {}
        errors: dict[str, ModelError] = {}
        for encoder in self._encoders:
            known = self._catalog.known_vectors(kind, encoder.space, list(contents))
            missing = {key: item for key, item in contents.items() if key not in known}
            rows = vectors.setdefault(encoder.space, {})
            results = encode_each(encoding(encoder), list(missing.values()), plain) if missing else []
            for key, result in zip(missing, results, strict=True):
                if isinstance(result, ModelError):
                    errors[key] = result
                else:
                    rows[key] = result
        return EncodedContents(vectors, errors)


def encode_each(
    encode: Callable[[Sequence[_Item]], NDArray[np.float32]], items: Sequence[_Item], plain: _Item
) -> list[NDArray[np.float32] | ModelError]:
    """Return the (dims,) vector of each item, or the error of those that the model fails on.

    A batch that fails is halved until the items at fault are alone.

    Raises:
        ModelError: the model fails on `plain` too, so it is broken.
    """
    try:
        return list(encode(items))
    except ModelError as error:
        encode([plain])
        if len(items) == 1:
            return [error]
    middle = len(items) // 2
    return [*encode_each(encode, items[:middle], plain), *encode_each(encode, items[middle:], plain)]


def embed_failure(error: ModelError, location: str, *, listing_id: str = "") -> Failure:
    """Record that a content has no vector because a model fails on it."""
    return failure_of(error, "embed", location, reason="embed-failed", listing_id=listing_id)


def caption_location(sha256: str) -> str:
    """Return the location under which the failure of the caption of a picture is recorded."""
    return f"caption:{sha256}"


def title_location(sha256: str) -> str:
    """Return the location under which the failure of a title is recorded: titles belong to no single listing."""
    return f"title:{sha256}"
