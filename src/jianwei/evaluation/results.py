"""What an evaluation found, and the JSON file that keeps it so that a later one can be compared with it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from jianwei.errors import JudgementError
from jianwei.metrics.paired import Difference, Interval
from jianwei.system_words import why

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FORMAT = "jianwei-evaluation"
FORMAT_VERSION = 1


@dataclass(frozen=True, slots=True)
class QueryOutcome:
    """What one query got in one variant: its metrics (none where it has no relevant id) and the first ids found."""

    metrics: Mapping[str, float]
    first: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VariantOutcome:
    """What one way to search reached over all queries.

    `against_default` compares it with the default, query by query; empty for the default itself. `no_match` is the
    share of the queries without any relevant id that got no hit; None where there is no such query.
    """

    name: str
    kind: str
    channels: tuple[str, ...]
    fusion: str
    metrics: Mapping[str, Interval]
    against_default: Mapping[str, Difference]
    no_match: float | None
    elapsed_ms_p50: float
    elapsed_ms_p95: float
    queries: Mapping[str, QueryOutcome]


@dataclass(frozen=True, slots=True)
class QueryText:
    """One query for the reader of a report."""

    words: str
    picture: str
    kind: str
    relevant: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class CrossModal:
    """Percentages of one vector space by the rules of Chinese-CLIP, in both directions.

    Only with none `missing` are they what the papers print: it counts judged pictures without a vector.
    """

    space: str
    text_to_picture: Mapping[str, float]
    picture_to_text: Mapping[str, float]
    texts: int
    pictures: int
    missing: int


@dataclass(frozen=True, slots=True)
class Evaluation:
    """One whole evaluation. The default is the first of `variants`."""

    judgements: str
    made_at: str
    library: Mapping[str, int | str]
    queries: Mapping[str, QueryText]
    variants: tuple[VariantOutcome, ...]
    kinds: Mapping[str, Mapping[str, Interval]]
    notices: tuple[tuple[str, str], ...] = ()
    cross_modal: tuple[CrossModal, ...] = field(default=())

    def answerable(self) -> int:
        """Count the queries that have a relevant id."""
        return sum(1 for query in self.queries.values() if query.relevant)


def evaluation_json(evaluation: Evaluation) -> dict[str, Any]:
    """Return the evaluation as JSON values."""
    return {"format": FORMAT, "version": FORMAT_VERSION, **asdict(evaluation)}


def read_evaluation(path: Path) -> Evaluation:
    """Return the evaluation that a file keeps.

    Raises:
        JudgementError: there is none, or it is not one of ours.
    """
    try:
        value = orjson.loads(path.read_bytes())
        if value.pop("format") != FORMAT or value.pop("version") != FORMAT_VERSION:
            raise ValueError("another format")  # noqa: TRY301  # one place words the refusal
        return _evaluation(value)
    except OSError as error:
        raise JudgementError(
            f"{path} cannot be read: {why(error).en}.", zh=f"无法读取 {path}：{why(error).zh}。", path=str(path)
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise JudgementError(
            f"{path} is no result of jianwei evaluate. Make one with: jianwei evaluate --output FILE.json",
            zh=f"{path} 不是 jianwei evaluate 的结果。可这样生成：jianwei evaluate --output 文件.json",
            path=str(path),
        ) from error


def _evaluation(value: dict[str, Any]) -> Evaluation:
    return Evaluation(
        judgements=value["judgements"],
        made_at=value["made_at"],
        library=value["library"],
        queries={name: QueryText(**query) for name, query in value["queries"].items()},
        variants=tuple(_variant(variant) for variant in value["variants"]),
        kinds={kind: _intervals(metrics) for kind, metrics in value["kinds"].items()},
        notices=tuple((english, chinese) for english, chinese in value["notices"]),
        cross_modal=tuple(CrossModal(**scores) for scores in value["cross_modal"]),
    )


def _variant(value: dict[str, Any]) -> VariantOutcome:
    differences = {
        metric: Difference(**{**difference, "interval": Interval(**difference["interval"])})
        for metric, difference in value["against_default"].items()
    }
    queries = {
        name: QueryOutcome(outcome["metrics"], tuple(outcome["first"])) for name, outcome in value["queries"].items()
    }
    changed = {
        "channels": tuple(value["channels"]),
        "metrics": _intervals(value["metrics"]),
        "against_default": differences,
        "queries": queries,
    }
    return VariantOutcome(**{**value, **changed})


def _intervals(value: dict[str, Any]) -> dict[str, Interval]:
    return {metric: Interval(**interval) for metric, interval in value.items()}
