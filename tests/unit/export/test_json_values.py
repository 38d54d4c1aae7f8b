from __future__ import annotations

import json
from typing import Any, NotRequired, get_origin, get_type_hints

import pytest
from tests.unit.export.answers import a_failure, a_hit, a_listing, a_report, a_result, a_view, some_stats
from tests.unit.export.model_answers import a_bench, a_checked_file, a_damaged_model, a_model

from jianwei.encoders.hub.known_models import KNOWN_MODELS
from jianwei.errors import NotFoundError
from jianwei.export import json_models, json_shapes, json_values
from jianwei.library.diagnosis import Check

ANSWERS: list[tuple[Any, type]] = [
    (json_values.listing_json(a_view()), json_shapes.ListingJson),
    (json_values.search_json(a_result(a_hit())), json_shapes.SearchJson),
    (json_values.ingest_json(a_report(a_failure())), json_shapes.IngestJson),
    (json_values.stats_json(some_stats()), json_shapes.StatsJson),
    (json_values.check_json(Check("ocr", "off", "off", "关闭")), json_shapes.CheckJson),
    (json_models.model_json(a_model()), json_models.ModelJson),
    (json_models.model_json(a_damaged_model()), json_models.ModelJson),
    (json_models.model_file_json(a_checked_file()), json_models.ModelFileJson),
    (json_models.known_model_json(KNOWN_MODELS[0], is_there=True), json_models.KnownModelJson),
    (json_models.bench_json(a_bench()), json_models.BenchJson),
]


@pytest.mark.parametrize(("value", "shape"), ANSWERS, ids=lambda item: getattr(item, "__name__", ""))
def test_an_object_has_exactly_the_fields_of_its_shape_down_to_the_leaves(value: Any, shape: Any) -> None:
    assert json.loads(json.dumps(value)) == value
    _assert_shape(value, shape)


def _assert_shape(value: Any, shape: Any) -> None:
    hints = get_type_hints(shape)
    told = get_type_hints(shape, include_extras=True)
    may_be_missing = {name for name, hint in told.items() if get_origin(hint) is NotRequired}
    assert set(hints) - may_be_missing <= set(value) <= set(hints)
    for name, hint in hints.items():
        if name not in value:
            continue
        inner = [part for part in (hint, *getattr(hint, "__args__", ())) if hasattr(part, "__total__")]
        items = value[name] if isinstance(value[name], list) else [value[name]]
        for item in items:
            if inner and item is not None:
                _assert_shape(item, inner[0])


def test_boxes_are_four_corners_rounded_to_a_tenth() -> None:
    line = json_values.listing_json(a_view())["pictures"][0]["lines"][0]

    assert line["box"] == [[12.0, 30.0], [212.0, 30.0], [212.0, 66.6], [12.0, 66.6]]


def test_unknown_values_are_null_and_not_missing() -> None:
    value = json_values.listing_json(a_view(price=None, captured_at=None, case=None))

    assert (value["price"], value["captured_at"], value["case"]) == (None, None, None)


def test_a_time_keeps_its_zone() -> None:
    assert json_values.listing_json(a_view())["captured_at"] == "2025-03-01T08:30:00+00:00"


def test_a_hit_says_that_its_listing_is_a_case() -> None:
    assert a_listing().case is not None
    assert json_values.hit_json(a_hit())["is_case"] is True
    assert json_values.hit_json(a_hit(case=None))["is_case"] is False


def test_a_fact_never_hides_the_code_or_the_message_of_an_error() -> None:
    error = NotFoundError("No such id.", zh="没有这个编号。", code="fact", listing_id="x")

    assert json_values.error_json(error, "zh") == {
        "error": {"code": "not-found", "message": "没有这个编号。", "listing_id": "x"}
    }
