"""The text model that is shipped is what the labelled texts teach: nobody changed one without the other."""

from __future__ import annotations

import importlib.util
import sys
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

if TYPE_CHECKING:
    from types import ModuleType

MAKER = Path(__file__).parents[2] / "docs" / "make_text_model.py"


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    pytest.importorskip("scipy")
    specification = importlib.util.spec_from_file_location("make_text_model", MAKER)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules["make_text_model"] = module  # its dataclasses look themselves up there
    specification.loader.exec_module(module)
    return module


def changed(data: bytes, name: str, value: Any) -> bytes:  # any array
    with np.load(BytesIO(data)) as file, BytesIO() as written:
        np.savez_compressed(written, **{**{key: file[key] for key in file.files}, name: value})
        return written.getvalue()


def test_the_shipped_model_is_what_the_labelled_texts_teach(maker: ModuleType) -> None:
    given = maker.labelled()
    texts = ~np.isin(given.sets, maker.ASIDE)
    kept = maker.SHIPPED.read_bytes()
    with np.load(BytesIO(kept)) as file:
        curves = file["curves"].tolist()
    made = maker.learnt(given, maker.features(given, texts), texts, *(tuple(each) for each in curves))
    assert maker.differences(made, kept) == []


def test_another_model_is_told_apart(maker: ModuleType) -> None:
    kept = maker.SHIPPED.read_bytes()
    with np.load(BytesIO(kept)) as file:
        weights, numbers, curves = file["weights"].copy(), file["numbers"].copy(), file["curves"].copy()
    weights[0, 0] = weights[0, 0] - 100 if weights[0, 0] > 0 else weights[0, 0] + 100
    assert maker.differences(kept, kept) == []
    assert maker.differences(changed(kept, "weights", weights), kept) == ["weights are up to 100 steps apart"]
    assert maker.differences(changed(kept, "numbers", numbers[:-1]), kept) == ["numbers differ"]
    assert maker.differences(changed(kept, "curves", curves * 1.1), kept) == ["curves differ"]
