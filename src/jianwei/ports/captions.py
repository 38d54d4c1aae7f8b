"""What is promised for captions: the model that writes them, and where a catalog keeps them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jianwei.records import Picture


@dataclass(frozen=True, slots=True)
class Caption:
    """What a model wrote about a picture, and the tokens that it took (0 where the server does not count)."""

    text: str
    prompt_tokens: int = 0
    completion_tokens: int = 0


class CaptionModel(Protocol):
    """Describes a picture in words. Safe to call from several threads at once."""

    @property
    def model_id(self) -> str:
        """Name of the model and version of the prompt; captions are stored under it."""
        ...

    @property
    def parallelism(self) -> int:
        """How many threads should call `describe` at once."""
        ...

    def describe(self, picture: bytes) -> Caption:
        """Return a caption of one encoded picture.

        Raises:
            PictureDecodeError: it is not a picture we can read.
            ModelError: the endpoint refused, failed or answered nonsense; `status` is among its facts where there was
                one.
        """
        ...


class CaptionReader(Protocol):
    """Reading the captions that a catalog holds."""

    def captions(self, picture_nos: Sequence[int]) -> dict[int, str]:
        """Return the newest caption of each of the pictures that has one."""
        ...

    def pictures_without_caption(self, model_id: str, after_no: int, limit: int) -> list[Picture]:
        """Return pictures with picture_no > after_no that this model has not described, ascending, at most `limit`."""
        ...

    def missing_captions(self, model_id: str) -> int:
        """Count the pictures that this model has not described."""
        ...
