"""The page of a probe: each illegal type beside its prior; and what a probe says of one listing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.table import Table
from rich.text import Text

from jianwei.cli.language import Both
from jianwei.cli.pages.marked_text import indented, printable
from jianwei.cli.pages.wording import ACCENT, QUIET
from jianwei.ports.probes import ANY_VIOLATION

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType

    from jianwei.cli.session import Session
    from jianwei.library.probing import Probed
    from jianwei.ports.probes import ProbeVoice
    from jianwei.records import Listing
    from jianwei.training.probe import TypeScore

_TITLE = Both(
    "Illegal types told from {features}, measured on listings not learnt from ({count} {count:listing|listings})",
    "由{features}判断违法类型（在未参与训练的商品上衡量，共 {count} 个商品）",
)
_TEXTS = Both("titles and words on pictures", "标题与图中文字")
_VECTORS = Both("vectors in {space}", "{space} 中的向量")
_AND = Both(" and ", "和")
_ANY = Both("any violation", "任一违法")
_HEADINGS = (
    Both("Type", "类型"),
    Both("Known", "案例数"),
    Both("Prior", "先验"),
    Both("Average precision (95 %)", "平均精确率（95% 区间）"),
    Both("Precision", "精确率"),
    Both("Recall", "召回率"),
)
_LEFT_OUT = Both("Too few cases to measure: {names}", "案例过少，未衡量：{names}")
_ROUGH = Both("Fewer than 100 cases: these numbers are rough.", "案例不足 100 个：数值仅供参考。")
_FEW = 100
_KEPT = Both(
    "Kept: {names}. Verdicts now show what it says. Back: jianwei probe --remove",
    "已保存：{names}。此后的判断会显示其意见。撤回：jianwei probe --remove",
)
_SAYS = Both(
    "Probe: {label} {chance}. Of its calls {precision} are right (of all listings {prior}), it finds {recall} "
    "({known} cases).",
    "探针：{label} {chance}。其指出的商品中 {precision} 属实（全部商品中为 {prior}），能找到 {recall}"
    "（{known} 个案例）。",
)


def probe_page(probed: Probed, kept: Sequence[TypeScore], session: Session) -> RenderableType:
    """Return the page of a measured probe; `kept` are the heads that were kept."""
    report = probed.report
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for heading in _HEADINGS:
        table.add_column(session.say(heading))
    for score in report.types:
        style = "bold" if score.beats_prior else ""
        table.add_row(
            Text(_name(score.label, session), style=style),
            str(score.known),
            f"{score.prior:.3f}",
            f"{score.average_precision:.3f}  ({score.low:.3f} … {score.high:.3f})",
            f"{score.precision:.3f}",
            f"{score.recall:.3f}",
        )
    parts: list[RenderableType] = [Text(_title(probed, session), style="bold"), table]
    if report.left_out:
        names = printable(", ".join(report.left_out))
        parts.append(Text(session.say(_LEFT_OUT, names=names), style=QUIET, overflow="fold"))
    if max(score.known for score in report.types) < _FEW:
        parts.append(Text(session.say(_ROUGH), style=QUIET))
    if kept:
        names = ", ".join(_name(score.label, session) for score in kept)
        parts.append(Text(session.say(_KEPT, names=names), style=ACCENT))
    return Group(*parts)


def voice_lines(voices: Sequence[ProbeVoice], session: Session) -> list[Text]:
    """Return a line for each head that calls a listing."""
    return [
        Text(
            session.say(
                _SAYS,
                label=_name(voice.label, session),
                chance=f"{voice.chance:.0%}",
                precision=f"{voice.precision:.0%}",
                prior=f"{voice.prior:.0%}",
                recall=f"{voice.recall:.0%}",
                known=voice.known,
            ),
            style=QUIET,
            overflow="fold",
        )
        for voice in voices
        if voice.called
    ]


def called_page(listing: Listing, voices: Sequence[ProbeVoice], session: Session) -> RenderableType:
    """Return one listing that a probe calls."""
    head = Text.assemble((printable(listing.listing_id), ACCENT), "  ", (printable(listing.title), "bold"))
    return Group(head, *(indented(line, 2) for line in voice_lines(voices, session)))


def _title(probed: Probed, session: Session) -> str:
    features = [session.say(_TEXTS)] if probed.has_grams else []
    features += [session.say(_VECTORS, space=probed.space)] if probed.space else []
    return session.say(_TITLE, features=session.say(_AND).join(features), count=probed.listings)


def _name(label: str, session: Session) -> str:
    return session.say(_ANY) if label == ANY_VIOLATION else printable(label)
