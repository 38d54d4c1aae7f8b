"""Imports the reference implementations, or skips visibly where they are not installed (see `make test-reference`)."""

from __future__ import annotations

import importlib
import warnings
from functools import cache
from typing import Any

import pytest


def reference_package(name: str) -> Any:
    """Import a module of a reference package; the test that asks is skipped where it is absent."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what these packages warn of at import is none of our tests' business
        try:
            importlib.import_module("torch")
            _define_missing_operators()
            return importlib.import_module(name)
        except ModuleNotFoundError as error:
            pytest.skip(f"{error.name} is not installed; run: make test-reference")


@cache
def _define_missing_operators() -> Any:
    # torchvision without its operator library (there is none for torch's processor-only builds) imports once the two
    # operators exist that it registers shapes for; nothing here calls them. The library must stay referenced.
    import torch

    if hasattr(torch.ops.torchvision, "nms"):
        return None
    library: Any = torch.library.Library
    definitions = library("torchvision", "DEF")
    for operator in ("nms", "qnms"):
        definitions.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    return definitions
