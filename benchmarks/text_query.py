"""How fast the text index is built and answers, over synthetic Chinese listings, beside SQLite FTS5 and Whoosh.

Run: python benchmarks/text_query.py [--listings 100000] [--rounds 3]

The listings are made of the words of jieba's dictionary with their own frequencies (near Zipf's law), mixed with words
of online trade: titles of 15 to 40 characters, a specification, and 10 to 40 recognised lines for every fourth listing.
All engines get the same words (search mode); FTS5 and Whoosh look for any of them with BM25. Whoosh, which indexes
slowly, gets a part of the listings only, so that its times flatter it. FTS5 and Whoosh keep words only; this index
also answers for any part of a word. Rounds are interleaved; a ratio is the peer's time divided by ours.
"""

from __future__ import annotations

import argparse
import random
import sqlite3
import statistics
import tempfile
import time
from bisect import bisect
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING

from jianwei.indexes.text_index import TantivyTextIndex
from jianwei.records import Filters, TextDocument
from jianwei.text.fold import fold_text
from jianwei.text.query_syntax import QueryNode, parse_query
from jianwei.text.segment import cut_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from jianwei.ports import TextField

SEED = 20
FIELDS: tuple[TextField, ...] = ("title", "spec", "ocr", "caption")
QUERIES_OF_A_KIND = 100
WHOOSH_LISTINGS = 5000
BATCH = 10_000
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
    chance = random.Random(SEED)
    words = Vocabulary(chance)
    made = []
    for listing_no in range(1, count + 1):
        lines = chance.randint(10, 40) if listing_no % 4 == 0 else 0
        made.append(
            TextDocument(
                listing_no,
                words.text(15, 40),
                (f"品牌：{words.word()}", f"净含量：{chance.randint(1, 99) * 10}g", f"适用：{words.text(2, 8)}"),
                tuple(words.text(3, 16) for _ in range(lines)),
                platform=chance.choice(PLATFORMS),
                shop=f"店铺{chance.randint(1, 2000)}",
                category=chance.choice(("食品", "美妆", "药品", "家居", "服饰")),
                price=chance.randint(100, 100_000) / 100,
            )
        )
    return made


@dataclass(frozen=True)
class Question:
    """One query as this index and as its peers understand it; peers without the kind have no `words`."""

    node: QueryNode
    words: tuple[str, ...]
    filters: Filters


def make_questions(listings: Sequence[TextDocument]) -> dict[str, list[Question]]:
    """Return questions of each kind, drawn from words that occur."""
    chance = random.Random(SEED + 1)
    words = Vocabulary(chance)
    some = Filters(platforms=frozenset({"京东", "抖音"}), price_min=50.0, price_max=600.0)

    def ask(text: str, filters: Filters | None = None) -> Question:
        return Question(parse_query(text), tuple(dict.fromkeys(cut_words(fold_text(text)))), filters or Filters())

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


def build_ours(folder: Path, listings: Sequence[TextDocument]) -> TantivyTextIndex:
    """Build this index the way a rebuild does: in batches, each committed."""
    started = time.perf_counter()
    index = TantivyTextIndex.create(folder)
    for start in range(0, len(listings), BATCH):
        index.apply(listings[start : start + BATCH], deleted=(), sequence=start)
    index.close()
    seconds = time.perf_counter() - started
    size = sum(path.stat().st_size for path in folder.iterdir()) / 1e6
    characters = sum(len(line) for one in listings for line in (one.title, *one.spec, *one.ocr))
    print(
        f"build       {seconds:6.1f} s, {len(listings) / seconds:,.0f} listings/s, "
        f"{characters / seconds / 1e6:.2f} million characters/s, {size:.0f} MB on disk"
    )
    return TantivyTextIndex.open(folder, read_only=True)


def build_titles(folder: Path, listings: Sequence[TextDocument]) -> None:
    """Time documents of a title alone, the short documents of the target."""
    short = [TextDocument(one.listing_no, one.title, (), ()) for one in listings[:20_000]]
    started = time.perf_counter()
    index = TantivyTextIndex.create(folder)
    index.apply(short, deleted=(), sequence=1)
    seconds = time.perf_counter() - started
    index.close()
    print(f"titles only {seconds:6.1f} s, {len(short) / seconds:,.0f} listings/s")


def build_sqlite(path: Path, listings: Sequence[TextDocument]) -> sqlite3.Connection:
    """Build FTS5 over the same words."""
    started = time.perf_counter()
    connection = sqlite3.connect(path)
    connection.execute("CREATE VIRTUAL TABLE texts USING fts5(title, spec, ocr, content='', tokenize='unicode61')")
    connection.executemany("INSERT INTO texts(rowid, title, spec, ocr) VALUES (?, ?, ?, ?)", _word_rows(listings))
    connection.commit()
    print(f"FTS5 build  {time.perf_counter() - started:6.1f} s, {path.stat().st_size / 1e6:.0f} MB on disk")
    return connection


def _word_rows(listings: Sequence[TextDocument]) -> Iterator[tuple[int, str, str, str]]:
    def joined(lines: Sequence[str]) -> str:
        return " ".join(cut_words("\n".join(map(fold_text, lines))))

    for one in listings:
        yield one.listing_no, joined((one.title,)), joined(one.spec), joined(one.ocr)


def ask_sqlite(connection: sqlite3.Connection, question: Question) -> None:
    """Ask FTS5 for ten listings with any of the words, by BM25."""
    match = " OR ".join(f'"{word}"' for word in question.words)
    connection.execute(
        "SELECT rowid FROM texts WHERE texts MATCH ? ORDER BY bm25(texts, 3.0, 1.2, 1.0) LIMIT 10", (match,)
    ).fetchall()


def build_whoosh(folder: Path, listings: Sequence[TextDocument]) -> Callable[[Question], None]:
    """Build Whoosh with jieba's analyser and return how to ask it."""
    from jieba.analyse import ChineseAnalyzer
    from whoosh.fields import NUMERIC, TEXT, Schema
    from whoosh.index import create_in
    from whoosh.qparser import MultifieldParser, OrGroup

    started = time.perf_counter()
    analyser = ChineseAnalyzer()
    schema = Schema(no=NUMERIC(stored=True), **{name: TEXT(analyzer=analyser) for name in ("title", "spec", "ocr")})
    folder.mkdir()
    index = create_in(str(folder), schema)
    writer = index.writer(limitmb=256)
    for one in listings:
        writer.add_document(no=one.listing_no, title=one.title, spec="\n".join(one.spec), ocr="\n".join(one.ocr))
    writer.commit()
    print(f"Whoosh      {time.perf_counter() - started:6.1f} s for {len(listings):,} listings")
    searcher = index.searcher()
    parser = MultifieldParser(["title", "spec", "ocr"], schema, group=OrGroup)

    def ask(question: Question) -> None:
        list(searcher.search(parser.parse(" ".join(question.words)), limit=10))

    return ask


def milliseconds(ask: Callable[[Question], object], questions: Sequence[Question]) -> list[float]:
    """Return the time of each question."""
    times = []
    for question in questions:
        started = time.perf_counter()
        ask(question)
        times.append((time.perf_counter() - started) * 1000)
    return times


def p(times: Sequence[float], percent: float) -> float:
    """Return a percentile by nearest rank."""
    return sorted(times)[min(len(times) - 1, int(len(times) * percent / 100))]


def spread(ratios: Sequence[float]) -> str:
    """Return the median and the range of ratios."""
    return f"{statistics.median(ratios):6.1f} ({min(ratios):.1f}-{max(ratios):.1f})"


def main() -> None:
    """Build, ask, print."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--listings", type=int, default=100_000)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--no-peers", action="store_true")
    chosen = options.parse_args()
    listings = make_listings(chosen.listings)
    cut_words("预热")
    questions = make_questions(listings)
    with tempfile.TemporaryDirectory() as folder:
        build_titles(Path(folder) / "titles", listings)
        index = build_ours(Path(folder) / "ours", listings)
        asked: dict[str, Callable[[Question], object]] = {
            "ours": lambda one: index.search(one.node, fields=FIELDS, filters=one.filters, limit=10)
        }
        if not chosen.no_peers:
            connection = build_sqlite(Path(folder) / "fts5.db", listings)
            asked["FTS5"] = lambda one: ask_sqlite(connection, one)
            asked["Whoosh"] = build_whoosh(Path(folder) / "whoosh", listings[:WHOOSH_LISTINGS])
        report(asked, questions, chosen.rounds)


def report(asked: dict[str, Callable[[Question], object]], questions: dict[str, list[Question]], rounds: int) -> None:
    """Ask every engine every kind of question in turns and print times and ratios."""
    peers = [name for name in asked if name != "ours"]
    print(f"\n{'query, ms':12} {'p50':>6} {'p99':>7}   " + "   ".join(f"{name} p50 / ours" for name in peers))
    everything: list[float] = []
    for kind, ours in questions.items():
        times = {name: [milliseconds(ask, ours) for _ in range(rounds)] for name, ask in asked.items()}
        mine = [one for run in times["ours"] for one in run]
        everything += mine
        # peers do not answer these kinds, or answer an easier question
        comparable = kind in ("one word", "2-3 words", "long title")
        ratios = [
            spread([p(peer, 50) / p(own, 50) for peer, own in zip(times[name], times["ours"], strict=True)])
            if comparable
            else "-"
            for name in peers
        ]
        print(f"{kind:12} {p(mine, 50):6.2f} {p(mine, 99):7.2f}   " + "   ".join(f"{ratio:>18}" for ratio in ratios))
    print(f"{'all':12} {p(everything, 50):6.2f} {p(everything, 99):7.2f}")


if __name__ == "__main__":
    main()
