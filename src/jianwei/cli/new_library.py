"""The library that a source is taken into, made where there is none, but not for a source that is mistyped."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import replace
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from jianwei.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jianwei.cli.session import Session
    from jianwei.library import Library
    from jianwei.settings import Settings


@contextmanager
def library_for(
    source: str | Path, mapping: str | Path | None, session: Session, *, settings: Settings, dry_run: bool = False
) -> Iterator[Library]:
    """Open the library of a run, or make one; a dry run gets one that goes away where there is none.

    Raises:
        SourceError: there is no library yet, and no such source.
        MappingError: there is no library yet, and the mapping cannot be used.
    """
    try:
        library = session.open_library(settings=settings)
    except NotFoundError:
        _check(source, mapping)
        if dry_run:
            with _passing_library(settings) as library:
                yield library
            return
        library = session.open_library(create=True, settings=settings)
    with library:
        yield library


@contextmanager
def _passing_library(settings: Settings) -> Iterator[Library]:
    from jianwei.library import Library

    own = replace(settings, catalog_url="", index_url="", pictures_url="")
    with TemporaryDirectory(prefix="jianwei-dry-run-") as folder, Library.open(folder, settings=own) as library:
        yield library


def _check(source: str | Path, mapping: str | Path | None) -> None:
    """Refuse what is mistyped; whatever else is wrong with a source shows when it is read."""
    from jianwei.ingest.sources import load_mapping, open_source

    load_mapping(mapping)
    if not os.path.exists(source):  # noqa: PTH110  # Path.exists raises over a name that is too long for any file
        open_source(source)
