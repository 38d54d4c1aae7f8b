"""The tokenizer of SigLIP 2, a Gemma one: text to token ids by the `tokenizers` package and the model's own file.

Its vocabulary of 256,000 pieces falls back to bytes and comes with rules of its own in `tokenizer.json`; the package
that wrote the file is the exact reader of it. What the file does not say is added here: lower-casing and the padding
to a fixed length that SigLIP 2 was trained with, and that texts hold no special tokens.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jianwei.encoders.token_batch import TokenBatch, pad_tokens
from jianwei.errors import MissingPackageError, ModelError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tokenizers import Tokenizer

_CHARACTERS_PER_TOKEN = 512
"""Several times what any piece of the vocabulary holds: what lies further back cannot be within the context."""


class GemmaTokenizer:
    """Cuts texts by a model's `tokenizer.json`."""

    def __init__(self, tokenizer_file: Path, *, context_length: int, pad_id: int) -> None:
        """Read the rules.

        Raises:
            MissingPackageError: the `tokenizers` package is not installed.
            ModelError: the file is not a tokenizer.
        """
        self._tokenizer = _read(tokenizer_file)
        self._tokenizer.no_padding()
        # Counts the end token that the file's template adds: a long text keeps it, as in training.
        self._tokenizer.enable_truncation(context_length)
        # A "<eos>" that a seller writes is those five characters.
        self._tokenizer.encode_special_tokens = True
        self._context_length = context_length
        self._pad_id = pad_id

    def encode(self, texts: Sequence[str]) -> TokenBatch:
        """Return the token ids of texts of any length, cut so that the end token stays."""
        reach = _CHARACTERS_PER_TOKEN * self._context_length
        # Lone surrogates are no text to the package, which works in UTF-8.
        cut = [text[:reach].encode("utf-8", "replace").decode("utf-8") for text in texts]
        rows = [encoding.ids for encoding in self._tokenizer.encode_batch(cut)]
        return pad_tokens(rows, context_length=self._context_length, pad_id=self._pad_id)


def _read(tokenizer_file: Path) -> Tokenizer:
    try:
        from tokenizers import Tokenizer, normalizers
    except ImportError as error:
        message = "The tokenizers package, which SigLIP 2 needs, is not installed. Run: pip install 'jianwei[siglip2]'"
        zh = "没有安装 SigLIP 2 所需的 tokenizers。请运行：pip install 'jianwei[siglip2]'"
        raise MissingPackageError(message, zh=zh, package="tokenizers") from error
    try:
        tokenizer = Tokenizer.from_file(str(tokenizer_file))
    except Exception as error:  # the package raises bare Exception for whatever it cannot read
        raise ModelError(
            f"{tokenizer_file} is not a tokenizer file ({error}). Import or pull the model again.",
            zh=f"{tokenizer_file} 不是有效的分词器文件（{error}）。请重新导入或下载该模型。",
            path=str(tokenizer_file),
        ) from error
    lowercase = normalizers.Lowercase()
    own = tokenizer.normalizer
    tokenizer.normalizer = normalizers.Sequence([lowercase, own]) if own else lowercase
    return tokenizer
