"""What screening found, for people: suspected types, words where they stand, articles, numbers and contacts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.table import Table
from rich.text import Text

from jianwei.cli.language import Both
from jianwei.cli.pages.marked_text import Paragraph, indented, printable
from jianwei.cli.pages.probe_page import voice_lines
from jianwei.cli.pages.rules_page import ROLES, SEVERITIES
from jianwei.cli.pages.wording import ACCENT, EMPHASIS, QUIET, field_label, time_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rich.console import RenderableType

    from jianwei.cli.session import Session
    from jianwei.library.opinions import ListingOpinion
    from jianwei.library.reviews import ReviewedListing
    from jianwei.library.risk import ScreenedListing
    from jianwei.ports.findings import Finding, Place, Screening
    from jianwei.ports.probes import ProbeVoice
    from jianwei.ports.reviews import Decision
    from jianwei.risk.rules import IdentifierKind, Rulebook, Statement

STATUSES = {
    "suspected": Both("suspected violation", "疑似违法"),
    "review": Both("to be reviewed", "待核查"),
    "clear": Both("nothing found", "未发现"),
}
STATUS_STYLES = {"suspected": EMPHASIS, "review": "yellow", "clear": "green"}
_DECIDED: dict[Decision, Both] = {
    "confirm": Both("Confirmed by a reviewer", "已人工确认"),
    "dismiss": Both("Dismissed by a reviewer", "已人工排除"),
    "assign": Both("Assigned", "已指派"),
    "reopen": Both("Opened again", "已重新打开"),
}
_COVERED = Both(
    "{count} of these {count:was|were} found harmless by a reviewer before.", "其中 {count} 条此前已被人工排除。"
)
_MOST_LINES = 6
_SCORE = Both("score {score:.2f}", "得分 {score:.2f}")
_NUMBERS = Both("Numbers: ", "编号：")
_CONTACTS = Both("Contacts: ", "联系方式：")
_DOUBTFUL = Both(" (to be verified)", "（待核实）")
_PUBLIC = Both(" (public)", "（公开电话）")
_TYPE = Both("Type of violation", "违法类型")
_OPINION = Both("Second opinion of a model (a lead, to be checked)", "模型第二意见（仅为线索，待核实）")
_SAW_NOTHING = Both(
    "It names nothing in {count} pictures. What rules found stands all the same.",
    "看过 {count} 张图片，未指出疑点；规则的发现不受影响。",
)
_SURE = Both("says it is {share:.0%} sure", "自称把握 {share:.0%}")
_TURNED_DOWN = Both(
    "{count} of its statements were turned down: not in the text, the rulebook or the form asked for.",
    "另有 {count} 项说法未采信：原文、规则库中不存在，或不合格式。",
)
_MISSING = Both("not found on the listing", "商品中未见")


def screening_page(screening: Screening, book: Rulebook, session: Session) -> RenderableType:
    """Return all that was found on one listing."""
    status = session.say(STATUSES[screening.status])
    score = session.say(_SCORE, score=screening.score)
    parts: list[RenderableType] = [
        Text.assemble((status, STATUS_STYLES[screening.status]), "  ", (score, QUIET)),
    ]
    for code in dict.fromkeys(finding.category for finding in screening.findings):
        found = [finding for finding in screening.findings if finding.category == code]
        score_of = next((item.score for item in screening.categories if item.code == code), found[0].score)
        parts.append(category_block(found, score_of, book, session))
    if screening.identifiers:
        shown = [item.value + (session.say(_DOUBTFUL) if item.problem else "") for item in screening.identifiers]
        parts.append(Text(session.say(_NUMBERS) + " · ".join(shown), overflow="fold"))
    if screening.contacts:
        shown = [
            f"{book.contacts[item.kind].zh if session.language == 'zh' else book.contacts[item.kind].en} {item.value}"
            + (session.say(_PUBLIC) if item.public else "")
            for item in screening.contacts
            if item.kind in book.contacts
        ]
        parts.append(Text(printable(session.say(_CONTACTS) + " · ".join(shown)), overflow="fold"))
    return Group(*parts)


def category_block(findings: Sequence[Finding], score: float, book: Rulebook, session: Session) -> RenderableType:
    """Return the findings of one category: why, the words marked in their lines, and its articles once."""
    chinese = session.language == "zh"
    category = book.categories.get(findings[0].category)
    name = findings[0].category if category is None else category.zh if chinese else category.en
    severity = session.say(SEVERITIES[findings[0].severity])
    lines: list[RenderableType] = [
        Text.assemble((name, "bold"), "  ", (f"{severity} · {session.say(_SCORE, score=score)}", QUIET))
    ]
    for finding in findings:
        lines.append(indented(Paragraph(finding.explain_zh if chinese else finding.explain, style=QUIET), 2))
        if not finding.places and finding.words:
            missing = f"{session.say(_MISSING)}: {_names(finding, book, chinese=chinese)}"
            lines.append(indented(Text(missing, overflow="fold"), 4))
        lines += [indented(line, 4) for line in marked_lines(finding.places, session)[:_MOST_LINES]]
    for law in dict.fromkeys(law for finding in findings for law in finding.laws):
        role = session.say(ROLES[law.role])
        text = f"{role}  《{law.law}》（{law.version}）{law.article}"
        lines.append(indented(Paragraph(text, style=ACCENT), 2))
    return Group(*lines)


def _names(finding: Finding, book: Rulebook, *, chinese: bool) -> str:
    known: dict[str, Statement | IdentifierKind] = {**book.statements, **book.identifiers}
    return "、".join(
        (known[word].zh if chinese else known[word].en) if word in known else word for word in finding.words
    )


def marked_lines(places: Sequence[Place], session: Session) -> list[Text]:
    """Return each line once, with all that was found in it marked."""
    spans: dict[tuple[str, int | None, int | None, str], list[tuple[int, int]]] = {}
    for place in places:
        spans.setdefault((place.field, place.picture_no, place.line_no, place.line), []).append(
            (place.start, place.end)
        )
    shown = []
    for (field, _, _, line), marked in spans.items():
        text = Text(field_label(field, session), style=QUIET, overflow="fold")
        content = Text(printable(line), style="default")
        for start, end in marked:
            content.stylize(EMPHASIS, start, end)
        shown.append(text.append_text(content))
    return shown


def listing_findings_page(
    view: ScreenedListing,
    book: Rulebook,
    session: Session,
    opinion: ListingOpinion | None = None,
    voices: Sequence[ProbeVoice] = (),
    reviewed: ReviewedListing | None = None,
) -> RenderableType:
    """Return what was found on one listing of a library, what people decided, and what a probe and a model say."""
    listing = view.listing
    head = Text.assemble((printable(listing.listing_id), ACCENT), "  ", (printable(listing.title), "bold"))
    pictures = [Text(printable(picture.location), style=QUIET, overflow="fold") for picture in view.pictures.values()]
    decided = [] if reviewed is None else decision_lines(reviewed, book, session)
    found = [*pictures, *decided, screening_page(view.result.screening, book, session), *voice_lines(voices, session)]
    if opinion is not None:
        found.append(opinion_block(opinion, book, session))
    return Group(head, indented(Group(*found), 2), Text(""))


def decision_lines(reviewed: ReviewedListing, book: Rulebook, session: Session) -> list[RenderableType]:
    """Return what people decided about a listing, and how much of what was found they called harmless elsewhere."""
    lines: list[RenderableType] = []
    for review in sorted(reviewed.decisions.values(), key=lambda item: item.review_no):
        category = book.categories.get(review.category)
        name = review.category if category is None else category.zh if session.language == "zh" else category.en
        facts = [review.reviewer, time_text(review.decided_at), name, review.assignee, review.reason]
        decided = session.say(_DECIDED[review.decision])
        lines.append(Text(printable(" · ".join([decided, *filter(None, facts)])), style="bold", overflow="fold"))
    covered = len(reviewed.verdict.covered)
    if covered and not any(review.decision in {"confirm", "dismiss"} for review in reviewed.decisions.values()):
        lines.append(Text(session.say(_COVERED, count=covered), style="bold"))
    return lines


def opinion_block(opinion: ListingOpinion, book: Rulebook, session: Session) -> RenderableType:
    """Return what a model makes of one listing: its claims that hold, and how much was turned down."""
    chinese = session.language == "zh"
    models = "、".join(opinion.model_ids)
    head = Text.assemble((session.say(_OPINION), "bold"), "  ", (printable(models), QUIET))
    lines: list[RenderableType] = [head]
    if not opinion.findings:
        lines.append(indented(Text(session.say(_SAW_NOTHING, count=opinion.asked), style=QUIET), 2))
    for item in opinion.findings:
        category = book.categories.get(item.category)
        name = item.category if category is None else category.zh if chinese else category.en
        sure = session.say(_SURE, share=item.confidence)
        lines.append(indented(Text.assemble((name, "bold"), "  ", (sure, QUIET)), 2))
        lines.append(indented(Paragraph(item.reason), 4))
        lines += [indented(line, 4) for line in marked_lines(item.places, session)[:_MOST_LINES]]
        for law in item.laws:
            text = f"《{law.law}》（{law.version}）{law.article}"
            lines.append(indented(Paragraph(text, style=ACCENT), 4))
    if opinion.rejections:
        lines.append(indented(Text(session.say(_TURNED_DOWN, count=len(opinion.rejections)), style=QUIET), 2))
    return Group(*lines)


def summary_page(
    statuses: Mapping[str, int], categories: Mapping[str, Mapping[str, int]], book: Rulebook, session: Session
) -> RenderableType:
    """Return how many listings have each status and each type of violation."""
    table = Table(box=None, pad_edge=False)
    for label in (_TYPE, STATUSES["suspected"], STATUSES["review"]):
        table.add_column(session.say(label), overflow="fold")
    for code, counts in sorted(categories.items(), key=lambda item: -item[1].get("suspected", 0)):
        category = book.categories.get(code)
        name = code if category is None else category.zh if session.language == "zh" else category.en
        table.add_row(name, str(counts.get("suspected", 0)), str(counts.get("review", 0)))
    total = " · ".join(f"{session.say(STATUSES[name])} {count}" for name, count in statuses.items())
    return Group(table, Text(""), Text(total, style=QUIET))
