from __future__ import annotations

import re
from dataclasses import fields

import pytest

from jianwei.encoders.hub.known_models import DEFAULT_MODEL, KNOWN_MODELS, KnownModel, find_model
from jianwei.errors import NotFoundError


def test_names_are_unique_and_can_be_folders() -> None:
    names = [model.name for model in KNOWN_MODELS]

    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z0-9][a-z0-9.-]+", name) for name in names)


@pytest.mark.parametrize("model", KNOWN_MODELS, ids=lambda model: model.name)
def test_every_model_says_what_it_understands_and_where_it_is(model: KnownModel) -> None:
    assert model.family
    assert model.languages
    assert model.dims > 0
    assert model.size_px > 0
    assert model.approximate_bytes > 100_000_000
    assert model.licence
    assert model.huggingface.count("/") == 1
    assert set(model.unread) <= {field.name for field in fields(KnownModel)}
    if model.tokenizer_of:
        assert find_model(model.tokenizer_of).family == model.family


def test_case_does_not_matter() -> None:
    assert find_model("Chinese-CLIP-ViT-Base-Patch16").name == DEFAULT_MODEL
    assert find_model("ofa-sys/Chinese-Clip-ViT-base-patch16").name == DEFAULT_MODEL


def test_a_repository_with_several_models_is_not_one_of_them() -> None:
    assert find_model("TencentARC/QA-CLIP").weights == ""


@pytest.mark.parametrize("name", ["", "x", "../etc", "/a/b", "a/b/c", "a//b", "https://huggingface.co/a/b", "a/.b"])
def test_what_is_neither_a_name_nor_a_hub_id_is_refused(name: str) -> None:
    with pytest.raises(NotFoundError, match="models list"):
        find_model(name)
