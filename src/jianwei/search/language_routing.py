"""Which language a query is in, and which vector space should answer it, with a reason that people can read.

A Chinese model hears nothing in English words and the other way round, so a library with several spaces asks the
one that knows the language. Everything is decided from the characters of the query: no model, no service. Left out:
fusing the answers of several spaces.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from jianwei.errors import QueryError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

QueryLanguage = Literal["zh", "en", "mixed", "other"]
"""`mixed` is Chinese and English in one query; `other` any further language, or no words at all."""

_LATIN_WORD = re.compile(r"[A-Za-z\u00c0-\u024f][A-Za-z\u00c0-\u024f'’\-]+")
"""Two letters or more: the T of T恤 makes no query English."""
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_KNOWN_LETTER = re.compile(rf"{_HAN.pattern}|[A-Za-z\u00c0-\u024f]")
_WORD_WEIGHT = 2
"""A Latin word weighs as much as two ideographs, the usual length of a Chinese word."""
_CLEAR_SHARE = 0.7
"""A language with at least this share of the words decides alone: 苹果手机壳 iPhone is Chinese (5 : 2)."""
_FOREIGN_SHARE = 0.25
"""From this share on, letters of other scripts or with accents make a text neither Chinese nor English. A の among
ideographs is Chinese fashion, a café among English words is English."""


@dataclass(frozen=True, slots=True)
class SpaceChoice:
    """The spaces that should answer a query, best first, never none, and why."""

    spaces: tuple[str, ...]
    language: QueryLanguage
    explanation: str
    explanation_zh: str


def route_language(text: str) -> QueryLanguage:
    """Return the language of a query, judged by its characters; full-width letters count as letters.

    Simplified and traditional Chinese are both `zh`. Empty text, digits and emoji are `other`.
    """
    plain = unicodedata.normalize("NFKC", text)
    han = len(_HAN.findall(plain))
    words = _LATIN_WORD.findall(plain)
    latin = _WORD_WEIGHT * len(words)
    foreign = sum(character.isalpha() and not _KNOWN_LETTER.match(character) for character in plain)
    if han + latin == 0 or foreign >= _FOREIGN_SHARE * (han + latin + foreign):
        return "other"
    if han == 0:
        letters = "".join(words)
        accented = sum(not letter.isascii() for letter in letters if letter.isalpha())
        return "other" if accented >= _FOREIGN_SHARE * len(letters) else "en"
    share = han / (han + latin)
    if share >= _CLEAR_SHARE:
        return "zh"
    return "en" if share <= 1 - _CLEAR_SHARE else "mixed"


def choose_spaces(
    text: str,
    spaces: Mapping[str, Sequence[str]],
    *,
    wanted: str | None = None,
) -> SpaceChoice:
    """Return which of `spaces` should answer `text`.

    `spaces` maps the name of each space to the languages its texts may be in, best first, as manifests give them;
    where several suit equally well the first is taken. A mixed query without a space for both languages goes to one
    space for each. `wanted`, a space or its model, overrides the choice.

    Raises:
        QueryError: there are no spaces, or `wanted` is not among them.
    """
    language = route_language(text)
    if wanted is not None or not spaces:
        space = named_space(wanted or "", spaces)
        return SpaceChoice((space,), language, f"{space}, as asked for", f"{space}（按指定）")
    chosen, suits = _best(language, spaces)
    reason, reason_zh = (_REASONS if suits else _EXCUSES)[language]
    names = ", ".join(chosen)
    return SpaceChoice(chosen, language, f"{names}, {reason}", f"{names}，{reason_zh}")


def named_space(wanted: str, spaces: Iterable[str]) -> str:
    """Return the space of this name, `model@revision`, or the only one of a model of this name.

    Raises:
        QueryError: there is none, or the model has several.
    """
    names = list(spaces)
    of_model = [name for name in names if name.rpartition("@")[0] == wanted]
    if wanted in names or len(of_model) == 1:
        return wanted if wanted in names else of_model[0]
    known = ", ".join(of_model or names) or "none"
    raise QueryError(
        f"There is no vector space {wanted or 'in this library'}. Known: {known}. Add one with: jianwei embed",
        zh=f"没有可用的向量空间{f'“{wanted}”' if wanted else ''}。已有：{known}。可用 jianwei embed 添加。",
        space=wanted or None,
    )


_REASONS: dict[QueryLanguage, tuple[str, str]] = {
    "zh": ("because the words are Chinese", "因为查询词是中文"),
    "en": ("because the words are English", "因为查询词是英文"),
    "mixed": ("because the words are Chinese and English", "因为查询词是中英混合"),
    "other": ("because the words are neither Chinese nor English", "因为查询词不是中文或英文"),
}
_EXCUSES: dict[QueryLanguage, tuple[str, str]] = {
    "zh": ("though it does not know Chinese: expect weak results", "但它不懂中文，结果可能不佳"),
    "en": ("though it does not know English: expect weak results", "但它不懂英文，结果可能不佳"),
    "mixed": ("though it does not know both Chinese and English", "但它不能同时理解中文和英文"),
    "other": ("though the words are neither Chinese nor English", "但查询词不是中文或英文，结果可能不佳"),
}


def _best(language: QueryLanguage, spaces: Mapping[str, Sequence[str]]) -> tuple[tuple[str, ...], bool]:
    """Return the chosen spaces, and whether they were trained on the language."""
    if language in {"zh", "en"}:
        found = _leading(spaces, language) or _with(spaces, language) or _with(spaces, "multi")
    elif language == "mixed":
        each = (*_with(spaces, "zh"), *_with(spaces, "en"))
        found = _with(spaces, "multi") or _with(spaces, "zh", "en") or each
        if len(found) == 1 and found == each:
            return found, False
    else:
        found = _with(spaces, "multi")
    return found or (next(iter(spaces)),), bool(found)


def _leading(spaces: Mapping[str, Sequence[str]], language: str) -> tuple[str, ...]:
    return tuple(space for space, languages in spaces.items() if language in languages[:1])[:1]


def _with(spaces: Mapping[str, Sequence[str]], *wanted: str) -> tuple[str, ...]:
    return tuple(space for space, languages in spaces.items() if set(wanted) <= set(languages))[:1]
