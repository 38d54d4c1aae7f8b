"""Query pictures stay within their bounds while a server runs, not only when it starts."""

from __future__ import annotations

import io
import os
import threading
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from jianwei.library import Library
from jianwei.settings import Settings
from jianwei.web import query_pictures
from jianwei.web.query_pictures import QueryPictures

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MONTH_S = 30 * 24 * 3600


@pytest.fixture
def pictures(tmp_path: Path) -> Iterator[QueryPictures]:
    settings = Settings(ocr_engine="off")
    with Library.open(tmp_path / "library", settings=settings) as library:
        yield QueryPictures(tmp_path / "query-pictures", library, settings)


def noise(seed: int) -> bytes:
    """Return a picture of some ten thousand bytes."""
    data = io.BytesIO()
    Image.fromarray(np.random.default_rng(seed).integers(0, 256, (60, 60, 3), np.uint8)).save(data, "PNG")
    return data.getvalue()


def kept(tmp_path: Path) -> set[str]:
    return {file.name for file in (tmp_path / "query-pictures").iterdir()}


def age(tmp_path: Path, sha256: str, seconds: float) -> None:
    then = time.time() - seconds
    os.utime(tmp_path / "query-pictures" / sha256, (then, then))


def test_uploads_keep_the_folder_within_its_bytes_the_newest_staying(
    pictures: QueryPictures, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    size_bytes = len(noise(0))
    monkeypatch.setattr(query_pictures, "_KEPT_BYTES", 4 * size_bytes + 1000)
    monkeypatch.setattr(query_pictures, "_LOOKED_THROUGH_AFTER_BYTES", 2 * size_bytes)
    added = []
    for seed in range(20):
        added.append(pictures.add(noise(seed)))
        age(tmp_path, added[-1], 20 - seed)
        assert len(kept(tmp_path)) <= 4 + 3  # what is kept, and what came since the folder was looked through
    assert added[-1] in kept(tmp_path)
    assert added[0] not in kept(tmp_path)
    assert pictures.get(added[-1]) == noise(19)


def test_an_upload_removes_what_is_older_than_a_month_once_an_hour_has_passed(
    pictures: QueryPictures, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, young = pictures.add(noise(1)), pictures.add(noise(2))
    age(tmp_path, old, MONTH_S + 60)
    pictures.add(noise(3))
    assert old in kept(tmp_path)  # the folder was looked through just now
    hour_later = time.monotonic() + 3601
    monkeypatch.setattr(time, "monotonic", lambda: hour_later)
    newest = pictures.add(noise(4))
    assert old not in kept(tmp_path)
    assert {young, newest} <= kept(tmp_path)


def test_a_picture_that_is_uploaded_again_is_young_again(
    pictures: QueryPictures, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = pictures.add(noise(1))
    age(tmp_path, old, MONTH_S + 60)
    monkeypatch.setattr(query_pictures, "_LOOKED_THROUGH_EVERY_S", 0.0)
    assert pictures.add(noise(1)) == old
    assert old in kept(tmp_path)


def test_uploads_at_once_disturb_each_other_in_nothing(
    pictures: QueryPictures, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(query_pictures, "_LOOKED_THROUGH_EVERY_S", 0.0)
    monkeypatch.setattr(query_pictures, "_KEPT_BYTES", 3 * len(noise(0)))
    failures: list[BaseException] = []

    def upload(first: int) -> None:
        try:
            for seed in range(first, first + 10):
                pictures.add(noise(seed))
        except BaseException as error:  # noqa: BLE001  # told below
            failures.append(error)

    threads = [threading.Thread(target=upload, args=(10 * number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    pictures.add(noise(1000))
    assert len(kept(tmp_path)) <= 3
