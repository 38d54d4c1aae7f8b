from __future__ import annotations

from tests.packaged_rules import packaged_book
from tests.unit.cli.pages.printing import printed

from jianwei.cli.common_options import CommonOptions
from jianwei.cli.pages.rules_page import check_page
from jianwei.cli.session import Session
from jianwei.risk.rule_nodes import RulePlace, RuleProblem

PLACE = RulePlace("/rules/categories/a.yaml", 7, 3, "a/one", "excuses[2].phrases[1]")
ONE = RuleProblem(PLACE, "what is wrong", "错误原因")
WHOLE = RuleProblem(RulePlace("/rules/b.yaml"), "nothing reads this file", "没有任何程序读取此文件")


def test_each_mistake_stands_under_its_file_line_rule_and_field() -> None:
    page = printed(check_page(packaged_book(), [ONE, WHOLE], Session("zh", CommonOptions(), {})))
    lines = [line.rstrip() for line in page.splitlines()]
    assert lines[1:] == [
        "2 处错误：",
        "/rules/categories/a.yaml:7，规则 a/one，字段 excuses[2].phrases[1]",
        "  错误原因",
        "/rules/b.yaml",
        "  没有任何程序读取此文件",
    ]


def test_a_single_mistake_is_one() -> None:
    assert "\n1 mistake:" in printed(check_page(packaged_book(), [ONE], Session("en", CommonOptions(), {})))
