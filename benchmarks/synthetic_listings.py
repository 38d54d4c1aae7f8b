"""Synthetic Chinese listings and questions for benchmarks: the same ones on every run.

The listings are made of the words of jieba's dictionary with their own frequencies (near Zipf's law), mixed with words
of online trade: titles of 15 to 40 characters, a specification, and 10 to 40 recognised lines for every fourth listing.
"""

from __future__ import annotations

import random
from bisect import bisect
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from jianwei.records import Filters, TextDocument
from jianwei.text.fold import fold_text
from jianwei.text.query_syntax import QueryNode, parse_query
from jianwei.text.segment import cut_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

SEED = 20
QUERIES_OF_A_KIND = 100
PLATFORMS = ("京东", "淘宝", "拼多多", "抖音")
TRADE = tuple(
    word
    for words in (
        "正品 包邮 官方 旗舰店 新款 男士 女士 儿童 套装 补水 保湿 美白 祛斑 面膜 精华",
        "眼霜 洗面奶 减肥 瘦身 胶囊 芦荟 酵素 代餐 奶粉 保健品 维生素 蛋白粉 养生茶 枸杞 阿胶",
        "燕窝 治疗 根治 国家级 特效 祖传 秘方 无副作用 降血压 降血糖 止咳 膏药 护腰 艾灸 洗衣液",
        "纸巾 收纳盒 保温杯 充电宝 耳机 手机壳 数据线 运动鞋 连衣裙 衬衫 牛仔裤 羽绒服 双肩包 行李箱 婴儿",
        "纯棉 加厚 大码 宽松 韩版 潮流 简约 复古 防水 透气 便携 家用 厨房 不锈钢 玻璃",
        "陶瓷 礼盒 送礼 零食 坚果 茶叶",
    )
    for word in words.split()
)


class Vocabulary:
    """Draws words by frequency: two fifths of trade, the rest of the language."""

    def __init__(self, chance: random.Random) -> None:
        import jieba

        self._chance = chance
        rows = [line.split() for line in jieba.get_dict_file().read().decode("utf-8").splitlines()]
        ranked = sorted(((int(row[1]), row[0]) for row in rows if 2 <= len(row[0]) <= 4), reverse=True)[:40_000]
        self._words: list[str] = [word for _, word in ranked]
        self._weights = list(accumulate(count for count, _ in ranked))
        self._trade_weights = list(accumulate(1 / (rank + 20) for rank in range(len(TRADE))))

    def word(self) -> str:
        """Return one word."""
        if self._chance.random() < 0.4:
            return TRADE[bisect(self._trade_weights, self._chance.random() * self._trade_weights[-1]) % len(TRADE)]
        return self._words[bisect(self._weights, self._chance.random() * self._weights[-1]) % len(self._words)]

    def text(self, shortest: int, longest: int) -> str:
        """Return words run together, of about that many characters."""
        wanted = self._chance.randint(shortest, longest)
        text = ""
        while len(text) < wanted:
            text += self.word()
        return text[:longest]


def make_listings(count: int) -> list[TextDocument]:
    """Return the listings, the same ones on every run."""
    return list(each_listing(count))


def each_listing(count: int) -> Iterator[TextDocument]:
    """Make the listings one by one: a million of them would not leave the memory that an index is measured in."""
    chance = random.Random(SEED)
    words = Vocabulary(chance)
    for listing_no in range(1, count + 1):
        lines = chance.randint(10, 40) if listing_no % 4 == 0 else 0
        yield TextDocument(
            listing_no,
            words.text(15, 40),
            (f"品牌：{words.word()}", f"净含量：{chance.randint(1, 99) * 10}g", f"适用：{words.text(2, 8)}"),
            tuple(words.text(3, 16) for _ in range(lines)),
            platform=chance.choice(PLATFORMS),
            shop=f"店铺{chance.randint(1, 2000)}",
            category=chance.choice(("食品", "美妆", "药品", "家居", "服饰")),
            price=chance.randint(100, 100_000) / 100,
        )


@dataclass(frozen=True)
class Question:
    """One query as typed, as this index and as its peers understand it; peers without the kind have no `words`."""

    text: str
    node: QueryNode
    words: tuple[str, ...]
    filters: Filters


def make_questions(listings: Sequence[TextDocument], draw: int = 0) -> dict[str, list[Question]]:
    """Return questions of each kind, drawn from words that occur; others for each number of a draw."""
    chance = random.Random(SEED + 1 + draw)
    words = Vocabulary(chance)
    some = Filters(platforms=frozenset({"京东", "抖音"}), price_min=50.0, price_max=600.0)

    def ask(text: str, filters: Filters | None = None) -> Question:
        return Question(text, parse_query(text), tuple(dict.fromkeys(cut_words(fold_text(text)))), filters or Filters())

    def several() -> str:
        return " ".join(words.word() for _ in range(chance.randint(2, 3)))

    def part_of_title() -> str:
        title = chance.choice(listings).title
        start = chance.randint(0, len(title) - 8)
        return title[start : start + chance.randint(3, 8)]

    kinds: dict[str, Callable[[], Question]] = {
        "one word": lambda: ask(words.word()),
        "2-3 words": lambda: ask(several()),
        "phrase": lambda: ask(f'"{part_of_title()}"'),
        "AND / NOT": lambda: ask(f"{words.word()} AND {words.word()} AND NOT {words.word()}"),
        "long title": lambda: ask(f"{words.text(15, 40)} {words.text(15, 20)}"),
        "fuzzy": lambda: ask(f"{part_of_title()}~"),
        "filtered": lambda: ask(several(), some),
    }
    return {kind: [make() for _ in range(QUERIES_OF_A_KIND)] for kind, make in kinds.items()}
