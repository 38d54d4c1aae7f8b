from __future__ import annotations

import pytest

from jianwei.runtime.opening import choose_runtime


@pytest.mark.parametrize(
    ("machine", "runtime"),
    [("x86_64", "openvino"), ("AMD64", "openvino"), ("aarch64", "onnxruntime"), ("arm64", "onnxruntime")],
)
def test_auto_takes_the_faster_runtime_of_the_processor(machine: str, runtime: str) -> None:
    assert choose_runtime("auto", machine=machine) == runtime


def test_a_named_runtime_is_taken_on_any_processor() -> None:
    assert choose_runtime("onnxruntime", machine="x86_64") == "onnxruntime"
    assert choose_runtime("openvino", machine="aarch64") == "openvino"
