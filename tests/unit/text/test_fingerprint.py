from __future__ import annotations

import hashlib

from jianwei.text.fingerprint import text_sha256


def test_a_text_is_named_by_its_utf8_without_the_space_around_it() -> None:
    assert text_sha256(" 芦荟 胶囊\n") == hashlib.sha256("芦荟 胶囊".encode()).hexdigest()
    assert text_sha256("芦荟 胶囊") != text_sha256("芦荟胶囊")


def test_broken_text_has_a_name_too() -> None:
    assert text_sha256("半个\ud83d") != text_sha256("半个")
