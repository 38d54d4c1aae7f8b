from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from jianwei.cli.app import build_app

if TYPE_CHECKING:
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


LINES = (("rules", "test", "蓝莓闪电"), ("screen", "--texts", "texts.jsonl"))


@pytest.fixture(scope="module")
def environments(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, str], dict[str, str]]:
    """Rules in order and broken ones, read once for both languages: all packaged rules are read with them."""
    folder = tmp_path_factory.mktemp("notices")
    (folder / "texts.jsonl").write_text('{"id": 1, "text": "蓝莓闪电"}\n', "utf-8")

    def environment(name: str, rules: str) -> dict[str, str]:
        categories = folder / name / "categories"
        categories.mkdir(parents=True)
        (categories / "my_own.yaml").write_text(rules, "utf-8")
        return {
            "JIANWEI_LIBRARY": str(folder / "library"),
            "JIANWEI_RULES_FOLDER": str(folder / name),
            "JIANWEI_BROKEN_RULES": "skip",
        }

    return environment("in_order", RULES), environment("broken", RULES.replace("high", "hight"))


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "in rule files is left out (JIANWEI_BROKEN_RULES=skip)"), ("zh", "规则文件有 1 处错误，已跳过")],
)
def test_who_skips_broken_rules_is_told_so_by_every_screening(
    environments: tuple[dict[str, str], dict[str, str]], monkeypatch: pytest.MonkeyPatch, language: Language, words: str
) -> None:
    in_order, broken = environments
    monkeypatch.chdir(Path(in_order["JIANWEI_RULES_FOLDER"]).parent)
    for line in LINES:
        told = CliRunner().invoke(build_app(language, in_order, line), list(line))
        assert (told.exit_code, told.stderr) == (0, "")
        told = CliRunner().invoke(build_app(language, broken, line), list(line))
        assert told.exit_code == 0
        assert words in told.stderr
