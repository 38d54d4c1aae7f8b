"""The report of an evidence package: what was found where, under which law, with the pictures, as a PDF.

For the person who files it, in that person's language, so it says on every page that it is a lead and not a finding of
illegality. What a listing says and what laws are called stands as it is; in an English report a gloss follows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jianwei.bilingual import Both
from jianwei.export.evidence.fonts import chinese_font
from jianwei.export.evidence.story import Story
from jianwei.ports.findings import MODEL_VIEW, SUREST, status_of
from jianwei.risk.opinions.article_gloss import law_gloss
from jianwei.wall_clock import as_read, to_the_second

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from jianwei.errors import Language
    from jianwei.export.evidence.contents import EvidenceContents, EvidencePicture
    from jianwei.ports.findings import Finding, LawCitation, Screening
    from jianwei.risk.rules import ContactKind, IdentifierKind, Rulebook

_TITLE = Both("Report on a lead: {listing_id}", "线索核查报告 {listing_id}")
_LEAD = Both(
    "A lead (suspected) made by a tool's screening, not a finding of illegality; that is for officers to establish.",
    "本报告为线索（疑似），由工具筛查生成，不构成违法认定；认定须经执法人员核实。",
)
_PAGE = Both("Page {number}", "第 {number} 页")
_STATUS = {
    "confirmed": Both("confirmed by a reviewer", "已由人工确认"),
    "suspected": Both("suspected", "疑似违法"),
    "review": Both("to be looked at", "待核查"),
    "dismissed": Both("dismissed by a reviewer", "已由人工排除"),
    "clear": Both("nothing found", "未发现"),
}
_HOW_SURE = {
    "suspected": Both("{share:.0%}: suspected by this reason alone", "{share:.0%}：仅据此项即列为疑似"),
    "review": Both("{share:.0%}: to be looked at by this reason alone", "{share:.0%}：仅据此项列为待核查"),
    "clear": Both("{share:.0%}: a hint, counts together with others", "{share:.0%}：提示，与其他依据一并计算"),
}
_ROLES = {
    "prohibition": Both("Prohibition", "禁止"),
    "penalty": Both("Penalty", "罚则"),
    "interpretation": Both("Interpretation", "解释"),
    "criminal": Both("Criminal law", "刑事"),
}
_DECISIONS = {
    "confirm": Both("confirmed", "确认"),
    "dismiss": Both("dismissed", "排除"),
    "assign": Both("assigned", "指派"),
    "reopen": Both("reopened", "重新打开"),
}
_PROBLEMS = {
    "check-digit": Both("check digit is wrong", "校验码不符"),
    "class": Both("no such class", "类别不存在"),
}
_CHAPTERS = {
    "listing": Both("1. Listing", "一、商品"),
    "screening": Both("2. Screening", "二、筛查结果"),
    "decisions": Both("3. Decisions of people", "三、人工决定"),
    "pictures": Both("4. Pictures", "四、图片"),
    "origin": Both("5. How this was made", "五、制作"),
}
_PICTURE = Both("picture", "图片")


def report_pdf(
    contents: EvidenceContents, book: Rulebook, *, language: Language, made_at: str, tool: str, made_by: str
) -> bytes:
    """Return the PDF. `book` names categories, laws and numbers; `made_at` is the moment that stands on it."""
    story = report_story(contents, book, language=language, made_at=made_at, tool=tool, made_by=made_by)
    title = story.say(_TITLE, listing_id=contents.view.listing.listing_id)
    return story.pdf(title=title, author=made_by or tool, foot=story.say(_LEAD), page=_PAGE)


def report_story(
    contents: EvidenceContents, book: Rulebook, *, language: Language, made_at: str, tool: str, made_by: str
) -> Story:
    """Return all that the report says, in its order."""
    story = Story(chinese_font(), language)
    story.heading(story.say(_TITLE, listing_id=contents.view.listing.listing_id))
    story.text(story.say(_LEAD))
    _listing(story, contents)
    _findings(story, contents, book)
    _decisions(story, contents, book)
    _pictures(story, contents.pictures)
    _origin(story, contents, made_at=made_at, tool=tool, made_by=made_by)
    return story


def _listing(story: Story, contents: EvidenceContents) -> None:
    listing = contents.view.listing
    captured = story.say(Both("unknown", "未知")) if listing.captured_at is None else to_the_second(listing.captured_at)
    story.chapter(story.say(_CHAPTERS["listing"]))
    story.table(
        [
            (story.say(Both("Title", "商品标题")), listing.title),
            (story.say(Both("Platform", "平台")), listing.platform),
            (story.say(Both("Shop", "店铺")), listing.shop),
            (story.say(Both("Listing id", "商品编号")), listing.listing_id),
            (story.say(Both("Address", "网址")), listing.url),
            (story.say(Both("Price", "价格")), "" if listing.price is None else f"{listing.price:g}"),
            (story.say(Both("Captured at", "采集时间")), captured),
        ]
    )


def _findings(story: Story, contents: EvidenceContents, book: Rulebook) -> None:
    story.chapter(story.say(_CHAPTERS["screening"]))
    if contents.reviewed is None:
        story.text(story.say(Both("It was never screened.", "尚未筛查。")))
        return
    verdict = contents.reviewed.verdict
    screening = contents.reviewed.screened.result.screening
    conclusion = Both("Verdict: {status} ({version})", "结论：{status}（{version}）")
    version = _version(story, screening.rulebook_version)
    story.text(story.say(conclusion, status=story.say(_STATUS[verdict.status]), version=version))
    for code, status in verdict.categories.items():
        title = Both("▎{category}: {status}", "▎{category}：{status}")
        named = story.say(title, category=_category(story, code, book), status=story.say(_STATUS[status]))
        story.text(named, with_next=True)
        of_category = [item for item in screening.findings if item.category == code]
        for finding in of_category:
            _finding(story, finding, contents)
        if cited := _cited(story, (law for finding in of_category for law in finding.laws), book):
            story.table(cited)
    _opinion(story, contents, book)
    _numbers(story, screening, book)


def _category(story: Story, code: str, book: Rulebook) -> str:
    known = book.categories.get(code)
    return story.say(Both(known.en, known.zh)) if known else code


def _version(story: Story, screened_by: str) -> str:
    rules, _, model = screened_by.partition("+")
    told = story.say(Both("rulebook {rules}", "规则库版本 {rules}"), rules=rules)
    return told + (story.say(Both(", text model {model}", "，文本模型版本 {model}"), model=model) if model else "")


def _finding(story: Story, finding: Finding, contents: EvidenceContents) -> None:
    learnt = finding.view == MODEL_VIEW
    in_text = story.say(Both("text of the listing", "商品文字"))
    where = [
        in_text if place.picture_no is None else _file_of(story, place.picture_no, contents) for place in finding.places
    ]
    by_rule = Both("rule {rule_id}", "规则 {rule_id}")
    by_model = Both("a text model, learnt from examples, not a rule", "文本模型，由示例文字学得，并非规则")
    absent = "" if learnt else story.say(Both("(what should be there is missing)", "（缺少应有的内容）"))
    words = Both("What weighed most", "影响最大的文字") if learnt else Both("Words", "文字")
    proposed = story.say(by_model) if learnt else story.say(by_rule, rule_id=finding.rule_id)
    sure = story.say(_HOW_SURE[status_of(finding.score)], share=min(finding.score, SUREST))
    story.table(
        [
            (story.say(Both("Proposed by", "提出")), proposed),
            (story.say(Both("How sure", "把握")), sure),
            (story.say(words), _listed(story, finding.seen) or absent),
            (story.say(Both("Where", "位置")), _listed(story, dict.fromkeys(where))),
            (story.say(Both("Why", "说明")), story.say(Both(finding.explain, finding.explain_zh))),
        ]
    )


def _file_of(story: Story, picture_no: int, contents: EvidenceContents) -> str:
    """Return the name that a picture has in the package."""
    names = (item.file_name for item in contents.pictures if item.view.picture.picture_no == picture_no)
    return next(names, story.say(_PICTURE))


def _listed(story: Story, parts: Iterable[str]) -> str:
    return story.say(Both(", ", "、")).join(parts)


def _cited(story: Story, laws: Iterable[LawCitation], book: Rulebook) -> list[tuple[str, str]]:
    """Return a row for each article, once: as it is cited, and in an English report what that says."""
    rows = []
    for law in dict.fromkeys(laws):
        cited = f"《{law.law}》（{law.version}）{law.article}"
        gloss = law_gloss(law, book.laws) if story.language == "en" else ""
        rows.append((story.say(_ROLES[law.role]), f"{cited}\n{gloss}" if gloss else cited))
    return rows


def _opinion(story: Story, contents: EvidenceContents, book: Rulebook) -> None:
    opinion = contents.opinion
    if opinion is None:
        return
    head = Both(
        "▎Second opinion of a model ({models}, {asked_at}): made by a model, a lead only, not checked by a person; "
        "it changes nothing that rules found",
        "▎模型第二意见（{models}，{asked_at}）：由模型生成，仅为线索，未经人工核实，不改变规则的发现",
    )
    asked_at = to_the_second(opinion.asked_at)
    story.text(story.say(head, models=_listed(story, opinion.model_ids), asked_at=asked_at))
    sure = Both("{model_id} (says it is {share:.0%} sure)", "{model_id}（自称把握 {share:.0%}）")
    for item in opinion.findings:
        by_picture = story.say(Both("(judged by the picture)", "（依画面判断）"))
        rows = [
            (story.say(Both("Suspected type", "疑似类型")), _category(story, item.category, book)),
            (story.say(Both("Words it quotes", "引用原文")), _listed(story, item.quotes) or by_picture),
            (story.say(Both("Picture", "图片")), _file_of(story, item.picture_no, contents)),
            (story.say(Both("Why", "理由")), item.reason),
            (story.say(Both("Model", "模型")), story.say(sure, model_id=item.model_id, share=item.confidence)),
            *_cited(story, item.laws, book),
        ]
        story.table(rows)
    if not opinion.findings:
        nothing = Both("It looked at {count} pictures and names nothing.", "看过 {count} 张图片，未指出疑点。")
        story.text(story.say(nothing, count=opinion.asked))


def _numbers(story: Story, screening: Screening, book: Rulebook) -> None:
    kinds: dict[str, IdentifierKind | ContactKind] = {**book.identifiers, **book.contacts}
    names = {name: story.say(Both(kind.en, kind.zh)) for name, kind in kinds.items()}
    numbers = []
    for item in screening.identifiers:
        problem = story.say(_PROBLEMS[item.problem]) if item.problem in _PROBLEMS else item.problem
        numbers.append((names.get(item.kind, item.kind), f"{item.value} {problem}".strip()))
    contacts = [(names.get(item.kind, item.kind), item.value) for item in screening.contacts if not item.public]
    titles = (Both("Numbers that were read", "识别到的编号"), Both("Contacts that were read", "识别到的联系方式"))
    for title, rows in zip(titles, (numbers, contacts), strict=True):
        if rows:
            story.text(story.say(title), with_next=True)
            story.table(rows)


def _decisions(story: Story, contents: EvidenceContents, book: Rulebook) -> None:
    if not contents.history:
        return
    story.chapter(story.say(_CHAPTERS["decisions"]))
    for review in contents.history:
        decision = story.say(_DECISIONS[review.decision])
        said = f"{to_the_second(review.decided_at)} {review.reviewer} {decision}"
        category = _category(story, review.category, book)
        story.text(" ".join(part for part in (said, category, review.assignee, review.reason) if part))


def _pictures(story: Story, pictures: Sequence[EvidencePicture]) -> None:
    story.chapter(story.say(_CHAPTERS["pictures"]))
    size = Both("{name} ({width} × {height}, {bytes:,} bytes)", "{name}（{width} × {height}，{bytes:,} 字节）")
    for picture in pictures:
        facts = picture.view.picture.facts
        told = story.say(
            size, name=picture.file_name, width=facts.width_px, height=facts.height_px, bytes=facts.size_bytes
        )
        story.text(told, with_next=True)
        story.text(f"SHA-256 {facts.sha256}", small=True, with_next=True)
        place = picture.view.picture.location
        story.text(story.say(Both("From {place}", "来源 {place}"), place=place), small=True, with_next=True)
        if picture.data is None:
            problem = "" if picture.problem is None else picture.problem.say(story.language)
            story.text(
                story.say(Both("The original cannot be had: {problem}", "原件无法取得：{problem}"), problem=problem)
            )
        elif picture.marked is not None:
            framed = story.say(Both("Red frames: what the screening points at", "红框为筛查指出的位置："))
            story.text(framed, small=True, with_next=True)
            story.picture(picture.marked)
        else:
            story.picture(picture.data)


def _origin(story: Story, contents: EvidenceContents, *, made_at: str, tool: str, made_by: str) -> None:
    screened = (
        _version(story, contents.rulebook_version)
        if contents.rulebook_version
        else story.say(Both("not screened", "未筛查"))
    )
    how = Both(
        "jianwei evidence verify FILE.zip; compare the SHA-256 of each file, and check the chain of hashes of the log.",
        "jianwei evidence verify 文件.zip；逐个文件比对 SHA-256，并检查日志的哈希链。",
    )
    story.chapter(story.say(_CHAPTERS["origin"]))
    story.table(
        [
            (story.say(Both("Made at", "制作时间")), as_read(made_at)),
            (story.say(Both("Made with", "制作工具")), tool),
            (story.say(Both("Made by", "制作人")), made_by or story.say(Both("not stated", "未注明"))),
            (story.say(Both("Screened by", "筛查版本")), screened),
            (story.say(Both("How to check", "校验方法")), story.say(how)),
        ]
    )
