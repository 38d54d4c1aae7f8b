from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from jianwei.errors import MissingPackageError, ModelError
from jianwei.ocr.model_files import ModelFiles, find_model_files

if TYPE_CHECKING:
    from pathlib import Path


def test_models_are_found_without_importing_the_package() -> None:
    before = "rapidocr" in sys.modules
    files = find_model_files()
    assert files.detection.is_file()
    assert files.recognition.is_file()
    assert ("rapidocr" in sys.modules) == before


def test_a_missing_package_is_named_with_the_command_that_installs_it() -> None:
    with pytest.raises(MissingPackageError, match="pip install") as caught:
        find_model_files("no_such_package_anywhere")
    assert "pip install" in caught.value.message_zh


def test_a_package_without_the_models_is_refused() -> None:
    with pytest.raises(ModelError, match="PP-OCRv6_det_small"):
        find_model_files("hypothesis")


def test_the_digest_tells_models_apart(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_bytes(b"a")
    second.write_bytes(b"b")
    assert ModelFiles(first, second).digest() != ModelFiles(second, first).digest()
    assert ModelFiles(first, second).digest() == ModelFiles(first, second).digest()
    assert len(ModelFiles(first, second).digest()) == 64
