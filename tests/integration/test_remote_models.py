"""A model behind an embedding server as a library's own: chosen, filled, searched; every way the server can fail."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from tests.integration.conftest import WITHOUT_OCR
from tests.unit.encoders.remote.embedding_server import DIMS, EmbeddingServer, Reply, embedding_server

from jianwei.errors import CatalogError, ModelError, NotFoundError, SettingsError
from jianwei.library import Library

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from jianwei.settings import RemoteDialect, Settings

NAME = "remote:Qwen/test"


@pytest.fixture
def server() -> Iterator[EmbeddingServer]:
    with embedding_server() as running:
        yield running


@pytest.fixture
def settings(tmp_path: Path, server: EmbeddingServer) -> Settings:
    return replace(
        WITHOUT_OCR,
        models_folder=tmp_path / "models",
        remote_encoder_endpoint=server.url,
        remote_encoder_model="Qwen/test",
        remote_encoder_dialect="jina",
        remote_encoder_attempts=2,
        remote_encoder_timeout_s=30.0,
    )


@pytest.fixture
def library(tmp_path: Path, settings: Settings, write_listings: Callable[..., Path]) -> Iterator[Library]:
    with Library.open(tmp_path / "library", settings=settings) as opened:
        opened.ingest(write_listings(3))
        yield opened


def chosen(library: Library) -> list[str]:
    names: list[str] = json.loads((library.path / "models.json").read_text("utf-8"))["models"]
    return names


@pytest.mark.parametrize("dialect", ["vllm", "jina", "infinity"])
def test_a_server_fills_a_space_that_words_and_pictures_are_found_in(
    tmp_path: Path, settings: Settings, write_listings: Callable[..., Path], dialect: RemoteDialect
) -> None:
    sheet = write_listings(3)
    with Library.open(tmp_path / "library", settings=replace(settings, remote_encoder_dialect=dialect)) as library:
        library.ingest(sheet)
        [filled] = library.embed(["remote"]).spaces
        assert (filled.name, filled.pictures_added, filled.titles_added) == (f"{NAME}@remote", 3, 3)
        assert chosen(library) == [NAME]
        hit = library.search("芦荟胶囊 第1款").hits[0]
        assert (hit.listing.listing_id, round(hit.channels["vector:title"], 3)) == ("demo:P0001", 1.0)
        picture = sheet.parent / "pictures" / "2.png"
        assert library.search(picture=picture).hits[0].channels["vector:picture"] > 0.999


def test_a_configured_server_is_one_of_the_models_of_this_machine(library: Library, server: EmbeddingServer) -> None:
    assert library.search("胶囊").channels_off[0].command == "jianwei embed"
    assert server.exchanges == []
    library.embed()
    assert library.models() == (NAME,)
    assert library.embed().spaces[0].pictures_added == 0


@pytest.mark.parametrize("name", ["remote", NAME, f"{NAME}@remote"])
def test_a_remote_model_is_removed_like_any_other(library: Library, name: str) -> None:
    library.embed(["remote"])
    assert library.remove_model(name) == (f"{NAME}@remote",)
    assert library.models() == ()
    assert library.stats().catalog.vectors == {}


def test_another_revision_is_another_space(tmp_path: Path, library: Library, settings: Settings) -> None:
    library.embed(["remote"])
    library.close()
    with Library.open(tmp_path / "library", settings=replace(settings, remote_encoder_revision="2")) as again:
        assert again.embed().spaces[0].name == f"{NAME}@2"
        assert set(again.stats().catalog.vectors) == {f"{NAME}@remote", f"{NAME}@2"}


def test_an_unset_server_is_named_and_searches_go_on_without_it(
    tmp_path: Path, library: Library, settings: Settings
) -> None:
    library.embed(["remote"])
    library.close()
    without = replace(settings, remote_encoder_endpoint="")
    with Library.open(tmp_path / "library", settings=without) as again:
        assert again.search("胶囊").total == 3
        with pytest.raises(NotFoundError, match=r"names? no embedding server.*JIANWEI_REMOTE_ENCODER_MODEL=Qwen/test"):
            again.embed()
        with pytest.raises(NotFoundError, match="REMOTE_ENCODER_ENDPOINT"):
            again.embed(["remote"])
        assert again.remove_model(NAME) == (f"{NAME}@remote",)
    with (
        Library.open(tmp_path / "library", settings=replace(settings, remote_encoder_model="")) as half,
        pytest.raises(SettingsError, match="JIANWEI_REMOTE_ENCODER_MODEL"),
    ):
        half.embed(["remote"])


def test_a_search_goes_on_without_a_server_that_is_down_and_says_so(
    tmp_path: Path, settings: Settings, write_listings: Callable[..., Path]
) -> None:
    sheet = write_listings(3)
    with embedding_server() as gone:
        asked = replace(settings, remote_encoder_endpoint=gone.url)
        with Library.open(tmp_path / "down", settings=asked) as library:
            library.ingest(sheet)
            library.embed(["remote"])
    with Library.open(tmp_path / "down", settings=asked) as library:
        result = library.search("芦荟胶囊 第1款")
        assert result.hits[0].listing.listing_id == "demo:P0001"
        assert "text:title" in result.hits[0].channels
        assert not any(channel.startswith("vector:") for hit in result.hits for channel in hit.channels)
        [off] = [off for off in result.channels_off if off.channel == "vector"]
        assert f"{NAME}@remote gave no vector for this query; the other channels answered." in off.reason
        assert "cannot be reached" in off.reason
        assert "由其他通道回答" in off.reason_zh
        by_picture = library.search(picture=sheet.parent / "pictures" / "2.png")
        assert by_picture.hits[0].listing.listing_id == "demo:P0002"
        assert any(off.channel == "vector" for off in by_picture.channels_off)
        avoiding = library.search("芦荟胶囊", avoid_words="第1款")
        assert len([off for off in avoiding.channels_off if off.channel == "vector"]) == 1


@pytest.mark.parametrize("value", [[None] * DIMS, [0.0] * DIMS], ids=["NaN", "zero"])
def test_a_query_without_a_usable_vector_is_answered_by_the_other_channels(
    library: Library, server: EmbeddingServer, value: object
) -> None:
    library.embed(["remote"])
    spoil(server, "第1款", value)
    result = library.search("芦荟胶囊 第1款")
    assert result.hits[0].listing.listing_id == "demo:P0001"
    assert [off.channel for off in result.channels_off].count("vector") == 1
    assert not any(off.channel == "vector" for off in library.search("芦荟胶囊 第2款").channels_off)


def test_a_server_that_changed_its_model_leaves_the_query_to_the_other_channels(
    tmp_path: Path, library: Library, settings: Settings, server: EmbeddingServer
) -> None:
    library.embed(["remote"])
    library.close()
    server.change = lambda answer: {"data": [{"embedding": [1.0, 2.0]} for _ in answer["data"]]}
    with Library.open(tmp_path / "library", settings=settings) as again:
        result = again.search("芦荟胶囊 第1款")
        assert result.hits[0].listing.listing_id == "demo:P0001"
        [off] = [off for off in result.channels_off if off.channel == "vector"]
        assert f"have {DIMS} numbers, and the model now gives 2" in off.reason
        assert "JIANWEI_REMOTE_ENCODER_REVISION" in off.reason_zh


def spoil(server: EmbeddingServer, broken: str, value: object) -> None:
    """Let the server answer `value` whenever a text that holds `broken` is asked for."""
    answer = server.change

    def change(given: dict[str, Any]) -> object:
        texts = [item.get("text", "") for item in server.exchanges[-1].body["input"]]
        for text, entry in zip(texts, given["data"], strict=True):
            if broken in text:
                entry["embedding"] = value
        return answer(given)

    server.change = change


@pytest.mark.parametrize("value", [[None] * DIMS, [0.0] * DIMS], ids=["NaN", "zero"])
def test_unusable_vectors_of_one_title_are_recorded_and_the_others_kept(
    library: Library, server: EmbeddingServer, value: object
) -> None:
    spoil(server, "第1款", value)
    report = library.embed(["remote"])
    assert (report.spaces[0].pictures_added, report.spaces[0].titles_added) == (3, 2)
    [failure] = report.failures
    assert (failure.stage, failure.listing_id) == ("embed", "demo:P0001")
    assert [kept.stage for kept in library.failures()] == ["embed"]
    server.change = lambda answer: answer
    assert library.embed().spaces[0].titles_added == 1
    assert library.failures() == []


def test_a_busy_server_is_tried_again(library: Library, server: EmbeddingServer) -> None:
    server.replies = [Reply(429, b"slow down", {"Retry-After": "0"})]
    assert library.embed(["remote"]).failures == ()
    assert library.stats().catalog.vectors == {f"{NAME}@remote": 6}


def test_a_server_that_stays_busy_ends_the_run_and_the_next_goes_on(library: Library, server: EmbeddingServer) -> None:
    server.replies = [Reply(429, b"slow down", {"Retry-After": "0"})] * 100
    with pytest.raises(ModelError, match=r"status 429 \(attempt 2\): slow down"):
        library.embed(["remote"])
    assert len(server.replies) < 98
    server.replies = []
    assert library.embed().spaces[0].titles_added == 3


def test_a_silent_server_ends_the_run_in_time(tmp_path: Path, library: Library, settings: Settings) -> None:
    library.close()
    with embedding_server() as silent:
        silent.replies = [Reply(wait_s=30)] * 100
        impatient = replace(settings, remote_encoder_endpoint=silent.url, remote_encoder_timeout_s=0.2)
        with (
            Library.open(tmp_path / "library", settings=impatient) as again,
            pytest.raises(ModelError, match=r"no whole answer within .* s \(attempt 2\)"),
        ):
            again.embed(["remote"])


def test_vectors_of_another_length_than_those_in_the_library_are_refused(
    tmp_path: Path, library: Library, settings: Settings, server: EmbeddingServer, write_listings: Callable[..., Path]
) -> None:
    library.embed(["remote"])
    library.close()
    sheet = write_listings(2, folder="more", first=3)
    server.change = lambda answer: {"data": [{"embedding": [1.0, 2.0]} for _ in answer["data"]]}
    with Library.open(tmp_path / "library", settings=settings) as again:
        with pytest.raises(CatalogError, match=rf"has vectors of {DIMS} numbers, and vectors of 2 came.*--remove"):
            again.ingest(sheet)
        assert set(again.stats().catalog.vectors.values()) == {6}
