from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from jianwei.cli.app import build_app

if TYPE_CHECKING:
    from pathlib import Path

    from jianwei.errors import Language

RULES = """\
category: my_own
zh: 甲
en: A
severity: high
law: [{law: 广告法, article: 第九条第三项}]
rules:
  - {id: one, weight: 0.9, phrases: [蓝莓闪电], match: [蓝莓闪电]}
"""


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "in rule files is left out (JIANWEI_BROKEN_RULES=skip)"), ("zh", "规则文件有 1 处错误，已跳过")],
)
def test_who_skips_broken_rules_is_told_so_by_every_screening(tmp_path: Path, language: Language, words: str) -> None:
    folder = tmp_path / "rules" / "categories"
    folder.mkdir(parents=True)
    (folder / "my_own.yaml").write_text(RULES, "utf-8")
    (tmp_path / "texts.jsonl").write_text('{"id": 1, "text": "蓝莓闪电"}\n', "utf-8")
    environment = {
        "JIANWEI_LIBRARY": str(tmp_path / "library"),
        "JIANWEI_RULES_FOLDER": str(tmp_path / "rules"),
        "JIANWEI_BROKEN_RULES": "skip",
    }
    lines = (("rules", "test", "蓝莓闪电"), ("screen", "--texts", str(tmp_path / "texts.jsonl")))
    for line in lines:
        in_order = CliRunner().invoke(build_app(language, environment, line), list(line))
        assert (in_order.exit_code, in_order.stderr) == (0, "")
    (folder / "my_own.yaml").write_text(RULES.replace("high", "hight"), "utf-8")
    for line in lines:
        broken = CliRunner().invoke(build_app(language, environment, line), list(line))
        assert broken.exit_code == 0
        assert words in broken.stderr
