"""A set in the layout of MUGE, from ingest to the tables of Chinese-CLIP, beside a count by hand."""

from __future__ import annotations

import base64
import io
import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image
from tests.integration.models import CHINESE
from tests.unit.encoders.tiny_models import write_tiny_chinese_clip

from jianwei import Library
from jianwei.encoders.conversion import import_model
from jianwei.encoders.opening import open_encoder
from jianwei.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

PICTURES = 13


def write_set(folder: Path) -> list[Image.Image]:
    folder.mkdir()
    chance = np.random.default_rng(4)
    images, rows = [], []
    for number in range(PICTURES):
        image = Image.fromarray(chance.integers(0, 255, (6, 6, 3), np.uint8)).resize((90, 90))
        target = io.BytesIO()
        image.save(target, "PNG")
        images.append(image)
        rows.append(f"{100 + number}\t{base64.b64encode(target.getvalue()).decode()}")
    (folder / "valid_imgs.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    texts = [
        {
            "text_id": number,
            "text": f"第{number}款红色手提包",
            "image_ids": [100 + number % PICTURES, 100 + number // 2],
        }
        for number in range(20)
    ]
    (folder / "valid_texts.jsonl").write_text("\n".join(json.dumps(text) for text in texts), encoding="utf-8")
    return images


def percentages(gold: dict[str, set[str]], ranked: dict[str, list[str]]) -> dict[str, float]:
    found = {f"R@{k}": 100 * sum(bool(gold[q] & set(ranked[q][:k])) for q in gold) / len(gold) for k in (1, 5, 10)}
    return {**found, "MR": sum(found.values()) / 3}


def test_a_muge_set_gets_the_figures_of_its_rules(tmp_path: Path) -> None:
    models = tmp_path / "models"
    import_model(write_tiny_chinese_clip(tmp_path / "published"), models_folder=models, name=CHINESE)
    images = write_set(tmp_path / "set")
    settings = Settings(ocr_engine="off", models_folder=models)
    with Library.open(tmp_path / "library", settings=settings) as library:
        library.ingest(tmp_path / "set")
        library.embed([CHINESE])
        result = library.evaluation.run(tmp_path / "set" / "valid_texts.jsonl", with_ablation=False)
    assert result.notices == ()
    (scores,) = result.cross_modal
    encoder = open_encoder(models / CHINESE)
    texts = [json.loads(line) for line in (tmp_path / "set" / "valid_texts.jsonl").read_text("utf-8").splitlines()]
    cosines = (
        encoder.encode_texts([text["text"] for text in texts])
        @ encoder.encode_images([np.asarray(image.convert("RGB")) for image in images]).T
    )
    encoder.close()
    ids = [str(100 + number) for number in range(PICTURES)]
    gold = {str(text["text_id"]): {str(item) for item in text["image_ids"]} for text in texts}
    ranked = {q: [ids[i] for i in np.argsort(-row, kind="stable")] for q, row in zip(gold, cosines, strict=True)}
    assert scores.text_to_picture == pytest.approx(percentages(gold, ranked), abs=100 / 20)
    back = {item: {q for q, items in gold.items() if item in items} for item in ids}
    names = list(gold)
    ranked = {item: [names[i] for i in np.argsort(-cosines[:, n], kind="stable")] for n, item in enumerate(ids)}
    assert scores.picture_to_text == pytest.approx(percentages(back, ranked), abs=100 / PICTURES)
    assert (scores.texts, scores.pictures, scores.missing) == (20, PICTURES, 0)
