"""Our token ids beside those of cn_clip, open_clip and transformers: identical on thousands of varied strings."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
import pytest
from tests.reference.reference_packages import reference_package
from tests.reference.varied_strings import OVERLONG, varied_strings

from jianwei.encoders.manifest import TextInput
from jianwei.encoders.vocabulary import open_tokenizer

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jianwei.encoders.token_batch import TextTokenizer

pytestmark = pytest.mark.reference

STRINGS = 5_000


def _assert_identical(texts: list[str], ours: NDArray[np.int64], theirs: NDArray[np.int64]) -> None:
    different = np.flatnonzero((ours != theirs).any(axis=1))
    assert not len(different), f"{len(different)} of {len(texts)} differ, the first is {texts[different[0]][:80]!r}"


@pytest.fixture
def wordpiece() -> TextTokenizer:
    folder = Path(reference_package("cn_clip.clip").__file__).parent
    return open_tokenizer(folder, TextInput("wordpiece", 52, 0, attention_mask=False))


@pytest.fixture
def open_clip_tokenizer() -> Any:
    return reference_package("open_clip.tokenizer").SimpleTokenizer()


@pytest.fixture
def clip_bpe(open_clip_tokenizer: Any, tmp_path: Path) -> TextTokenizer:
    vocabulary = dict(open_clip_tokenizer.encoder)
    # OpenAI's names for the two tokens that open_clip calls <start_of_text> and <end_of_text>.
    vocabulary["<|startoftext|>"] = vocabulary.pop("<start_of_text>")
    vocabulary["<|endoftext|>"] = vocabulary.pop("<end_of_text>")
    ranks = open_clip_tokenizer.bpe_ranks
    (tmp_path / "vocab.json").write_bytes(orjson.dumps(vocabulary))
    merges = "\n".join(" ".join(pair) for pair in sorted(ranks, key=ranks.__getitem__))
    (tmp_path / "merges.txt").write_text(f"#version: 0.2\n{merges}\n", encoding="utf-8")
    return open_tokenizer(tmp_path, TextInput("clip-bpe", 77, 0, attention_mask=False))


def _cn_clip_tokens(texts: list[str]) -> NDArray[np.int64]:
    # The two replacements are those of cn_clip's own evaluation (`_preprocess_text` in cn_clip/eval/data.py).
    prepared = [text.lower().replace("“", '"').replace("”", '"') for text in texts]
    tokens: NDArray[np.int64] = reference_package("cn_clip.clip").tokenize(prepared).numpy()
    return tokens


def test_wordpiece_tokens_are_those_of_cn_clip(wordpiece: TextTokenizer) -> None:
    texts = varied_strings(STRINGS)
    _assert_identical(texts, wordpiece.encode(texts).ids, _cn_clip_tokens(texts))


def test_overlong_wordpiece_tokens_are_those_of_cn_clip(wordpiece: TextTokenizer) -> None:
    texts = list(OVERLONG.values())
    _assert_identical(texts, wordpiece.encode(texts).ids, _cn_clip_tokens(texts))


def test_bpe_tokens_are_those_of_open_clip(clip_bpe: TextTokenizer, open_clip_tokenizer: Any) -> None:
    texts = varied_strings(STRINGS)
    _assert_identical(texts, clip_bpe.encode(texts).ids, open_clip_tokenizer(texts).numpy())


def test_overlong_bpe_tokens_are_those_of_open_clip(clip_bpe: TextTokenizer, open_clip_tokenizer: Any) -> None:
    texts = list(OVERLONG.values())
    _assert_identical(texts, clip_bpe.encode(texts).ids, open_clip_tokenizer(texts).numpy())


def test_bpe_tokens_of_words_are_those_of_transformers(clip_bpe: TextTokenizer, tmp_path: Path) -> None:
    merges = (tmp_path / "merges.txt").read_text(encoding="utf-8").split("\n")[1:-1]
    reference = reference_package("transformers").CLIPTokenizer(
        vocab=orjson.loads((tmp_path / "vocab.json").read_bytes()),
        merges=[tuple(line.split()) for line in merges],
        unk_token="<|endoftext|>",
    )
    texts = ["", "a diagram", "A photo of a cat, isn't it?", "祛痘 美白", "word " * 200, "x" * 500]
    batch = clip_bpe.encode(texts)
    for text, ids, length in zip(texts, batch.ids, batch.lengths, strict=True):
        assert ids[:length].tolist() == reference(text, truncation=True, max_length=77)["input_ids"], text


@pytest.fixture
def siglip2_folder(tmp_path: Path) -> Path:
    """A tokenizer.json of the layout of SigLIP 2's, with a small vocabulary trained on the spot."""
    tokenizers = reference_package("tokenizers")
    transformers = reference_package("transformers")
    special = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>"]
    trained = tokenizers.Tokenizer(tokenizers.models.BPE(byte_fallback=True, unk_token="<unk>", fuse_unk=True))
    trained.normalizer = tokenizers.normalizers.Sequence(
        [tokenizers.normalizers.Lowercase(), tokenizers.normalizers.Replace(" ", "▁")]
    )
    bytes_fallen_back = [f"<0x{byte:02X}>" for byte in range(256)]
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=3_000, special_tokens=[*special, *bytes_fallen_back], show_progress=False, limit_alphabet=500
    )
    trained.train_from_iterator(varied_strings(600), trainer)
    model = orjson.loads(trained.to_str())["model"]
    merges = [tuple(merge) for merge in model["merges"]]
    tokenizer = transformers.Siglip2Tokenizer(vocab=model["vocab"], merges=merges, padding_side="right")
    tokenizer.backend_tokenizer.post_processor = tokenizers.processors.TemplateProcessing(
        single="$A <eos>", special_tokens=[("<eos>", 1)]
    )
    tokenizer.save_pretrained(tmp_path)
    return tmp_path


def test_gemma_tokens_are_those_of_transformers(siglip2_folder: Path) -> None:
    reference = reference_package("transformers").Siglip2Tokenizer.from_pretrained(siglip2_folder)
    # Ours reads the special tokens in a seller's text as plain characters, on purpose.
    texts = [text for text in varied_strings(STRINGS) if "<eos>" not in text] + ["药 good " * 9_000, "x" * 100_000]
    theirs = reference(texts, padding="max_length", padding_side="right", max_length=64, truncation=True)["input_ids"]
    ours = open_tokenizer(siglip2_folder, TextInput("gemma", 64, 0, attention_mask=False)).encode(texts)
    assert (ours.ids == 1).any(axis=1).all(), "every text ends with <eos>"
    _assert_identical(texts, ours.ids, np.array(theirs))


@pytest.mark.parametrize("name", OVERLONG)
def test_a_text_of_100_000_characters_costs_less_than_a_fifth_of_a_second(
    name: str, wordpiece: TextTokenizer, clip_bpe: TextTokenizer
) -> None:
    for tokenizer in (wordpiece, clip_bpe):
        tokenizer.encode([OVERLONG[name]])
        started = time.process_time()
        tokenizer.encode([OVERLONG[name]])
        assert time.process_time() - started < 0.2
