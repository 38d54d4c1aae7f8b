"""Which rules hold for a library: the packaged ones, the user's folder over them, the library's own on top."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING

from jianwei.errors import RulebookError
from jianwei.risk.learnt.text_model import packaged_text_model, screened_by
from jianwei.risk.matching.word_tables import word_tables
from jianwei.risk.rule_files.rulebook_cache import RulebookCache
from jianwei.risk.rule_files.rulebook_files import load_rulebook, rulebook_version
from jianwei.risk.screener import Screener
from jianwei.risk.views.sound_view import SoundView

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jianwei.risk.rules import Rulebook
    from jianwei.settings import BrokenRules, Settings

RULES_FOLDER = "rules"
"""Where a library keeps rules of its own."""


def rule_folders(settings: Settings, library: Path | None) -> tuple[Path, ...]:
    """Return the folders laid over the packaged rules, in this order; the library's need not exist.

    Raises:
        RulebookError: there is no folder where the settings name one, and they say to refuse what is broken.
    """
    own = () if settings.rules_folder is None else (settings.rules_folder,)
    if own and settings.broken_rules == "refuse" and not own[0].is_dir():
        raise _no_folder(own[0])
    return own if library is None else (*own, library / RULES_FOLDER)


def open_rulebook(settings: Settings, library: Path | None = None) -> Rulebook:
    """Load the rules of a library, or of no library.

    Raises:
        RulebookError: a rule file is broken or the folder of the settings is not there, and the settings say to refuse.
    """
    folders = _that_exist(rule_folders(settings, library))
    return _book(folders, rulebook_version(folders), settings.broken_rules)


def open_screener(settings: Settings, library: Path | None = None) -> Screener:
    """Return the screener of a library; it is made once for each version of the rules in a process.

    Raises:
        RulebookError: a rule file is broken and the settings say to refuse.
        ModelError: the file of the text model is damaged.
    """
    folders = _that_exist(rule_folders(settings, library))
    return _screener(folders, rulebook_version(folders), settings.broken_rules, settings.text_model)


def screening_version(settings: Settings, library: Path | None = None) -> str:
    """Return what listings are screened by now: the version of the rules, and of the text model where it speaks.

    Raises:
        RulebookError: a rule file is broken and the settings say to refuse.
        ModelError: the file of the text model is damaged.
    """
    version = open_rulebook(settings, library).version
    return screened_by(version, packaged_text_model().version if settings.text_model else None)


def _no_folder(folder: Path) -> RulebookError:
    return RulebookError(
        f"JIANWEI_RULES_FOLDER names {folder}, which is no folder: none of your own rules would be looked for. "
        "Correct the name, make the folder, or unset the variable.",
        zh=f"JIANWEI_RULES_FOLDER 指向 {folder}，但该处没有文件夹，您自己的规则都不会生效。"
        "请改正名称、新建该文件夹，或取消该环境变量。",
        path=str(folder),
    )


def _that_exist(folders: tuple[Path, ...]) -> tuple[Path, ...]:
    # Most libraries have no rules of their own: they share what is kept in memory, which takes seconds to make.
    return tuple(folder for folder in folders if folder.is_dir())


@lru_cache(maxsize=4)
def _screener(folders: tuple[Path, ...], version: str, broken: BrokenRules, has_model: bool) -> Screener:  # noqa: FBT001
    book = _book(folders, version, broken)
    cache = _cache(folders, version)
    kept = not book.problems and book.version == version  # else a file was changed just now
    with _collection_paused():
        tables = cache.tables() if kept else None
        if tables is None:
            tables = word_tables(book, SoundView(book.normalisation))
            if kept:
                cache.keep_tables(tables)
        return Screener(book, tables, text_model=packaged_text_model() if has_model else None)


@lru_cache(maxsize=4)
def _book(folders: tuple[Path, ...], version: str, broken: BrokenRules) -> Rulebook:
    cache = _cache(folders, version)
    with _collection_paused():
        book = cache.book()
        if book is None:
            book = load_rulebook(folders, broken=broken)
            if book.version == version:
                cache.keep_book(book)
        return book


@contextmanager
def _collection_paused() -> Iterator[None]:
    """Look for no cycles meanwhile: hundred thousands of objects are made that all stay, and each look takes longer."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _cache(folders: tuple[Path, ...], version: str) -> RulebookCache:
    from platformdirs import user_cache_path

    return RulebookCache(user_cache_path("jianwei", appauthor=False) / "rules", version, folders)
