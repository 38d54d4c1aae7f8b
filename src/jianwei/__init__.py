"""Jianwei (见微): cross-modal retrieval of risk information in online trade.

    from jianwei import Library

    with Library.open("my-library") as library:
        library.ingest("listings.jsonl")
        for hit in library.search("芦荟胶囊").hits:
            print(hit.listing.title, hit.matched_words)

Importing this module loads nothing heavy: the façade and its engines are imported when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jianwei.version import __version__

if TYPE_CHECKING:
    from jianwei.client import Client
    from jianwei.library import Library

__all__ = ["Client", "Library", "__version__"]


def __getattr__(name: str) -> object:
    if name == "Library":
        from jianwei.library import Library

        return Library
    if name == "Client":
        from jianwei.client import Client

        return Client
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
