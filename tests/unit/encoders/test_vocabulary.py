from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import orjson
import pytest
from tests.unit.encoders.tiny_models import write_tiny_chinese_clip, write_tiny_clip, write_tiny_siglip2

from jianwei.encoders.manifest import TextInput
from jianwei.encoders.vocabulary import open_tokenizer
from jianwei.errors import MissingPackageError, ModelError

if TYPE_CHECKING:
    from pathlib import Path

WORDPIECE = TextInput("wordpiece", 52, 0, attention_mask=False)
CLIP_BPE = TextInput("clip-bpe", 77, 0, attention_mask=False)
GEMMA = TextInput("gemma", 64, 0, attention_mask=False)


def test_a_word_list_is_read_line_by_line(tmp_path: Path) -> None:
    (tmp_path / "vocab.txt").write_bytes("[PAD]\n[UNK]\n[CLS]\n[SEP]\n茶\n\u2028x\n药".encode())
    assert open_tokenizer(tmp_path, WORDPIECE).encode(["药茶"]).ids[0, :4].tolist() == [2, 6, 4, 3]


def test_a_word_list_may_stand_in_a_tokenizer_file(tmp_path: Path) -> None:
    vocabulary = {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "茶": 9}
    (tmp_path / "tokenizer.json").write_bytes(orjson.dumps({"model": {"type": "WordPiece", "vocab": vocabulary}}))
    assert open_tokenizer(tmp_path, WORDPIECE).encode(["茶"]).ids[0, 1] == 9


@pytest.mark.parametrize("as_text", [True, False], ids=["lines", "pairs"])
def test_merges_may_stand_in_a_tokenizer_file_either_way(tmp_path: Path, as_text: bool) -> None:
    write_tiny_clip(tmp_path)
    beside = open_tokenizer(tmp_path, CLIP_BPE)
    vocabulary = orjson.loads((tmp_path / "vocab.json").read_bytes())
    merges = (tmp_path / "merges.txt").read_text(encoding="utf-8").splitlines()[1:]
    marks = {name: vocabulary.pop(name) for name in ("<|startoftext|>", "<|endoftext|>")}
    content = {
        "model": {"vocab": vocabulary, "merges": merges if as_text else [merge.split() for merge in merges]},
        "added_tokens": [{"id": number, "content": name} for name, number in marks.items()],
    }
    (tmp_path / "tokenizer.json").write_bytes(orjson.dumps(content))
    (tmp_path / "vocab.json").unlink()
    texts = ["the red tea", "茶"]
    assert open_tokenizer(tmp_path, CLIP_BPE).encode(texts).ids.tolist() == beside.encode(texts).ids.tolist()


def test_gemma_texts_are_lower_cased_end_with_their_mark_and_are_padded(tmp_path: Path) -> None:
    vocabulary = orjson.loads((write_tiny_siglip2(tmp_path) / "tokenizer.json").read_bytes())["model"]["vocab"]
    batch = open_tokenizer(tmp_path, GEMMA).encode(["TEA 芦荟", "", "tea " * 25_000])
    assert batch.ids.shape == (3, 64)
    assert batch.ids[0, :5].tolist() == [vocabulary["tea"], vocabulary["▁"], vocabulary["芦荟"], 1, 0]
    assert batch.ids[1, :2].tolist() == [1, 0]
    assert batch.ids[2, -1] == 1
    assert batch.lengths.tolist() == [4, 1, 64]


def test_a_mark_in_a_gemma_text_is_plain_characters(tmp_path: Path) -> None:
    batch = open_tokenizer(write_tiny_siglip2(tmp_path), GEMMA).encode(["tea<eos>tea"])
    assert batch.ids[0].tolist().index(1) == batch.lengths[0] - 1


def test_a_missing_package_is_named_with_its_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_tiny_siglip2(tmp_path)
    monkeypatch.setitem(sys.modules, "tokenizers", None)
    with pytest.raises(MissingPackageError, match=r"pip install 'jianwei\[siglip2\]'"):
        open_tokenizer(tmp_path, GEMMA)


@pytest.mark.parametrize("text", [WORDPIECE, CLIP_BPE, GEMMA], ids=lambda text: text.tokenizer)
def test_missing_files_are_named(tmp_path: Path, text: TextInput) -> None:
    with pytest.raises(ModelError, match=r"tokenizer\.json"):
        open_tokenizer(tmp_path, text)


@pytest.mark.parametrize(
    ("name", "content", "text"),
    [
        ("vocab.txt", b"tea\nred\n", WORDPIECE),
        ("vocab.txt", b"\xff\xfe\x00", WORDPIECE),
        ("tokenizer.json", b"<!doctype html>", WORDPIECE),
        ("tokenizer.json", b"[]", CLIP_BPE),
        ("tokenizer.json", b'{"model": {"vocab": {}, "merges": [["a"]]}}', CLIP_BPE),
        ("tokenizer.json", b"{}", GEMMA),
    ],
)
def test_damaged_files_are_refused(tmp_path: Path, name: str, content: bytes, text: TextInput) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ModelError, match="Import or pull the model again"):
        open_tokenizer(tmp_path, text)


def test_lone_surrogates_are_texts_like_any_other(tmp_path: Path) -> None:
    for write, text in ((write_tiny_chinese_clip, WORDPIECE), (write_tiny_clip, CLIP_BPE), (write_tiny_siglip2, GEMMA)):
        assert open_tokenizer(write(tmp_path / text.tokenizer), text).encode(["tea \ud800"]).lengths[0] > 2
