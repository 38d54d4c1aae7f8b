"""The HTML report of an evaluation: one file that asks nothing of the network, in both languages, light and dark."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Literal

from jianwei.bilingual import Both
from jianwei.evaluation.plots import interval_plot, share_plot
from jianwei.evaluation.report_style import SCRIPT, STYLE
from jianwei.evaluation.running import LEADING
from jianwei.evaluation.variants import CUT_OFF, variant_called

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jianwei.evaluation.comparing import Comparison, QueryChange
    from jianwei.evaluation.results import Evaluation, VariantOutcome
    from jianwei.metrics.paired import Difference, Interval

_SHOWN_METRICS = (LEADING, "MAP", "MRR", "recall@10", "R@1", "R@5", "R@10", "MR")
_KINDS_ZH = {"chinese": "中文", "english": "英文", "mixed": "中英混合", "picture": "图片", "nothing": "应无结果"}
"""The kinds of queries of our own samples; others are words of whoever judged and stand as they are."""
_WORST = 15
SIGNIFICANT = 0.05
"""From this p value on, a difference is coloured: the usual level, not corrected for the number of rows."""


def evaluation_report(evaluation: Evaluation, *, language: Literal["en", "zh"]) -> str:
    """Return the page; `language` is the one shown first, a button switches to the other."""
    default = evaluation.variants[0]
    title = _both(f"Evaluation: {evaluation.judgements}", f"检索评测：{evaluation.judgements}")
    parts = [
        _cards(evaluation),
        *(f'<p class="notice">{_both(english, chinese)}</p>' for english, chinese in evaluation.notices),
        _plots(evaluation),
        _table_of_variants(evaluation.variants),
        _cross_modal(evaluation),
        _kinds(evaluation),
        _worst(evaluation, default),
        _how_to_read(),
    ]
    return _page(title, parts, language)


def comparison_report(comparison: Comparison, *, language: Literal["en", "zh"]) -> str:
    """Return the page that sets two evaluations side by side."""
    names = f"{comparison.first} → {comparison.second}"
    head = _row("th", ("", _both("difference", "差值"), "95 %", "p", _both("better/worse/same", "升/降/平")))
    rows = [_difference_row(metric, difference) for metric, difference in comparison.metrics.items()]
    parts = [
        f"<p>{_both(f'{comparison.shared} queries in both', f'共同查询 {comparison.shared} 个')}</p>",
        _table(head, rows),
        _changes(_both("Largest wins", "提升最大的查询"), comparison.wins),
        _changes(_both("Largest losses", "下降最大的查询"), comparison.losses),
    ]
    return _page(_both(f"Comparison: {names}", f"评测对比：{names}"), parts, language)


def _page(title: str, parts: Iterable[str], language: str) -> str:
    return (
        f'<!doctype html><html lang="{language}" data-shown="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><title>Jianwei 见微</title>'
        f"<style>{STYLE}</style></head><body><main><header><h1>{title}</h1>"
        f'<button type="button">中文 / English</button></header>{"".join(parts)}</main>'
        f"<script>{SCRIPT}</script></body></html>"
    )


def _both(english: str, chinese: str) -> str:
    return f'<span class="en" lang="en">{escape(english)}</span><span class="zh" lang="zh">{escape(chinese)}</span>'


def _cards(evaluation: Evaluation) -> str:
    default = evaluation.variants[0]
    cards = [_card(metric, _told(interval), _spread(interval)) for metric, interval in _shown(default)[:4]]
    no_match = next((one.no_match for one in evaluation.variants if one.no_match is not None), None)
    if no_match is not None:
        cards.append(_card(_both("no match, rightly", "正确答“无”"), f"{no_match:.0%}", ""))
    count = evaluation.answerable()
    answerable = _both(f"{count} with relevant listings", f"{count} 个有相关商品")
    cards.append(_card(_both("queries", "查询"), str(len(evaluation.queries)), answerable))
    cards.append(_card(_both("listings", "商品"), str(evaluation.library["listings"]), escape(evaluation.made_at[:10])))
    return f'<div class="cards">{"".join(cards)}</div>'


def _card(name: str, value: str, more: str) -> str:
    return f'<div class="card"><span>{name}</span><b>{escape(value)}</b><span>{more}</span></div>'


def _shown(variant: VariantOutcome) -> list[tuple[str, Interval]]:
    return [(metric, variant.metrics[metric]) for metric in _SHOWN_METRICS if metric in variant.metrics]


def _told(interval: Interval) -> str:
    return f"{interval.mean:.3f}"


def _spread(interval: Interval) -> str:
    return f"95 %: {interval.low:.3f}–{interval.high:.3f}"


def _plots(evaluation: Evaluation) -> str:
    rows = [
        (variant_called(one.name), one.metrics[LEADING], place == 0)
        for place, one in enumerate(evaluation.variants)
        if one.metrics
    ]
    if not rows:
        return f"<p>{_both('No query has a relevant id.', '没有任何查询有相关商品。')}</p>"
    default = evaluation.variants[0].queries.values()
    values = [outcome.metrics[LEADING] for outcome in default if outcome.metrics]
    return (
        f"<h2>{_both(f'{LEADING} of each way to search', f'各检索方式的 {LEADING}')}</h2>"
        f'<div class="plot">{interval_plot(rows)}</div>'
        f"<h2>{_both(f'Queries by {LEADING}, default', f'默认方式下查询的 {LEADING} 分布')}</h2>"
        f'<div class="plot">{share_plot(values)}</div>'
    )


def _table_of_variants(variants: Iterable[VariantOutcome]) -> str:
    head = _row("th", ("", *_SHOWN_METRICS, _both("against default", "与默认相比"), "p", "ms"))
    rows = []
    for one in variants:
        against = one.against_default.get(LEADING)
        change = ("", "") if against is None else (_signed(against), escape(told_p(against.p_value)))
        figures = [_told(interval) for _, interval in _shown(one)]
        rows.append(_row("td", (_called(one), *figures, *change, f"{one.elapsed_ms_p50:.0f}")))
    return f"<h2>{_both('All ways to search', '全部检索方式')}</h2>{_table(head, rows)}"


def _called(variant: VariantOutcome) -> str:
    name = variant_called(variant.name)
    return _both(name.en, name.zh)


def told_p(value: float) -> str:
    """Return a p value as people write it."""
    return "< 0.001" if value < 0.001 else f"{value:.3f}"


def _signed(difference: Difference) -> str:
    mean = difference.interval.mean
    kind = "soft" if difference.p_value > SIGNIFICANT else "good" if mean > 0 else "bad"
    return f'<span class="{kind}">{mean:+.3f}</span>'


def _cross_modal(evaluation: Evaluation) -> str:
    if not evaluation.cross_modal:
        return ""
    names = ("R@1", "R@5", "R@10", "MR")
    head = _row(
        "th",
        (
            "",
            *(f"{_both('text→picture', '文→图')} {name}" for name in names),
            *(f"{_both('picture→text', '图→文')} {name}" for name in names),
        ),
    )
    rows = [
        _row(
            "td",
            (
                escape(one.space),
                *(f"{scores[name]:.1f}" for scores in (one.text_to_picture, one.picture_to_text) for name in names),
            ),
        )
        for one in evaluation.cross_modal
    ]
    return f"<h2>{_both('By the rules of Chinese-CLIP, %', '按 Chinese-CLIP 规则（%）')}</h2>{_table(head, rows)}"


def _kinds(evaluation: Evaluation) -> str:
    if not evaluation.kinds:
        return ""
    rows = [
        (Both(kind, _KINDS_ZH.get(kind, kind)), metrics[LEADING], False) for kind, metrics in evaluation.kinds.items()
    ]
    return (
        f"<h2>{_both(f'{LEADING} by kind of query, default', f'默认方式下各类查询的 {LEADING}')}</h2>"
        f'<div class="plot">{interval_plot(rows)}</div>'
    )


def _worst(evaluation: Evaluation, default: VariantOutcome) -> str:
    judged = [(name, outcome) for name, outcome in default.queries.items() if outcome.metrics]
    worst = [item for item in sorted(judged, key=lambda item: item[1].metrics[LEADING]) if item[1].metrics[LEADING] < 1]
    head = _row(
        "th",
        ("", _both("query", "查询"), LEADING, _both("wanted", "应有"), _both("found first", "排在最前")),
        text=(1, 3, 4),
    )
    rows = []
    for name, outcome in worst[:_WORST]:
        query = evaluation.queries[name]
        wanted = [item for item, _ in sorted(query.relevant.items(), key=lambda pair: -pair[1])]
        cells = (
            f"{query.words} {query.picture}".strip(),
            f"{outcome.metrics[LEADING]:.3f}",
            _ids(wanted),
            _ids(outcome.first),
        )
        rows.append(_row("td", (escape(name), *map(escape, cells)), text=(1, 3, 4)))
    return f"<h2>{_both('Queries with most to gain', '最有提升余地的查询')}</h2>{_table(head, rows)}" if rows else ""


def _ids(ids: Iterable[str]) -> str:
    listed = list(ids)
    return ", ".join(listed[:3]) + (f" … ({len(listed)})" if len(listed) > 3 else "")


def _changes(title: str, changes: Iterable[QueryChange]) -> str:
    head = _row(
        "th", ("", _both("query", "查询"), LEADING, _both("first before", "之前"), _both("first after", "之后"))
    )
    rows = [
        _row(
            "td",
            (
                escape(change.query_id),
                escape(change.words),
                f"{change.before:.3f} → {change.after:.3f}",
                escape(_ids(change.first_before)),
                escape(_ids(change.first_after)),
            ),
            text=(1, 3, 4),
        )
        for change in changes
    ]
    return f"<h2>{title}</h2>{_table(head, rows)}" if rows else f"<h2>{title}</h2><p>–</p>"


def _difference_row(metric: str, difference: Difference) -> str:
    interval = difference.interval
    counts = f"{difference.wins}/{difference.losses}/{difference.ties}"
    spread = f"{interval.low:+.3f} … {interval.high:+.3f}"
    return _row("td", (metric, _signed(difference), spread, escape(told_p(difference.p_value)), counts))


def _row(tag: str, cells: Iterable[str], *, text: tuple[int, ...] = ()) -> str:
    def told() -> Iterator[str]:
        for place, cell in enumerate(cells):
            kind = ' class="text"' if place in text else ""
            yield f"<{tag}{kind}>{cell}</{tag}>"

    return f"<tr>{''.join(told())}</tr>"


def _table(head: str, rows: Iterable[str]) -> str:
    return f'<div class="wide"><table><thead>{head}</thead><tbody>{"".join(rows)}</tbody></table></div>'


def _how_to_read() -> str:
    cut_off = variant_called(CUT_OFF.name)
    told = _both(
        "Intervals are 95 % of bootstrap samples over the queries. p is that of a paired randomisation test against "
        "the default; it is not corrected for the number of rows. R@k counts a query when any relevant id is among the "
        "first k, recall@k the share of its relevant ids; MR is the mean of R@1, R@5 and R@10. Ways to search rank "
        f"everything; only “{cut_off.en}” drops hits below the library's threshold.",
        "区间为对查询自助抽样所得的 95 % 区间。p 为与默认方式相比的配对随机化检验，未按行数校正。"
        "R@k：前 k 个结果中有任一相关商品即计入；recall@k：相关商品被检出的比例；MR 为 R@1、R@5、R@10 的平均。"
        f"各方式均给出完整排序，只有“{cut_off.zh}”按库的阈值去掉低相关结果。",
    )
    return f"<h2>{_both('How to read it', '说明')}</h2><p>{told}</p>"
