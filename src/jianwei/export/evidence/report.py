"""The report of an evidence package: what was found where, under which law, with the pictures, as a PDF in Chinese.

For the person who files it, so it says on every page that it is a lead and not a finding of illegality.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from jianwei.export.evidence.fonts import chinese_font
from jianwei.ports.findings import MODEL_VIEW

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jianwei.export.evidence.contents import EvidenceContents, EvidencePicture
    from jianwei.ports.findings import Finding
    from jianwei.risk.rules import Category

_LEAD = "本报告为线索（疑似），由工具筛查生成，不构成违法认定；认定须经执法人员核实。"
_STATUS = {
    "confirmed": "已由人工确认",
    "suspected": "疑似违法",
    "review": "待核查",
    "dismissed": "已由人工排除",
    "clear": "未发现",
}
_ROLES = {"prohibition": "禁止", "penalty": "罚则", "interpretation": "解释", "criminal": "刑事"}
_DECISIONS = {"confirm": "确认", "dismiss": "排除", "assign": "指派", "reopen": "重新打开"}
_LONGEST_PICTURE_PX = 1400
_PICTURE_WIDTH_PT = 400
_PICTURE_HEIGHT_PT = 560


def report_pdf(
    contents: EvidenceContents, categories: Mapping[str, Category], *, made_at: str, tool: str, made_by: str
) -> bytes:
    """Return the PDF. `categories` name the codes; `made_at` is the moment that stands on it."""
    from reportlab.lib.pagesizes import A4
    from reportlab.platypus import SimpleDocTemplate

    stream = io.BytesIO()
    font = chinese_font()
    title = f"线索核查报告 {contents.view.listing.listing_id}"
    document = SimpleDocTemplate(
        stream,
        pagesize=A4,
        title=title,
        author=made_by or tool,
        subject=_LEAD,
        invariant=1,
        leftMargin=50,
        rightMargin=50,
    )
    story = _Story(font)
    story.heading(title)
    story.text(_LEAD)
    _listing(story, contents)
    _findings(story, contents, categories)
    _decisions(story, contents)
    _pictures(story, contents.pictures)
    _origin(story, contents, made_at=made_at, tool=tool, made_by=made_by)

    def foot(canvas: Any, page: Any) -> None:  # noqa: ANN401  # reportlab's own objects
        canvas.setFont(font, 8)
        canvas.drawString(50, 28, _LEAD)
        canvas.drawRightString(A4[0] - 50, 28, f"第 {page.page} 页")

    document.build(story.parts, onFirstPage=foot, onLaterPages=foot)
    return stream.getvalue()


class _Story:
    """The parts of a report in their order. Whatever comes from a listing is shown as text, never as markup."""

    def __init__(self, font: str) -> None:
        from reportlab.lib.styles import ParagraphStyle

        self.parts: list[Any] = []
        self._font = font
        self._body = ParagraphStyle("body", fontName=font, fontSize=10, leading=15, wordWrap="CJK")
        self._small = ParagraphStyle("small", parent=self._body, fontSize=8, leading=12)
        self._heads = ParagraphStyle("head", parent=self._body, fontSize=15, leading=24, spaceAfter=4)
        self._chapter = ParagraphStyle("chapter", parent=self._body, fontSize=12, leading=20, spaceBefore=10)

    def heading(self, text: str) -> None:
        self._add(text, self._heads)

    def chapter(self, text: str) -> None:
        self._add(text, self._chapter)

    def text(self, text: str, *, small: bool = False, with_next: bool = False) -> None:
        """Add a paragraph; `with_next` keeps it on the page of what follows."""
        self._add(text, self._small if small else self._body)
        self.parts[-1].keepWithNext = with_next

    def table(self, rows: Sequence[tuple[str, str]]) -> None:
        from reportlab.platypus import Paragraph, Table

        shown = [
            (Paragraph(escape(name), self._body), Paragraph(_printable(value), self._body)) for name, value in rows
        ]
        grid = [("VALIGN", (0, 0), (-1, -1), "TOP"), ("LINEBELOW", (0, 0), (-1, -1), 0.25, "#cccccc")]
        self.parts.append(Table(shown, colWidths=(80, 415), style=grid))

    def picture(self, data: bytes) -> None:
        from PIL import Image as Pixels
        from reportlab.platypus import Image

        with Pixels.open(io.BytesIO(data)) as opened:
            picture = opened.convert("RGB")
        picture.thumbnail((_LONGEST_PICTURE_PX, _LONGEST_PICTURE_PX * 2))
        stream = io.BytesIO()
        picture.save(stream, "JPEG", quality=85)
        scale = min(_PICTURE_WIDTH_PT / picture.width, _PICTURE_HEIGHT_PT / picture.height)
        self.parts.append(Image(stream, picture.width * scale, picture.height * scale))

    def _add(self, text: str, style: Any) -> None:  # noqa: ANN401  # reportlab's own object
        from reportlab.platypus import Paragraph

        self.parts.append(Paragraph(_printable(text), style))


def _printable(text: str) -> str:
    plain = "".join(character if character.isprintable() or character == "\n" else " " for character in text)
    return escape(plain).replace("\n", "<br/>") or "—"


def _listing(story: _Story, contents: EvidenceContents) -> None:
    listing = contents.view.listing
    story.chapter("一、商品")
    story.table(
        [
            ("商品标题", listing.title),
            ("平台", listing.platform),
            ("店铺", listing.shop),
            ("商品编号", listing.listing_id),
            ("网址", listing.url),
            ("价格", "" if listing.price is None else f"{listing.price:g}"),
            ("采集时间", "未知" if listing.captured_at is None else listing.captured_at.isoformat()),
        ]
    )


def _findings(story: _Story, contents: EvidenceContents, categories: Mapping[str, Category]) -> None:
    story.chapter("二、筛查结果")
    if contents.reviewed is None:
        story.text("尚未筛查。")
        return
    verdict = contents.reviewed.verdict
    screening = contents.reviewed.screened.result.screening
    story.text(f"结论：{_STATUS[verdict.status]}（{_version(screening.rulebook_version)}）")
    for code, status in verdict.categories.items():
        known = categories.get(code)
        story.text(f"▎{known.zh if known else code}：{_STATUS[status]}")
        for finding in (item for item in screening.findings if item.category == code):
            _finding(story, finding, contents)
    _opinion(story, contents, categories)
    numbers = [(item.kind, f"{item.value} {item.problem}") for item in screening.identifiers]
    contacts = [(item.kind, item.value) for item in screening.contacts if not item.public]
    for name, rows in (("识别到的编号", numbers), ("识别到的联系方式", contacts)):
        if rows:
            story.text(name)
            story.table(rows)


def _version(screened_by: str) -> str:
    rules, _, model = screened_by.partition("+")
    return f"规则库版本 {rules}，文本模型版本 {model}" if model else f"规则库版本 {rules}"


def _opinion(story: _Story, contents: EvidenceContents, categories: Mapping[str, Category]) -> None:
    opinion = contents.opinion
    if opinion is None:
        return
    asked = f"{'、'.join(opinion.model_ids)}，{opinion.asked_at.isoformat(timespec='seconds')}"
    story.text(f"▎模型第二意见（{asked}）：由模型生成，仅为线索，未经人工核实，不改变规则的发现")
    names = {picture.view.picture.picture_no: picture.file_name for picture in contents.pictures}
    for item in opinion.findings:
        known = categories.get(item.category)
        rows = [
            ("疑似类型", known.zh if known else item.category),
            ("引用原文", "、".join(item.quotes) or "（依画面判断）"),
            ("图片", names.get(item.picture_no, "图片")),
            ("理由", item.reason),
            ("模型", f"{item.model_id}（自称把握 {item.confidence:.0%}）"),
            *[(_ROLES.get(law.role, law.role), f"{law.law}（{law.version}）{law.article}") for law in item.laws],
        ]
        story.table(rows)
    if not opinion.findings:
        story.text(f"看过 {opinion.asked} 张图片，未指出疑点。")


def _finding(story: _Story, finding: Finding, contents: EvidenceContents) -> None:
    names = {picture.view.picture.picture_no: picture.file_name for picture in contents.pictures}
    where = [
        names.get(place.picture_no, "图片") if place.picture_no is not None else "商品文字" for place in finding.places
    ]
    learnt = finding.view == MODEL_VIEW
    rows = [
        ("提出", "文本模型，由示例文字学得，并非规则" if learnt else f"规则 {finding.rule_id}"),
        ("影响最大的文字" if learnt else "文字", "、".join(finding.seen) or ("" if learnt else "（缺少应有的内容）")),
        ("位置", "、".join(dict.fromkeys(where))),
        ("说明", finding.explain_zh),
        *[(_ROLES.get(law.role, law.role), f"{law.law}（{law.version}）{law.article}") for law in finding.laws],
    ]
    story.table(rows)


def _decisions(story: _Story, contents: EvidenceContents) -> None:
    if not contents.history:
        return
    story.chapter("三、人工决定")
    for review in contents.history:
        said = f"{review.decided_at.isoformat(timespec='seconds')} {review.reviewer} {_DECISIONS[review.decision]}"
        story.text(" ".join(part for part in (said, review.category, review.assignee, review.reason) if part))


def _pictures(story: _Story, pictures: Sequence[EvidencePicture]) -> None:
    story.chapter("四、图片")
    for picture in pictures:
        facts = picture.view.picture.facts
        story.text(
            f"{picture.file_name}（{facts.width_px} × {facts.height_px}，{facts.size_bytes:,} 字节）", with_next=True
        )
        story.text(f"SHA-256 {facts.sha256}", small=True, with_next=True)
        story.text(f"来源 {picture.view.picture.location}", small=True, with_next=True)
        if picture.data is None:
            story.text(f"原件无法取得：{picture.problem}")
        elif picture.marked is not None:
            story.text("红框为筛查指出的位置：", small=True, with_next=True)
            story.picture(picture.marked)
        else:
            story.picture(picture.data)


def _origin(story: _Story, contents: EvidenceContents, *, made_at: str, tool: str, made_by: str) -> None:
    story.chapter("五、制作")
    story.table(
        [
            ("制作时间", made_at),
            ("制作工具", tool),
            ("制作人", made_by or "未注明"),
            ("筛查版本", _version(contents.rulebook_version) if contents.rulebook_version else "未筛查"),
            ("校验方法", "jianwei evidence verify 文件.zip；逐个文件比对 SHA-256，并检查日志的哈希链。"),
        ]
    )
