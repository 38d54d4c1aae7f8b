"""What a model and a probe say stands in the queue, on the page of a listing and in the API, with its reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.unit.cli.made_library import make_library
from tests.web.running_desk import RunningDesk

from jianwei.catalog.findings.opinion_store import SqlOpinions
from jianwei.library import Library
from jianwei.library.probe_file import KeptProbe, write_probe
from jianwei.ports.opinions import Claim, Opinion
from jianwei.settings import Settings
from jianwei.training.grams import GRAM_COLUMNS
from jianwei.training.probe import Probe, TypeScore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import httpx

REASON = "图中枣子<自称>产地与包装不符"


def kept_probe() -> KeptProbe:
    """Return a probe with one head that calls everything."""
    one, none = np.ones(1), np.zeros(GRAM_COLUMNS)
    weights = np.zeros((1, GRAM_COLUMNS))
    probe = Probe(("虚假宣传",), none, np.ones(GRAM_COLUMNS), weights, 2 * one, 0 * one, one, 0 * one)
    score = TypeScore("虚假宣传", 12, 0.1, 0.6, 0.5, 0.7, 0.4, 0.9, 0.0)
    return KeptProbe(probe, (score,), "", has_grams=True)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    library: Path = make_library(tmp_path_factory.mktemp("voices"))
    write_probe(library, kept_probe())
    with Library.open(library, settings=Settings(ocr_engine="off")) as opened:
        opened.risk.screen()
        (jujube,) = opened.show("jd:4").pictures
        claim = Claim("false_misleading_claim", ("若羌灰枣",), "广告法", "第二十八条", 0.8, REASON)
        with SqlOpinions(opened._catalog).writing_opinions() as writer:
            writer.put_opinion(jujube.picture.picture_no, model_id="seer@1", opinion=Opinion((claim,)))
    with RunningDesk(library) as desk:
        yield desk.person("han.mei", "analyst")


def test_the_queue_says_what_a_model_and_a_probe_say_and_why(browser: httpx.Client) -> None:
    page = browser.get("/review").text

    assert "jd:4" in page  # rules found nothing on it
    assert "图中枣子&lt;自称&gt;产地与包装不符" in page
    assert "<mark>若羌灰枣</mark>" in page
    assert "like the 12 known cases" in page


def test_the_page_of_a_listing_shows_both_voices(browser: httpx.Client) -> None:
    page = browser.get("/listings/jd:4").text

    assert "图中枣子&lt;自称&gt;产地与包装不符" in page
    assert 'id="probe"' in page
    assert "60%" in page  # of its calls are right


def test_the_api_gives_voices_with_findings(browser: httpx.Client) -> None:
    one = browser.get("/api/v1/findings/jd:4").json()
    many = browser.get("/api/v1/findings", params={"status": "clear"}).json()

    assert one["status"] == "clear"
    assert one["second_opinion"]["findings"][0]["reason"] == REASON
    assert [(voice["label"], voice["called"]) for voice in one["probe"]] == [("虚假宣传", True)]
    assert next(item for item in many if item["id"] == "jd:4")["probe"] == one["probe"]
