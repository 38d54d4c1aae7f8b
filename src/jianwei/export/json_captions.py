"""What describing pictures did, as a JSON object."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from jianwei.export.json_values import failure_json

if TYPE_CHECKING:
    from jianwei.export.json_shapes import FailureJson
    from jianwei.ingest.asking_run import AskingReport


class CaptionReportJson(TypedDict):
    """One run; `left` are pictures that the model has not described yet, `money` is by the prices of the settings."""

    model: str
    captions_added: int
    left: int
    prompt_tokens: int
    completion_tokens: int
    money: float
    failures: list[FailureJson]
    elapsed_s: float
    interrupted: bool
    budget_spent: bool


def caption_report_json(report: AskingReport) -> CaptionReportJson:
    """Return what one run did."""
    return {
        "model": report.model_id,
        "captions_added": report.added,
        "left": report.left,
        "prompt_tokens": report.prompt_tokens,
        "completion_tokens": report.completion_tokens,
        "money": round(report.money, 6),
        "failures": [failure_json(failure) for failure in report.failures],
        "elapsed_s": round(report.elapsed_s, 3),
        "interrupted": report.interrupted,
        "budget_spent": report.budget_spent,
    }
