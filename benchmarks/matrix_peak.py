"""What a processor reaches in the best of cases: one large matrix product, by the library that runs the models."""

from __future__ import annotations

import time
from typing import Literal

import numpy as np

_SIDE = 4096
_TRIES = 8


def measured_peak(arithmetic: Literal["f32", "bf16"], *, cores: int) -> float:
    """Return operations per second of a product of two 4096 × 4096 matrices, the best of 8 tries."""
    import openvino
    from openvino import opset13 as operators

    rng = np.random.default_rng(0)
    left = operators.parameter([_SIDE, _SIDE], np.float32)
    right = operators.constant(rng.standard_normal((_SIDE, _SIDE), np.float32))
    # Summed up in the end, so that copying 64 MB of results is not part of what is measured.
    total = operators.reduce_sum(
        operators.matmul(left, right, transpose_a=False, transpose_b=False), np.array([0]), keep_dims=False
    )
    model = openvino.Model([total], [left], "peak")
    properties = {"NUM_STREAMS": 1, "INFERENCE_NUM_THREADS": cores, "INFERENCE_PRECISION_HINT": arithmetic}
    request = openvino.Core().compile_model(model, "CPU", properties).create_infer_request()
    matrix = rng.standard_normal((_SIDE, _SIDE), np.float32)
    took_s = []
    for _ in range(_TRIES):
        started = time.perf_counter()
        request.infer([matrix], share_inputs=True)
        took_s.append(time.perf_counter() - started)
    return 2 * _SIDE**3 / min(took_s)
