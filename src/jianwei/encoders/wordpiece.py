"""BERT's WordPiece as Chinese-CLIP uses it: text to token ids, exactly as in its training.

Written out here rather than left to the `tokenizers` package because that one knows only words of up to 100 characters
where Chinese-CLIP's own takes 200, reads a "[SEP]" in a seller's text as the end of the text, and has its own Unicode
tables. Each step is one pass of `str.translate`, so that 100,000 characters take milliseconds.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from jianwei.encoders.token_batch import TokenBatch, pad_tokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

_LONGEST_WORD = 200
"""A longer word becomes [UNK]. Source: `max_input_chars_per_word` of cn_clip's WordpieceTokenizer."""
_WORD = re.compile(r"\S+")
_CURLY_QUOTES = str.maketrans("“”", '""')
"""They are not in the vocabulary; Chinese-CLIP's own evaluation replaces them before it cuts."""
_IDEOGRAPHS = (
    (0x4E00, 0x9FFF),
    (0x3400, 0x4DBF),
    (0x20000, 0x2A6DF),
    (0x2A700, 0x2B73F),
    (0x2B740, 0x2B81F),
    (0x2B820, 0x2CEAF),
    (0xF900, 0xFAFF),
    (0x2F800, 0x2FA1F),
)
"""Blocks whose characters are words of their own. Source: BERT's tokenization.py."""


class WordPieceTokenizer:
    """Cuts texts with a BERT vocabulary."""

    def __init__(self, vocabulary: Mapping[str, int], *, context_length: int) -> None:
        """Take a vocabulary (token to id) that has [PAD], [UNK], [CLS] and [SEP]."""
        self._vocabulary = vocabulary
        self._context_length = context_length
        self._pad, self._unknown = vocabulary["[PAD]"], vocabulary["[UNK]"]
        self._start, self._end = vocabulary["[CLS]"], vocabulary["[SEP]"]
        self._cleaned = _CharacterTable(_cleaned)
        self._split = _CharacterTable(_split)

    def encode(self, texts: Sequence[str]) -> TokenBatch:
        """Return the token ids of texts of any length: [CLS], at most context_length − 2 pieces, [SEP]."""
        rows = [[self._start, *self._pieces(text), self._end] for text in texts]
        return pad_tokens(rows, context_length=self._context_length, pad_id=self._pad)

    def _pieces(self, text: str) -> list[int]:
        room = self._context_length - 2
        ids: list[int] = []
        for word in self._words(text):
            ids += self._word_pieces(word)
            if len(ids) >= room:
                break
        return ids[:room]

    def _words(self, text: str) -> Iterator[str]:
        lowered = text.lower().translate(_CURLY_QUOTES)
        for match in _WORD.finditer(lowered.translate(self._cleaned)):
            # Lower-cased a second time because what stood between two letters may be gone now (final sigma).
            plain = unicodedata.normalize("NFD", match.group().lower())
            yield from plain.translate(self._split).split()

    def _word_pieces(self, word: str) -> list[int]:
        """Return the longest piece of the vocabulary that begins the word, then that of the rest; or only [UNK]."""
        if len(word) > _LONGEST_WORD:
            return [self._unknown]
        ids: list[int] = []
        start, prefix = 0, ""
        while start < len(word):
            end = len(word)
            while (piece := self._vocabulary.get(prefix + word[start:end])) is None:
                end -= 1
                if end == start:
                    return [self._unknown]
            ids.append(piece)
            start, prefix = end, "##"
        return ids


class _CharacterTable(dict[int, str]):
    """A table for `str.translate` that asks a function once per character."""

    def __init__(self, replacement: Callable[[str], str]) -> None:
        super().__init__()
        self._replacement = replacement

    def __missing__(self, code: int) -> str:
        self[code] = replaced = self._replacement(chr(code))
        return replaced


def _cleaned(character: str) -> str:
    # Space for any white space, nothing for control characters, spaces around ideographs.
    category = unicodedata.category(character)
    if character in " \t\n\r" or category == "Zs":
        return " "
    if character == "\ufffd" or category in {"Cc", "Cf"}:
        return ""
    return f" {character} " if _is_ideograph(ord(character)) else character


def _split(character: str) -> str:
    # Nothing for the accents that NFD set apart, spaces around punctuation.
    category = unicodedata.category(character)
    if category == "Mn":
        return ""
    # ASCII symbols such as $ and ^ are punctuation to BERT though Unicode has them among the symbols.
    is_symbol = character.isascii() and category[0] == "S"
    return f" {character} " if is_symbol or category[0] == "P" else character


def _is_ideograph(code: int) -> bool:
    return any(first <= code <= last for first, last in _IDEOGRAPHS)
