"""The captions that stand for a model in `benchmarks/caption_gain.py` belong to pictures that are there, once each."""

from __future__ import annotations

import json
from pathlib import Path

from jianwei.captions.chinese import is_chinese

_ROOT = Path(__file__).parents[3]
_TORN = {"1107-m2.webp"}
"""A file of the sample set that is cut short on purpose: no model ever sees it."""


def test_every_sample_picture_has_one_caption_in_chinese() -> None:
    lines = (_ROOT / "benchmarks" / "sample_captions.jsonl").read_text("utf-8").splitlines()
    captions = [json.loads(line) for line in lines]
    files = [caption["file"] for caption in captions]
    pictures = {path.name for path in (_ROOT / "samples" / "pictures").iterdir()}
    assert sorted(files) == sorted(pictures - _TORN)
    assert all(is_chinese(caption["caption"], least=15) for caption in captions)
