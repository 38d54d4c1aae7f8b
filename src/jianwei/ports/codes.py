"""What is promised of machine-readable codes in pictures: storing what a reader found, and reading it again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jianwei.records import PictureCode


class CodeReader(Protocol):
    """Reading the codes that a catalog holds."""

    def codes(self, picture_nos: Sequence[int]) -> dict[int, tuple[PictureCode, ...]]:
        """Return the codes of the pictures that were looked at for codes; an empty tuple where none was found."""
        ...


class CodeWriter(Protocol):
    """Writing codes, inside one transaction of the catalog."""

    def put_codes(self, picture_no: int, *, reader: str, codes: Sequence[PictureCode]) -> None:
        """Store what a reader of codes found on a picture. Marks its listings as changed."""
        ...
