from __future__ import annotations

import errno
import os

import pytest

from jianwei.system_words import why


@pytest.mark.parametrize(
    ("number", "chinese"),
    [(errno.ENOENT, "没有该文件或文件夹"), (errno.EACCES, "没有权限"), (errno.EISDIR, "是文件夹，不是文件")],
)
def test_usual_refusals_are_told_in_both_languages(number: int, chinese: str) -> None:
    said = why(OSError(number, os.strerror(number)))

    assert said.en == os.strerror(number)
    assert said.zh == chinese


def test_what_has_no_usual_number_keeps_its_words() -> None:
    assert why(OSError("the cable is out")).zh == "the cable is out"
    assert why(OSError(errno.EXDEV, "Invalid cross-device link")).zh == "Invalid cross-device link"
