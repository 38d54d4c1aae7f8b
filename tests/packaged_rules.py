"""The packaged rules, read once in a process: reading them and taking their patterns apart takes seconds.

Unwatched, since whoever asks first would pay for it; tests of reading rules read some of their own.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from tests.watched_examples import unwatched

from jianwei.risk.learnt.text_model import packaged_text_model
from jianwei.risk.matching.word_tables import word_tables
from jianwei.risk.rule_files.rulebook_files import load_rulebook
from jianwei.risk.screener import Screener
from jianwei.risk.views.sound_view import SoundView

if TYPE_CHECKING:
    from jianwei.risk.matching.word_tables import WordTables
    from jianwei.risk.rules import Rulebook


@lru_cache(maxsize=1)
def packaged_book() -> Rulebook:
    """Return the packaged rules; nobody may change what is in them."""
    with unwatched():
        return load_rulebook()


@lru_cache(maxsize=1)
def packaged_tables() -> WordTables:
    """Return what is looked for by the packaged rules."""
    with unwatched():
        return word_tables(packaged_book(), SoundView(packaged_book().normalisation))


@lru_cache(maxsize=1)
def packaged_screener() -> Screener:
    """Return a screener of the packaged rules; it keeps no more than the times that a pattern was too slow."""
    return Screener(packaged_book(), packaged_tables())


@lru_cache(maxsize=1)
def listening_screener() -> Screener:
    """Return a screener of the packaged rules with the packaged text model beside them."""
    return Screener(packaged_book(), packaged_tables(), text_model=packaged_text_model())
