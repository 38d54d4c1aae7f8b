"""Queries of several people at once share a batch, and what was asked before is not encoded again."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.waiting import PATIENCE_S, until

from jianwei.errors import ModelError
from jianwei.library.query_encoding import EncodedQueries, QueryEncoder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from jianwei.images.pixels import RgbPixels


class Recorder:
    """An encoder whose rows tell the text, that notes its batches and waits when it is told to."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.open = threading.Event()
        self.open.set()

    def texts(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.batches.append(list(texts))
        assert self.open.wait(PATIENCE_S)
        if "broken" in texts:
            raise ModelError("the network failed", zh="网络失败")
        return np.array([[len(text), hash(text) % 1000] for text in texts], np.float32)

    def pictures(self, pictures: Sequence[RgbPixels]) -> NDArray[np.float32]:
        self.batches.append([str(picture.shape) for picture in pictures])
        return np.array([[float(picture.sum()), 0.0] for picture in pictures], np.float32)

    def encoder(self, at_once: int = 1) -> QueryEncoder:
        return QueryEncoder(texts=self.texts, pictures=self.pictures, at_once=at_once)


def gathered(recorder: Recorder, encoder: QueryEncoder, texts: list[str], pool: ThreadPoolExecutor) -> list[float]:
    """Ask for "first", then for texts while it is being encoded; return the first number of each."""
    recorder.open.clear()
    first = pool.submit(encoder.text, "first")
    until(lambda: recorder.batches == [["first"]], "the first is not encoded", look_every_s=0.002)
    asked = [pool.submit(encoder.text, text) for text in texts]
    until(lambda: encoder.waiting == len(set(texts)), "the others do not wait", look_every_s=0.002)
    recorder.open.set()
    first.result(PATIENCE_S)
    return [float(item.result(PATIENCE_S)[0, 0]) for item in asked]


def test_texts_that_come_meanwhile_go_together_and_each_gets_its_own() -> None:
    recorder = Recorder()
    encoder = recorder.encoder()
    with ThreadPoolExecutor(12) as pool:
        texts = ["a", "bb", "ccc", "bb", "dddd"]
        assert gathered(recorder, encoder, texts, pool) == [1, 2, 3, 2, 4]
    assert [sorted(batch) for batch in recorder.batches] == [["first"], ["a", "bb", "ccc", "dddd"]]
    assert encoder.counts == EncodedQueries(remembered=1, encoded=5, batches=2)
    assert encoder.text("bb")[0, 0] == 2
    assert len(recorder.batches) == 2
    assert encoder.counts.remembered == 2


def test_a_failure_is_told_to_all_of_its_batch_and_not_remembered() -> None:
    recorder = Recorder()
    encoder = recorder.encoder()
    for _ in range(2):
        with pytest.raises(ModelError):
            encoder.text("broken")
    assert recorder.batches == [["broken"], ["broken"]]
    assert encoder.text("whole").shape == (1, 2)


def test_a_server_elsewhere_gets_several_batches_at_once() -> None:
    recorder = Recorder()
    encoder = recorder.encoder(at_once=2)
    recorder.open.clear()
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(encoder.text, text) for text in ("a", "bb")]
        until(lambda: len(recorder.batches) == 2, "they are not encoded at once", look_every_s=0.002)
        twice = pool.submit(encoder.text, "a")
        recorder.open.set()
        assert [float(item.result(PATIENCE_S)[0, 0]) for item in (*asked, twice)] == [1, 2, 1]
    assert sorted(map(tuple, recorder.batches)) == [("a",), ("bb",)]


def test_very_many_go_in_batches_of_a_bounded_size() -> None:
    recorder = Recorder()
    encoder = recorder.encoder()
    texts = ["x" * (number + 1) for number in range(100)]
    with ThreadPoolExecutor(101) as pool:
        assert gathered(recorder, encoder, texts, pool) == list(range(1, 101))
    assert [len(batch) for batch in recorder.batches] == [1, 64, 36]


def test_rows_cannot_be_changed_by_whoever_gets_them() -> None:
    row = Recorder().encoder().text("a")
    with pytest.raises(ValueError, match="read-only"):
        row[0, 0] = 9


def test_the_same_picture_is_encoded_once() -> None:
    recorder = Recorder()
    encoder = recorder.encoder()
    white = np.full((4, 6, 3), 255, np.uint8)
    assert encoder.picture(white)[0, 0] == encoder.picture(white.copy())[0, 0]
    encoder.picture(white.reshape(6, 4, 3))
    assert recorder.batches == [["(4, 6, 3)"], ["(6, 4, 3)"]]
    assert encoder.counts == EncodedQueries(remembered=1, encoded=2, batches=2)
