"""Reads the tokenizer files of a model folder: whichever of the usual files is there.

BERT vocabularies come as `vocab.txt`, BPE ones as `vocab.json` with `merges.txt`, and either as one `tokenizer.json`.
Left out: how texts are cut with them.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import orjson

from jianwei.encoders.clip_bpe import ClipBpeTokenizer, Merges
from jianwei.encoders.gemma import GemmaTokenizer
from jianwei.encoders.wordpiece import WordPieceTokenizer
from jianwei.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from jianwei.encoders.manifest import TextInput, Tokenizer
    from jianwei.encoders.token_batch import TextTokenizer


def open_tokenizer(folder: Path, text: TextInput) -> TextTokenizer:
    """Read the tokenizer of a model folder.

    Raises:
        ModelError: its files are missing or damaged.
        MissingPackageError: it needs a package that is not installed.
    """
    return _OPENERS[text.tokenizer](folder, text)


def _open_wordpiece(folder: Path, text: TextInput) -> TextTokenizer:
    with _damage_named(folder):
        path = folder / "vocab.txt"
        vocabulary = _read_word_list(path) if path.is_file() else _tokenizer_model(folder)[0]
        return WordPieceTokenizer(vocabulary, context_length=text.context_length)


def _open_clip_bpe(folder: Path, text: TextInput) -> TextTokenizer:
    with _damage_named(folder):
        vocabulary_file, merges_file = folder / "vocab.json", folder / "merges.txt"
        if vocabulary_file.is_file() and merges_file.is_file():
            vocabulary, merges = orjson.loads(vocabulary_file.read_bytes()), _read_merges(merges_file)
        else:
            vocabulary, merges = _tokenizer_model(folder)
        return ClipBpeTokenizer(vocabulary, merges, context_length=text.context_length, pad_id=text.pad_id)


def _open_gemma(folder: Path, text: TextInput) -> TextTokenizer:
    return GemmaTokenizer(folder / "tokenizer.json", context_length=text.context_length, pad_id=text.pad_id)


_OPENERS: dict[Tokenizer, Callable[[Path, TextInput], TextTokenizer]] = {
    "wordpiece": _open_wordpiece,
    "clip-bpe": _open_clip_bpe,
    "gemma": _open_gemma,
}


def _read_word_list(path: Path) -> dict[str, int]:
    # Lines end at \n only: vocabularies hold tokens such as U+2028 that str.splitlines() would break at.
    lines = path.read_text(encoding="utf-8").removesuffix("\n").split("\n")
    return {line.strip(): number for number, line in enumerate(lines)}


def _read_merges(path: Path) -> Merges:
    lines = path.read_text(encoding="utf-8").split("\n")
    return _as_pairs([line for line in lines if line and not line.startswith("#version")])


def _tokenizer_model(folder: Path) -> tuple[dict[str, int], Merges]:
    content = orjson.loads((folder / "tokenizer.json").read_bytes())
    model = content["model"]
    added = {token["content"]: token["id"] for token in content.get("added_tokens", ())}
    return {**model["vocab"], **added}, _as_pairs(model.get("merges", ()))


def _as_pairs(merges: Sequence[str | Sequence[str]]) -> Merges:
    # Older files hold "first second", newer ones ["first", "second"].
    halves = [merge.split(" ") if isinstance(merge, str) else merge for merge in merges]
    return [(first, second) for first, second in halves]


@contextmanager
def _damage_named(folder: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise ModelError(
            f"The tokenizer of {folder} is missing: {error.filename} is not there. Import or pull the model again.",
            zh=f"{folder} 缺少分词器文件：找不到 {error.filename}。请重新导入或下载该模型。",
            path=str(error.filename),
        ) from error
    except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise ModelError(
            f"The tokenizer files of {folder} are damaged ({type(error).__name__}: {error}). "
            "Import or pull the model again.",
            zh=f"{folder} 的分词器文件已损坏（{type(error).__name__}：{error}）。请重新导入或下载该模型。",
            path=str(folder),
        ) from error
