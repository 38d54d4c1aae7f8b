"""The first two views of a text: what a reader sees once width, case, script and what is strewn in are levelled.

`plain` folds character by character: simplified, small, half width letters and digits; invisible characters go, signs
stay. `tight` is plain without what is strewn between Chinese characters (国·家·级, 治 疗, 加❤微), line ends kept.
`joined` is tight without the line ends inside one picture or field, so that a phrase may run over two lines.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

from jianwei.risk.views.offsets import EditedMap, OffsetMap, Span, same, without, without_ends
from jianwei.risk.views.text_codes import CharacterClass, CodeTable, codes_of, places_by_text
from jianwei.text.folding_table import folding_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

HARD_BREAK = "\f"
"""Stands between fields and between pictures; no phrase runs over it."""

LINE_BREAK = "\n"

CJK = "\u3005-\u3007\u3400-\u9fff\U00020000-\U0003ffff"
_SENTENCE = '。！？；，、：,;!?:…()（）\\[\\]【】《》<>“”‘’"「」『』{}%¥$￥+'
_GAP = f"[^\\w{_SENTENCE}\n\f]|_"
_LONGEST_GAP = 3
_STREWN = re.compile(
    # The sign in front, which no word holds, lets the search skip all words; what stands before it is asked then.
    f"[\\W_](?<![{_SENTENCE}\n\f])(?:(?<=[{CJK}].)(?:{_GAP}){{0,{_LONGEST_GAP - 1}}}(?=[{CJK}a-z0-9])"
    f"|(?<=[a-z0-9].)(?:{_GAP}){{0,{_LONGEST_GAP - 1}}}(?=[{CJK}]))",
    re.DOTALL,
)
_STRAY = re.compile(_GAP)


class PlainTable(dict[int, str]):
    """Maps code points to plain text; `uneven` are those met so far that do not become exactly one character."""

    def __init__(self) -> None:
        super().__init__()
        self.uneven: set[str] = set()

    def __missing__(self, code: int) -> str:
        plain = _plain(chr(code))
        if len(plain) != 1:
            self.uneven.add(chr(code))
        self[code] = plain
        return plain


def _plain(character: str) -> str:
    if character in (LINE_BREAK, HARD_BREAK):
        return character
    if character.isalnum():
        return _LATIN.get(character) or folding_table()[ord(character)]
    category = unicodedata.category(character)
    if category in ("Cf", "Me", "Mn", "Cs") or character in "\u200d\ufe0f":
        return ""
    if category in ("Zs", "Cc", "Zl", "Zp"):
        return " "
    compatible = unicodedata.normalize("NFKC", character)
    # Full width punctuation stays: patterns name both forms. Letters and digits in signs (№, ℃, ⒈) come out.
    return folding_table()[ord(character)] if any(map(str.isalnum, compatible)) else _SIGNS.get(character, character)


_SIGNS = dict(zip("％￥＋－＝＊／＠＃．～＆➕✚", "%¥+-=*/@#.~&++", strict=True))
for _first in (0x2776, 0x2780, 0x278A):
    _SIGNS |= {chr(_first + number): str(number + 1) for number in range(10)}  # ❶ ➀ ➊ and those after them
_LATIN = dict(
    zip(
        "АВЕЅІЈКМНОРСТУХаеорсухѕіјΑΒΕΖΗΙΚΜΝΟΡΤΥΧνοι",
        "abesijkmhopctyxaeopcyxsijabezhikmnoptyxvoi",
        strict=True,
    )
)
"""Letters of other scripts that look like Latin ones. Source: Unicode confusables, the exact look-alikes."""


@lru_cache(maxsize=1)
def plain_table() -> PlainTable:
    """Return the table of this process."""
    return PlainTable()


def plain(text: str) -> str:
    """Return the plain view of a text."""
    return text.translate(plain_table())


def plain_map(text: str) -> OffsetMap:
    """Return where each character of `plain(text)` comes from."""
    table = plain_table()
    met = table.uneven.intersection(text)
    if not met:
        return same(len(text))
    changed = sorted(place for sign in met for place in places_of(sign, text))
    return EditedMap(
        len(text), [((index, index + 1), [(index, index + 1)] * len(table[ord(text[index])])) for index in changed]
    )


def places_of(sign: str, text: str) -> Iterator[int]:
    """Yield where one character stands in a text: of few signs, faster than a look at each character."""
    place = text.find(sign)
    while place >= 0:
        yield place
        place = text.find(sign, place + 1)


def tight(text: str) -> str:
    """Return a plain text without what is strewn between Chinese characters."""
    return _STREWN.sub("", text)


def strewn(text: str) -> list[Span]:
    """Return the spans of a plain text that `tight` takes out."""
    return [found.span() for found in _STREWN.finditer(text)]


def plain_each(texts: Sequence[str]) -> list[str]:
    """Return the plain views of some texts."""
    return _plain_codes().translate(texts)


def strewn_each(texts: Sequence[str]) -> list[list[Span]]:
    """Return the spans of each of some plain texts that `tight` takes out."""
    # What stands around each character, asked of all at once; no text begins or ends with anything but a break.
    codes = codes_of(HARD_BREAK.join(["", *texts, ""]))
    gap, han, latin = (kind.of(codes) for kind in _kinds())
    if (gap & han).any():  # code points that are no characters yet
        return [strewn(text) for text in texts]
    begins = gap[1:-1] & (han[:-2] | latin[:-2])
    single = begins & (han[2:] | (latin[2:] & han[:-2]))
    longer = begins & gap[2:]
    each = zip(texts, places_by_text(single, texts, between=1), places_by_text(longer, texts, between=1), strict=True)
    return [_strewn_at(text, alone, several) for text, alone, several in each]


def _strewn_at(text: str, alone: Sequence[int], several: Sequence[int]) -> list[Span]:
    """Return what `strewn` does, told where one sign stands alone and where several may."""
    found = [(place, place + 1) for place in alone]
    if not several:
        return found
    return sorted([*found, *(match.span() for place in several if (match := _STREWN.match(text, place)) is not None)])


@lru_cache(maxsize=1)
def _plain_codes() -> CodeTable:
    return CodeTable(plain_table())


@lru_cache(maxsize=1)
def _kinds() -> tuple[CharacterClass, CharacterClass, CharacterClass]:
    """Return the classes of what may be strewn in, of Chinese characters, and of letters and digits."""
    han, latin = (re.compile(characters).fullmatch for characters in (f"[{CJK}]", "[a-z0-9]"))
    return CharacterClass(may_be_strewn), CharacterClass(han), CharacterClass(latin)


def without_spans(text: str, spans: Sequence[Span]) -> str:
    """Return a text without some of its spans, ascending and apart."""
    if not spans:
        return text
    starts = [0, *(end for _, end in spans)]
    ends = [*(start for start, _ in spans), len(text)]
    return "".join([text[start:end] for start, end in zip(starts, ends, strict=True)])


def may_be_strewn(sign: str) -> bool:
    """Tell whether a sign is one of those that `tight` takes out."""
    return _STRAY.fullmatch(sign) is not None


def tight_map(text: str) -> OffsetMap:
    """Return where each character of `tight(text)` comes from."""
    return spans_map(text, strewn(text))


def spans_map(text: str, spans: Iterable[Span]) -> OffsetMap:
    """Return where each character of a text without some of its spans comes from."""
    return without(len(text), [place for first, last in spans for place in range(first, last)])


def joined(text: str) -> str:
    """Return a tight text without its line ends."""
    return text.replace(LINE_BREAK, "")


def joined_map(text: str) -> OffsetMap:
    """Return where each character of `joined(text)` comes from."""
    return without_ends(map(len, text.split(LINE_BREAK)))
