"""The looks of the HTML report: one style sheet and the few lines of script that switch the language."""

from __future__ import annotations

STYLE = """
:root { color-scheme: light dark; --ground: #fbfaf7; --card: #fff; --ink: #1d2330; --soft: #5c6675; --line: #dfe2e8;
  --mark: #1f5fbf; --pale: #c9daf3; --good: #1a7f4b; --bad: #b3372b; }
@media (prefers-color-scheme: dark) { :root { --ground: #14171d; --card: #1c2129; --ink: #e8eaf0; --soft: #9aa5b5;
  --line: #323a46; --mark: #7db0ff; --pale: #2d4468; --good: #5fce94; --bad: #ff8f80; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.55 system-ui, "Noto Sans CJK SC",
  "PingFang SC", "Microsoft YaHei", sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 24px 20px 60px; }
header { display: flex; flex-wrap: wrap; gap: 8px 20px; align-items: baseline; justify-content: space-between; }
h1 { font-size: 24px; margin: 0; } h2 { font-size: 17px; margin: 34px 0 10px; }
p { margin: 6px 0; color: var(--soft); max-width: 75ch; }
button { font: inherit; color: inherit; background: var(--card); border: 1px solid var(--line); border-radius: 8px;
  padding: 3px 12px; cursor: pointer; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(132px, 1fr)); gap: 10px; margin-top: 18px; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 12px 14px; }
.card b { display: block; font-size: 25px; line-height: 1.2; font-variant-numeric: tabular-nums; }
.card span { color: var(--soft); font-size: 13px; }
.notice { border-left: 3px solid var(--bad); padding: 4px 12px; background: var(--card); overflow-wrap: anywhere; }
.wide { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: 7px 12px; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th:first-child, td:first-child, td.text, th.text { text-align: left; } tr:last-child td { border-bottom: 0; }
td.text { white-space: normal; min-width: 150px; overflow-wrap: anywhere; } th { color: var(--soft); font-weight: 500; }
.good { color: var(--good); } .bad { color: var(--bad); } .soft { color: var(--soft); }
svg { display: block; width: 100%; height: auto; } svg text { fill: var(--ink); font-size: 13px; }
svg .soft { fill: var(--soft); } svg .axis { stroke: var(--line); }
svg .whisker { stroke: var(--mark); stroke-width: 2; }
svg .dot { fill: var(--mark); } svg .bar { fill: var(--pale); } svg .default .dot { fill: var(--good); }
svg .default .whisker { stroke: var(--good); }
.plot { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 12px; overflow-x: auto; }
.plot svg { min-width: 520px; max-width: 1000px; margin: 0 auto; }
[data-shown="en"] .zh, [data-shown="zh"] .en { display: none; }
"""

SCRIPT = """
document.querySelector('button').onclick = () => {
  const page = document.documentElement, next = page.dataset.shown === 'zh' ? 'en' : 'zh';
  page.dataset.shown = next; page.lang = next;
};
"""
