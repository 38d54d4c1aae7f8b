"""Observe how large the values of a network get on real inputs, to calculate its products in int8.

The network is built once more with the largest magnitude of every channel as its output, so that any runtime can
observe it. Products of a single row per input, the projections at the end, stay in float: they cost nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from jianwei.encoders.conversion.graph import Graph
from jianwei.encoders.conversion.measuring import embeddings
from jianwei.encoders.conversion.quantisation import Quantisation, quantisation_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from jianwei.encoders.conversion.stored_tensors import StoredTensor
    from jianwei.runtime.sessions import NamedInputs

_IN_FLOAT = (".projection.weight", "image.pool.output.weight")


def calibrate(
    build: Callable[[Graph], str], tensors: Mapping[str, StoredTensor], inputs: NamedInputs, workspace: Path
) -> dict[str, Quantisation]:
    """Return the quantisation of every large product of a tower, by the name of its matrix.

    `build` adds the tower to a graph, `inputs` are observed, `workspace` is a folder for the observing network.

    Raises:
        ModelError: the network cannot be run.
        OSError: the disk is full or cannot be written.
    """
    graph = Graph(tensors)
    build(graph)
    users: dict[str, list[str]] = {}
    for value, name in graph.products:
        if not name.endswith(_IN_FLOAT):
            users.setdefault(value, []).append(name)
    peaks = [graph.node("ReduceMax", graph.node("Abs", value), graph.integers(1), keepdims=0) for value in users]
    matrices = {name: graph.stored(name) for names in users.values() for name in names}
    widths = [matrices[names[0]].shape[0] for names in users.values()]
    path = workspace / "observed.onnx"
    files = graph.write(path, graph.node("Concat", *peaks, axis=1), sum(widths))
    observed = embeddings(path, inputs).max(axis=0)
    for file in files:
        file.unlink()
    found: dict[str, Quantisation] = {}
    for names, largest in zip(users.values(), np.split(observed, np.cumsum(widths)[:-1]), strict=True):
        quantisation = quantisation_of(largest, [matrices[name] for name in names])
        found |= dict.fromkeys(names, quantisation)
    return found
