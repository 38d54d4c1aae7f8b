"""`jianwei rules list|check|show|test`: what the rules are, whether they are in order, and what they find in a text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from jianwei.cli.exit_codes import FAILED, OK
from jianwei.cli.language import Both
from jianwei.cli.rule_notices import tell_left_out, tell_slow
from jianwei.cli.session import write_json
from jianwei.cli.specification import Command

if TYPE_CHECKING:
    from jianwei.cli.session import Session
    from jianwei.risk.rules import Rulebook


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesOptions:
    """Nothing beyond the common options."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesShowOptions:
    """Which category or rule to show."""

    name: Annotated[
        str,
        typer.Argument(metavar="NAME"),
        Both("Code of a category, or a rule as CATEGORY/ID.", "类别代码，或“类别代码/规则编号”。"),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class RulesTestOptions:
    """The text to try the rules on."""

    text: Annotated[
        list[str],
        typer.Argument(metavar="TEXT..."),
        Both("Text of a listing; - reads it from standard input.", "商品文字；- 表示从标准输入读取。"),
    ]
    category: Annotated[
        str,
        typer.Option("--category", metavar="NAME"),
        Both("What the platform files the listing under.", "平台上的商品类目。"),
    ] = ""
    price: Annotated[
        float | None, typer.Option("--price", metavar="PRICE", min=0), Both("Price of the listing.", "商品价格。")
    ] = None


def _list(_: RulesOptions, session: Session) -> int:
    book = _book(session)
    if session.json:
        from jianwei.export.json_risk import rulebook_json

        write_json(rulebook_json(book))
    else:
        from jianwei.cli.pages.rules_page import rules_page

        session.console().print(rules_page(book, session))
    return OK


def _check(_: RulesOptions, session: Session) -> int:
    from jianwei.library.rulebooks import rule_folders
    from jianwei.risk.patterns.check import check_patterns
    from jianwei.risk.rule_check import check_examples
    from jianwei.risk.rule_files.rulebook_files import load_rulebook
    from jianwei.risk.screener import Screener

    book = load_rulebook(rule_folders(session.settings(), session.library_path), broken="skip")
    problems = (*book.problems, *check_patterns(book.patterns), *check_examples(Screener(book)))
    if session.json:
        from jianwei.export.json_risk import check_json

        write_json(check_json(book, problems))
    else:
        from jianwei.cli.pages.rules_page import check_page

        session.console().print(check_page(book, problems, session))
    return FAILED if problems else OK


def _show(options: RulesShowOptions, session: Session) -> int:
    from jianwei.risk.rule_files.rulebook_files import found_category

    book = _book(session)
    category = found_category(book, options.name)
    if session.json:
        from jianwei.export.json_risk import category_json

        write_json(category_json(book, category))
    else:
        from jianwei.cli.pages.rules_page import category_page

        session.console().print(category_page(book, category, session))
    return OK


def _test(options: RulesTestOptions, session: Session) -> int:
    import sys
    from dataclasses import replace

    from jianwei.library.rulebooks import open_screener
    from jianwei.risk.rule_check import screen_example
    from jianwei.risk.rules import Example

    text = sys.stdin.read() if options.text == ["-"] else " ".join(options.text)
    screener = open_screener(replace(session.settings(), text_model=False), session.library_path)  # rules alone
    tell_left_out(screener.book, session)
    screening = screen_example(screener, Example(text, 0, options.category, options.price))
    if session.json:
        from jianwei.export.json_risk import screening_json

        write_json(screening_json(screening))
    else:
        from jianwei.cli.pages.findings_page import screening_page

        session.console().print(screening_page(screening, screener.book, session))
    tell_slow(screener.slow.counts, session)
    return OK


def _book(session: Session) -> Rulebook:
    from jianwei.library.rulebooks import open_rulebook

    return open_rulebook(session.settings(), session.library_path)


RULES_LIST = Command(
    details=Both(
        "Codes, names, severity, the articles cited today, and the version of the rulebook.",
        "显示类别代码、名称、严重程度、今日适用的条款，以及规则库版本。",
    ),
    options=RulesOptions,
    run=_list,
    examples=("jianwei rules list", "jianwei rules list --json"),
)
RULES_CHECK = Command(
    details=Both(
        "Names file and line of each mistake. The exit code is 1 where there is any.",
        "指出每处错误的文件与行号；有错误时退出码为 1。",
    ),
    options=RulesOptions,
    run=_check,
    examples=("jianwei rules check",),
)
RULES_SHOW = Command(
    details=Both(
        "Words, conditions, what excuses a match, examples, and the law with its versions.",
        "显示词语、条件、排除语境、样例，以及法律依据与各版本。",
    ),
    options=RulesShowOptions,
    run=_show,
    examples=("jianwei rules show absolute_claim", "jianwei rules show health_food_disease_claim/disease-words"),
)
RULES_TEST = Command(
    details=Both(
        "Shows what would be found on a listing with this text, and why. The first line counts as its title.",
        "显示以该文字为内容的商品会被发现什么、依据何在。第一行视为标题。",
    ),
    options=RulesTestOptions,
    run=_test,
    examples=('jianwei rules test "芦荟胶囊 根治便秘" --category 保健食品',),
)
