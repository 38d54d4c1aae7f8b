"""The byte-level BPE of OpenAI CLIP and OpenCLIP: text to token ids, exactly as in their training.

Written out here rather than left to the `tokenizers` package because the tokenizer files on the hubs leave out the
cleaning by `ftfy` and HTML unescaping that the models were trained with. In one point it departs from the originals on
purpose: a text that contains `<|endoftext|>` is read as those characters and not as its own end, because everything
that a seller writes behind it would be hidden from the search.

Source: `simple_tokenizer.py` of OpenAI CLIP.
"""

from __future__ import annotations

import heapq
import html
import re
from typing import TYPE_CHECKING

from jianwei.encoders.token_batch import TokenBatch, pad_tokens

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Merges = list[tuple[str, str]]
"""Pairs of pieces to join, the most important first."""

_WORDS = r"""'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"""
_END_OF_WORD = "</w>"
_START, _END = "<|startoftext|>", "<|endoftext|>"
_BLANK_RUN = re.compile(r"(\s)\1{2,}")
_FIXED_CHARACTERS = 20_000
"""Mojibake is repaired in this many first characters of a text: its 77 tokens reach a few thousand at most."""


class ClipBpeTokenizer:
    """Cuts texts with the vocabulary and merges of a CLIP model."""

    def __init__(
        self,
        vocabulary: Mapping[str, int],
        merges: Merges,
        *,
        context_length: int,
        pad_id: int,
    ) -> None:
        """Take a vocabulary (token to id) that has <|startoftext|> and <|endoftext|>, and merges in order of rank."""
        import regex

        self._vocabulary = vocabulary
        self._ranks = {pair: rank for rank, pair in enumerate(merges)}
        self._context_length = context_length
        self._pad_id = pad_id
        self._start, self._end = vocabulary[_START], vocabulary[_END]
        self._word = regex.compile(_WORDS, regex.IGNORECASE)
        self._symbols = _byte_symbols()
        # Tokens beyond the context are cut off, so bytes that no token within it can reach need no merging. Twice the
        # longest possible reach keeps merges that straddle the cut far away from what stays.
        self._longest_word = 2 * context_length * max(map(len, vocabulary))

    def encode(self, texts: Sequence[str]) -> TokenBatch:
        """Return the token ids of texts of any length: start, at most context_length − 2 pieces, end."""
        rows = [[self._start, *self._pieces(text), self._end] for text in texts]
        return pad_tokens(rows, context_length=self._context_length, pad_id=self._pad_id)

    def _pieces(self, text: str) -> list[int]:
        room = self._context_length - 2
        ids: list[int] = []
        for word in self._words(text):
            ids += [self._vocabulary[piece] for piece in self._merged(word)]
            if len(ids) >= room:
                break
        return ids[:room]

    def _words(self, text: str) -> Iterator[str]:
        import ftfy

        # Blanks end up as one space; a long run of them would only use up the characters, and ftfy's time line by line.
        condensed = _BLANK_RUN.sub(r"\1\1", text)
        fixed = ftfy.fix_text(condensed[:_FIXED_CHARACTERS])
        plain = " ".join(html.unescape(html.unescape(fixed)).split()).lower()
        return (match.group() for match in self._word.finditer(plain))

    def _merged(self, word: str) -> list[str]:
        """Join the bytes of a word by the merges, the lowest rank first and within a rank from the left.

        The pairs wait in a heap, each with its place; one whose halves have been merged meanwhile is stale and skipped.
        """
        pieces = [self._symbols[byte] for byte in word.encode("utf-8", "replace")[: self._longest_word]]
        pieces[-1] += _END_OF_WORD
        following = [*range(1, len(pieces)), -1]
        preceding = [-1, *range(len(pieces) - 1)]
        heap: list[tuple[int, int, str, str]] = []

        def consider(left: int) -> None:
            right = following[left]
            if left >= 0 and right >= 0:
                rank = self._ranks.get((pieces[left], pieces[right]))
                if rank is not None:
                    heapq.heappush(heap, (rank, left, pieces[left], pieces[right]))

        for place in range(len(pieces) - 1):
            consider(place)
        while heap:
            _, left, first, second = heapq.heappop(heap)
            right = following[left]
            if pieces[left] != first or right < 0 or pieces[right] != second:
                continue
            pieces[left], pieces[right] = first + second, ""
            following[left] = following[right]
            if following[left] >= 0:
                preceding[following[left]] = left
            if preceding[left] >= 0:
                consider(preceding[left])
            consider(left)
        return [piece for piece in pieces if piece]


def _byte_symbols() -> list[str]:
    """Return one printable character per byte: itself where it is printable in Latin-1, else one from U+0100 on."""
    printable = {*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)}
    substitutes = iter(range(0x100, 0x200))
    return [chr(byte) if byte in printable else chr(next(substitutes)) for byte in range(256)]
