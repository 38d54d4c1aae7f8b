from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.unit.cli.pages.printing import printed
from tests.unit.export.answers import a_failure

from jianwei.cli.common_options import CommonOptions
from jianwei.cli.pages.failure_list import failure_list
from jianwei.cli.pages.failure_reasons import reason_in_chinese
from jianwei.cli.session import Session
from jianwei.ingest.fetching.refusals import REASONS

DOCUMENT = Path(__file__).parents[4] / "docs" / "sources.md"
FIRST_CELLS = re.findall(
    r"^\| (`.+?`) \|", DOCUMENT.read_text("utf-8").partition("| reason of a record |")[2], re.MULTILINE
)
DOCUMENTED = {code for cell in FIRST_CELLS for code in re.findall(r"`([\w-]+)`", cell)}


def test_the_document_names_reasons() -> None:
    assert {"broken-json", "http-5xx", "not-found"} <= DOCUMENTED


OF_PICTURES = {"incomplete", "damaged", "truncated", "not-a-picture", "too-large", "out-of-memory"}
OF_MODELS = {"ocr-failed", "embed-failed", "caption-failed", "opinion-failed"}


@pytest.mark.parametrize("reason", sorted(DOCUMENTED | set(REASONS) | OF_PICTURES | OF_MODELS))
def test_each_reason_has_a_chinese_name_beside_its_code(reason: str) -> None:
    assert re.fullmatch(rf".*[\u4e00-\u9fff].*（{reason}）", reason_in_chinese(reason))


def test_a_reason_of_another_program_keeps_its_code() -> None:
    assert reason_in_chinese("sunspots") == "sunspots"


def test_failures_are_named_in_the_language_of_the_reader() -> None:
    failures = [a_failure("truncated"), a_failure("truncated")]
    assert "truncated: 2" in printed(failure_list(failures, Session("en", CommonOptions(), {})))
    assert "图片不完整（truncated）：2 项" in printed(failure_list(failures, Session("zh", CommonOptions(), {})))
