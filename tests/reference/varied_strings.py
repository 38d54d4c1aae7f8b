"""Strings of every kind that a listing or a query may hold, the same ones in every run."""

from __future__ import annotations

import random
import unicodedata
from itertools import cycle, islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_FRAGMENTS = [
    "[SEP]", "[CLS]", "[PAD]", "[UNK]", "##", "<|endoftext|>", "<eos>", "&amp;", "&lt;b&gt;", "&amp;amp;",
    "ΑΣ", "Σ", "é", "e\u0301", "Ã©", "â€™", "😀", "👨‍👩‍👧", "🇨🇳", "İ", "ı", "ß", "Ａｂ１", "㎡", "①", "％",
    "\x00", "\x07", "\u200b", "\ufeff", "\u2028", "\u3000", "\xa0", "\t", "\n", "\ufffd", "…", "——",
    "don't", "I'LL", "’s", "“", "”", "₂", "Ⅷ", "ﬁ", "한국어", "ไทย", "العربية", "नमस्ते",
]  # fmt: skip
_TRADE = "祛痘美白减肥瘦身根治糖尿病高血压特效药正品包邮买一送三国家级最佳第一品牌无效退款孕妇可用三天见效"
_TRADITIONAL = "國產無效退款專治風濕關節炎，藥到病除！臺灣製造「純天然」膠囊"
_LETTERS = "etaoinshrdlucmfw"


def varied_strings(count: int) -> list[str]:
    """Return `count` strings of 0 to some 400 characters, each kind in turn."""
    rng = random.Random(20240607)
    assigned = [chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) not in {"Cs", "Cn"}]
    kinds: list[Callable[[int], str]] = [
        lambda n: "".join(rng.choices(assigned, k=n)),
        lambda n: "".join(rng.choices(_TRADE + "，。！100%mg ", k=n)),
        lambda n: "".join(rng.choices(_TRADITIONAL, k=n)),
        lambda n: "".join(chr(rng.randrange(0x4E00, 0xA000)) for _ in range(n)),
        lambda n: "".join(chr(rng.randrange(0x2600)) for _ in range(n)),
        lambda n: "".join(chr(rng.randrange(0x20, 0x7F)) for _ in range(n)),
        lambda n: "".join(chr(rng.randrange(0xFF01, 0xFF5F)) for _ in range(n)),
        lambda n: "".join(chr(rng.randrange(0x1F300, 0x1FAFF)) for _ in range(n)),
        lambda n: " ".join("".join(rng.choices(_LETTERS, k=rng.randrange(1, 12))) for _ in range(n)),
        lambda n: "".join(rng.choices(_FRAGMENTS, k=n)),
        lambda n: "".join(rng.choices([*_FRAGMENTS, *_TRADE, *"Hello World 123"], k=n)),
    ]
    lengths = [0, 1, 2, 7, 25, 60, 150]
    return [kind(rng.choice(lengths)) for kind in islice(cycle(kinds), count)]


OVERLONG = {
    "one letter": "a" * 100_000,
    "one ideograph": "药" * 100_000,
    "words": "good day " * 11_112,
    "trade words": _TRADE * 2_000,
    "accents": "\u0301" * 100_000,
    "blanks": " " * 100_000,
    "blanks, then a word": "\n" * 100_000 + "word",
    "punctuation": "!?" * 50_000,
    "emoji": "😀" * 100_000,
}
"""Texts of about 100,000 characters, by what they are."""
