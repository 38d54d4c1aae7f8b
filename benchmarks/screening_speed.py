"""How many listings a second one core screens, text given, beside plain word search with the same words.

Two kinds of made listings. `repeated`: a title and 24 lines of ordinary goods drawn from few lines, as shops repeat
theirs; one in ten has a violation, one in twenty an odd spelling of one. `drawn`: titles, specifications and for every
fourth one 10 to 40 lines of words drawn from the language, none of which comes again. CPU time of this thread counts.
The peers find words as they stand only: no views, no conditions, no excuses, no numbers, no contacts. pyahocorasick and
`word in text` stop at the first word of a listing, which nearly all have; ours and flashtext read on to the end.

    python benchmarks/screening_speed.py [--listings 1500] [--rounds 5]
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections import defaultdict
from datetime import date
from typing import TYPE_CHECKING

import synthetic_listings
from jianwei.risk.learnt.text_model import packaged_text_model
from jianwei.risk.rule_files.rulebook_files import load_rulebook
from jianwei.risk.screener import Screener
from jianwei.risk.views.screened_text import ScreeningInput, Segment
from jianwei.runtime.garbage import look_seldom

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from jianwei.ports.findings import Screening
    from jianwei.risk.rules import Rulebook

_GOODS = [
    "纯棉短袖T恤 男女同款 宽松", "不锈钢保温杯 500ml 便携", "新鲜象牙芒 5斤装 坏果包赔", "儿童积木玩具 益智拼装",
    "破壁灵芝孢子粉 礼盒装", "玻尿酸补水面膜 10片", "蓝牙耳机 降噪 长续航", "普洱熟茶饼 357g",
    "智能摄像头 家用监控", "厨房刀具套装 不锈钢 已开刃",
]  # fmt: skip
_LINES = [
    "品牌女装 新款上市", "7天无理由退换 品质保证", "净含量：500克 保质期：18个月", "最佳食用温度 4℃",
    "第一步 清洁面部", "微信支付 支付宝均可", "产品参数 PRODUCT", "本品不能代替药物", "贮存条件：阴凉干燥处",
    "客服在线时间 9:00-21:00", "柔软亲肤 透气吸汗", "适宜人群：成人", "全国包邮 偏远地区除外",
    "实物拍摄 色差在所难免", "优选原料 匠心工艺", "生产许可证编号：SC11834020305037",
]  # fmt: skip
_BAD = ["根治糖尿病 告别药物", "国家级 全网第一 最佳品质", "加薇 xugou88888 不走平台", "顶级复刻 1:1高仿 可过专柜"]
_ODD = ["冶疗高血压 三天见效", "抗·癌 抗·肿·瘤", "zhi疗失眠", "V❤ kk88991 详聊", "弓虽效减月巴"]
_DAY = date(2026, 11, 1)
_MODEL = "weighed_each"
_STAGES = {
    "_read": "fold, hidden readings",
    "_search_words": "words",
    "_search_sounds": "odd spellings",
    "_restore": "odd spellings put right",
    "_tell_facts": "kind of goods, numbers, contacts",
    "_announce": "which rules and patterns may match",
    "_meet": "patterns, places of phrases",
    "_judged": "conditions, excuses, score, places",
    _MODEL: "text model",
}


class TimedScreener(Screener):
    """Adds up the CPU time of each step."""

    def __init__(self, book: Rulebook) -> None:
        super().__init__(book, text_model=packaged_text_model())
        self.spent: dict[str, float] = defaultdict(float)
        for name in _STAGES:
            owner = self._voice if name == _MODEL else self
            setattr(owner, name, self._timed(name, getattr(owner, name)))

    def _timed(self, name: str, step: Callable[..., object]) -> Callable[..., object]:
        def timed(*given: object) -> object:
            started = time.thread_time()
            result = step(*given)
            self.spent[name] += time.thread_time() - started
            return result

        return timed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--listings", type=int, default=1500)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    look_seldom()  # as the command and the server do
    started = time.thread_time()
    book = load_rulebook()
    screener = Screener(book)
    listening = Screener(book, text_model=packaged_text_model())
    words = sorted({phrase for rule in book.rules for phrase in rule.words.phrases})
    print(f"{len(book.categories)} categories, {len(book.rules)} rules, {len(words)} phrases")
    print(f"read, checked and made in {time.thread_time() - started:.1f} s of CPU, nothing kept from before")
    for name, inputs in (("repeated", made_listings), ("drawn", drawn_listings)):
        measure(name, (screener, listening), inputs(options.listings), words, options.rounds)


def measure(
    name: str,
    screeners: tuple[Screener, Screener],
    inputs: Sequence[ScreeningInput],
    words: Sequence[str],
    rounds: int,
) -> None:
    screener, listening = screeners
    texts = ["\n".join(item.text for item in source.segments) for source in inputs]
    print(f"\n{name}: {len(inputs)} listings of {statistics.mean(map(len, texts)):.0f} characters")
    listening.screen_many(inputs)
    found = screener.screen_many(inputs)  # patterns are compiled when they are first run
    clean = [source for source, screening in zip(inputs, found, strict=True) if not screening.findings]
    other = [source for source, screening in zip(inputs, found, strict=True) if screening.findings]
    runs: dict[str, tuple[int, Callable[[], int]]] = {
        "Jianwei": (len(inputs), lambda: suspected(screener.screen_many(inputs))),
        "  with the text model": (len(inputs), lambda: suspected(listening.screen_many(inputs))),
        "  nothing found": (len(clean), lambda: suspected(screener.screen_many(clean))),
        "  something found": (len(other), lambda: suspected(screener.screen_many(other))),
        "  one after the other": (len(inputs), lambda: suspected([screener.screen(source) for source in inputs])),
        "pyahocorasick, words as they stand": (len(inputs), automaton_run(words, texts)),
        "`word in text` for each word": (
            len(inputs),
            lambda: sum(any(word in text for word in words) for text in texts),
        ),
    }
    if (flash := flashtext_run(words, texts)) is not None:
        runs["flashtext, words as they stand"] = len(inputs), flash
    times: dict[str, list[float]] = {label: [] for label in runs}
    hits = {}
    for _ in range(rounds):
        for label, (_, run) in runs.items():
            started = time.thread_time()
            hits[label] = run()
            times[label].append(time.thread_time() - started)
    ours = statistics.median(times["Jianwei"]) / len(inputs)
    for label, each in times.items():
        count = runs[label][0]
        middle = statistics.median(each)
        print(
            f"{label:36} {count / middle:9.0f} listings/s  spread {(max(each) - min(each)) / middle:4.0%}  "
            f"{middle / count / ours:6.3f} × our time  {hits[label]} hit"
        )
    print_stages(TimedScreener(screener.book), inputs)


def suspected(screenings: Sequence[Screening]) -> int:
    return sum(screening.status == "suspected" for screening in screenings)


def print_stages(screener: TimedScreener, inputs: Sequence[ScreeningInput]) -> None:
    screener.screen_many(inputs)
    screener.spent.clear()
    screener.screen_many(inputs)
    for name, title in _STAGES.items():
        print(f"  {title:40} {screener.spent[name] / len(inputs) * 1e6:6.0f} µs a listing")


def drawn_listings(count: int) -> list[ScreeningInput]:
    made = []
    for item in synthetic_listings.make_listings(count):
        segments = [Segment(item.title, "title"), *(Segment(text, "spec") for text in item.spec)]
        segments += [Segment(text, "ocr", 1, no, follows=no > 0) for no, text in enumerate(item.ocr)]
        made.append(ScreeningInput(tuple(segments), _DAY, item.category, item.price, whole=True))
    return made


def made_listings(count: int) -> list[ScreeningInput]:
    chance = random.Random(20261126)
    return [_listing(chance, index) for index in range(count)]


def _listing(chance: random.Random, index: int) -> ScreeningInput:
    lines = chance.sample(_LINES, 12) + chance.sample(_LINES, 12)
    if index % 10 == 0:
        lines.insert(3, chance.choice(_BAD))
    if index % 20 == 1:
        lines.insert(5, chance.choice(_ODD))
    title = Segment(chance.choice(_GOODS), "title")
    ocr = [
        Segment(line, "ocr", picture_no=1 + n // 12, line_no=n % 12, follows=n % 12 > 0) for n, line in enumerate(lines)
    ]
    return ScreeningInput((title, *ocr), _DAY, category="日用百货", price=99.0, whole=True)


def automaton_run(words: Sequence[str], texts: Sequence[str]) -> Callable[[], int]:
    import ahocorasick

    automaton = ahocorasick.Automaton()
    for word in words:
        automaton.add_word(word, word)
    automaton.make_automaton()
    return lambda: sum(any(True for _ in automaton.iter(text)) for text in texts)


def flashtext_run(words: Sequence[str], texts: Sequence[str]) -> Callable[[], int] | None:
    try:
        from flashtext import KeywordProcessor
    except ImportError:
        return None
    processor = KeywordProcessor()
    processor.non_word_boundaries = set()  # Chinese has no spaces between words
    for word in words:
        processor.add_keyword(word)
    return lambda: sum(bool(processor.extract_keywords(text)) for text in texts)


if __name__ == "__main__":
    main()
