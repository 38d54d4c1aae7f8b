"""What a caller may choose about an export, apart from the rows and the file name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from jianwei.errors import Language


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """Choices of one export.

    `with_hits` adds rank, score and matched words. `language` is that of the headings in XLSX. `thumbnail` returns a
    small picture for a SHA-256 in any format that Pillow reads, or None for one that cannot be had; None leaves
    pictures out.
    """

    with_hits: bool = False
    language: Language = "en"
    thumbnail: Callable[[str], bytes | None] | None = None
