"""Find the tokenizer's files of a model and put them into its folder, always under the same names.

A Hugging Face folder has them beside the weights; a .pt file has none. They are looked for beside the checkpoint, then
among the models imported earlier, then in the package that the checkpoint was made with, if it is installed.
"""

from __future__ import annotations

import gzip
import importlib.util
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import orjson

from jianwei.encoders.manifest import MANIFEST_FILE, read_manifest
from jianwei.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from jianwei.encoders.manifest import Tokenizer

_FILES: Mapping[Tokenizer, tuple[tuple[str, ...], ...]] = {
    "wordpiece": (("vocab.txt",), ("tokenizer.json",)),
    "clip-bpe": (("vocab.json", "merges.txt"), ("tokenizer.json",)),
    "gemma": (("tokenizer.json",),),
}
"""Sets of files of which any one will do, best first."""

_PACKAGES: Mapping[Tokenizer, tuple[tuple[str, str], ...]] = {
    "wordpiece": (("cn_clip", "clip"),),
    "clip-bpe": (("open_clip", ""), ("clip", ""), ("cn_clip", "clip")),
    "gemma": (),
}
_OPENAI_MERGES = "bpe_simple_vocab_16e6.txt.gz"
_OPENAI_MERGE_COUNT = 49152 - 256 - 2
"""How many merges of its file CLIP uses: 49,152 tokens less the bytes and the start and end of a text."""

_WHERE_TO_GET: Mapping[Tokenizer, str] = {
    "wordpiece": "vocab.txt from the model's page on its hub",
    "clip-bpe": "vocab.json and merges.txt from the page of any CLIP model on its hub",
    "gemma": "tokenizer.json from the model's page on its hub",
}


def copy_tokenizer(
    tokenizer: Tokenizer, target: Path, *, beside: Path, models_folder: Path, vocabulary: int | None
) -> list[Path]:
    """Copy the files of a tokenizer into `target` and return the copies.

    Those beside the checkpoint may have at most `vocabulary` tokens, those from elsewhere must have exactly so many;
    None takes only what is beside it, of any size.

    Raises:
        ModelError: they are nowhere to be found, or are those of a larger vocabulary.
        OSError: the disk is full or cannot be written.
    """
    others = () if vocabulary is None else (*_imported(models_folder, tokenizer), *_packages(tokenizer))
    for folder in (beside, *others):
        copies = _copied(tokenizer, folder, target)
        if not copies:
            continue
        count = _count(copies[0])
        if vocabulary is None or count == vocabulary or (folder == beside and count < vocabulary):
            return copies
        if folder == beside:
            raise ModelError(
                f"{folder / copies[0].name} has {count:,} tokens, the model only {vocabulary:,}. Use the model's own.",
                zh=f"{folder / copies[0].name} 有 {count:,} 个词元，而模型只有 {vocabulary:,} 个。"
                "请使用该模型自己的文件。",
                path=str(folder / copies[0].name),
            )
        for copy in copies:
            copy.unlink()
    raise ModelError(
        f"The tokenizer's files are not in {beside}. Put there {_WHERE_TO_GET[tokenizer]}, then import again.",
        zh=f"{beside} 中没有分词器文件。请放入 {'、'.join(_FILES[tokenizer][0])}（见模型主页）后重新导入。",
        path=str(beside),
    )


def _imported(models_folder: Path, tokenizer: Tokenizer) -> Iterator[Path]:
    for manifest in sorted(models_folder.glob(f"*/{MANIFEST_FILE}")):
        try:
            if read_manifest(manifest.parent).text.tokenizer == tokenizer:
                yield manifest.parent
        except ModelError:
            continue  # a damaged neighbour says nothing about this model


def _packages(tokenizer: Tokenizer) -> Iterator[Path]:
    for package, folder in _PACKAGES[tokenizer]:
        found = importlib.util.find_spec(package)  # finds without importing
        for place in (found.submodule_search_locations if found else None) or ():
            yield Path(place) / folder


def _copied(tokenizer: Tokenizer, folder: Path, target: Path) -> list[Path]:
    for names in _FILES[tokenizer]:
        if all((folder / name).is_file() for name in names):
            return [Path(shutil.copyfile(folder / name, target / name)) for name in names]
    if tokenizer == "clip-bpe" and (folder / _OPENAI_MERGES).is_file():
        return _unpacked(folder / _OPENAI_MERGES, target)
    return []


def _unpacked(packed: Path, target: Path) -> list[Path]:
    # OpenAI ships one list of merges; the vocabulary follows from it: bytes, bytes at a word's end, merges, marks.
    lines = gzip.decompress(packed.read_bytes()).decode("utf-8").split("\n")
    merges = lines[1 : _OPENAI_MERGE_COUNT + 1]
    letters = list(_byte_letters())
    tokens = [*letters, *(f"{letter}</w>" for letter in letters), *(merge.replace(" ", "") for merge in merges)]
    vocabulary = {token: number for number, token in enumerate([*tokens, "<|startoftext|>", "<|endoftext|>"])}
    vocabulary_file, merges_file = target / "vocab.json", target / "merges.txt"
    vocabulary_file.write_bytes(orjson.dumps(vocabulary))
    merges_file.write_text("\n".join(["#version: 0.2", *merges]) + "\n", encoding="utf-8")
    return [vocabulary_file, merges_file]


def _byte_letters() -> Iterable[str]:
    # Printable bytes stand for themselves, the others for the letters from 256 on: byte-level BPE as of GPT-2.
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = range(256 - len(printable))
    return [*(chr(byte) for byte in printable), *(chr(256 + number) for number in others)]


def _count(path: Path) -> int:
    if path.suffix == ".txt":
        return path.read_bytes().removesuffix(b"\n").count(b"\n") + 1
    try:
        content = orjson.loads(path.read_bytes())
        ids = content["model"]["vocab"] if path.name == "tokenizer.json" else content
        # Unigram models list their pieces, all others map pieces to ids.
        return len(ids) if isinstance(ids, list) else max(ids.values()) + 1
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise ModelError(
            f"{path.name} is not a tokenizer's file ({error}). Download it again.",
            zh=f"{path.name} 不是分词器文件（{error}）。请重新下载。",
            path=path.name,
        ) from error
