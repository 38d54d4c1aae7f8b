from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.unit.encoders.hub.hub_server import (
    LISTING,
    HubServer,
    cut_after,
    not_json,
    other_content,
    other_json,
    serving,
    silent,
    status,
    web_page,
)

from jianwei.encoders.hub.download import download_files, missing_bytes
from jianwei.encoders.hub.http_client import HubClient
from jianwei.encoders.hub.hubs import HuggingFace, ModelScope
from jianwei.encoders.hub.repositories import needed_files
from jianwei.errors import HubError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from jianwei.encoders.hub.hubs import Hub
    from jianwei.encoders.hub.progress import PullProgress
    from jianwei.encoders.hub.repositories import Repository

WEIGHTS = bytes(range(256)) * 4096
REPOSITORY = "shop/model"
FILES = {
    "config.json": b'{"model_type": "chinese_clip"}',
    "vocab.txt": "[PAD]\n红\n".encode(),
    "model.safetensors": WEIGHTS,
    "README.md": b"# model",
    "onnx/model.onnx": b"not needed",
}


@pytest.fixture
def server() -> Iterator[HubServer]:
    with serving(HubServer({REPOSITORY: dict(FILES)})) as hub:
        yield hub


class Pull:
    """Downloads the repository into a folder and remembers what was shown and how long was waited."""

    def __init__(self, server: HubServer, folder: Path, kind: type[HuggingFace | ModelScope] = HuggingFace) -> None:
        self.moments: list[PullProgress] = []
        self.pauses_s: list[float] = []
        self.folder = folder
        self.kind = kind
        self.server = server

    def __call__(self, *, timeout_s: float = 5.0) -> None:
        with HubClient(self.server.url, timeout_s=timeout_s, sleep=self.pauses_s.append) as client:
            hub: Hub = self.kind(client)
            repository = hub.repository(REPOSITORY)
            download_files(hub, repository, needed_files(repository), self.folder, show=self.moments.append)


@pytest.fixture
def pull(server: HubServer, tmp_path: Path) -> Pull:
    return Pull(server, tmp_path)


def test_only_the_files_that_are_needed_are_fetched(pull: Pull) -> None:
    pull()

    assert sorted(path.name for path in pull.folder.iterdir()) == ["config.json", "model.safetensors", "vocab.txt"]
    assert all((pull.folder / name).read_bytes() == FILES[name] for name in ("config.json", "model.safetensors"))


def test_modelscope_is_spoken_too(server: HubServer, tmp_path: Path) -> None:
    Pull(server, tmp_path, ModelScope)()

    assert (tmp_path / "model.safetensors").read_bytes() == WEIGHTS


def test_a_cut_connection_is_continued_where_it_stopped(server: HubServer, pull: Pull) -> None:
    server.faults["model.safetensors"] = [cut_after(300_000), cut_after(500_000)]
    pull()

    assert (pull.folder / "model.safetensors").read_bytes() == WEIGHTS
    assert server.ranges("model.safetensors") == ["", "bytes=300000-", "bytes=800000-"]


def test_a_download_of_another_day_is_continued(server: HubServer, pull: Pull) -> None:
    server.faults["model.safetensors"] = [cut_after(200_000), *[status(503)] * 4]
    with pytest.raises(HubError, match="503"):
        pull()
    pull()

    assert (pull.folder / "model.safetensors").read_bytes() == WEIGHTS
    assert server.ranges("model.safetensors")[-1] == "bytes=200000-"
    assert not list(pull.folder.glob("*.part"))


def test_another_hub_goes_on_with_the_same_content(server: HubServer, tmp_path: Path) -> None:
    server.faults["model.safetensors"] = [cut_after(200_000), *[status(500)] * 4]
    with pytest.raises(HubError):
        Pull(server, tmp_path, ModelScope)()
    Pull(server, tmp_path, HuggingFace)()

    assert server.ranges("model.safetensors")[-1] == "bytes=200000-"


def test_a_hub_that_cannot_continue_begins_anew(server: HubServer, pull: Pull) -> None:
    server.takes_ranges = False
    server.faults["model.safetensors"] = [cut_after(300_000)]
    pull()

    assert (pull.folder / "model.safetensors").read_bytes() == WEIGHTS


def test_a_hub_that_always_breaks_off_is_given_up(server: HubServer, pull: Pull) -> None:
    server.takes_ranges = False
    server.faults["model.safetensors"] = [cut_after(1000)] * 50
    with pytest.raises(HubError) as caught:
        pull()

    assert caught.value.facts["reason"] == "broken-off"
    assert server.times_asked("model.safetensors") < 8


def test_half_of_another_content_is_not_continued(server: HubServer, pull: Pull) -> None:
    server.faults["model.safetensors"] = [cut_after(300_000), *[status(503)] * 4]
    with pytest.raises(HubError):
        pull()
    server.repositories[REPOSITORY]["model.safetensors"] = WEIGHTS[::-1]
    pull()

    assert (pull.folder / "model.safetensors").read_bytes() == WEIGHTS[::-1]
    assert server.ranges("model.safetensors")[-1] == ""


def test_a_wrong_checksum_is_fetched_once_more_and_then_told(server: HubServer, pull: Pull) -> None:
    server.stated["model.safetensors"] = "ab" * 32
    with pytest.raises(HubError) as caught:
        pull()

    assert caught.value.facts["reason"] == "checksum"
    assert "ab" * 32 in caught.value.message
    assert "已损坏" in caught.value.message_zh
    assert server.times_asked("model.safetensors") == 2
    assert not (pull.folder / "model.safetensors").exists()


def test_damage_on_the_way_is_repaired(server: HubServer, pull: Pull) -> None:
    server.faults["model.safetensors"] = [other_content]
    pull()

    assert (pull.folder / "model.safetensors").read_bytes() == WEIGHTS


def test_a_small_file_is_compared_with_the_id_that_git_gives_it(server: HubServer, pull: Pull) -> None:
    server.stated["config.json"] = "12" * 20
    with pytest.raises(HubError) as caught:
        pull()

    assert caught.value.facts["file"] == "config.json"


@pytest.mark.parametrize("name", [LISTING, "model.safetensors"])
def test_a_busy_hub_is_asked_again_later_each_time(server: HubServer, pull: Pull, name: str) -> None:
    server.faults[name] = [status(503), status(429), status(500)]
    pull()

    assert (pull.folder / "model.safetensors").read_bytes() == WEIGHTS
    assert pull.pauses_s == [0.5, 1.0, 2.0]


def test_a_hub_says_how_long_to_wait(server: HubServer, pull: Pull) -> None:
    server.faults["model.safetensors"] = [status(429, Retry_After="7"), status(429, Retry_After="900")]
    pull()

    assert pull.pauses_s == [7.0, 30.0]


@pytest.mark.parametrize("name", [LISTING, "model.safetensors"])
def test_a_web_page_is_told_as_such_and_not_stored(server: HubServer, pull: Pull, name: str) -> None:
    server.faults[name] = [web_page]
    with pytest.raises(HubError, match="web page") as caught:
        pull()

    assert caught.value.facts["reason"] == "html"
    assert "网页" in caught.value.message_zh
    assert not (pull.folder / "model.safetensors").exists()


@pytest.mark.parametrize(("fault", "reason"), [(not_json, "not-json"), (other_json, "unexpected-json")])
def test_an_answer_of_another_kind_is_told(
    server: HubServer, pull: Pull, fault: Callable[..., None], reason: str
) -> None:
    server.faults[LISTING] = [fault]
    with pytest.raises(HubError) as caught:
        pull()

    assert caught.value.facts["reason"] == reason


@pytest.mark.parametrize("kind", [HuggingFace, ModelScope])
def test_a_repository_that_is_not_there_is_asked_for_once(
    server: HubServer, tmp_path: Path, kind: type[HuggingFace | ModelScope]
) -> None:
    server.repositories.clear()
    with pytest.raises(HubError, match="404") as caught:
        Pull(server, tmp_path, kind)()

    assert caught.value.facts["reason"] == "absent"
    assert server.times_asked(LISTING) == 1


def test_a_silent_hub_is_given_up_after_its_time(server: HubServer, pull: Pull) -> None:
    server.faults[LISTING] = [silent(1.5)] * 10
    with pytest.raises(HubError) as caught:
        pull(timeout_s=0.5)  # of which a fifth is for connecting

    assert caught.value.facts["reason"] == "broken-off"


def test_a_slow_hub_is_waited_for(server: HubServer, pull: Pull) -> None:
    server.faults["model.safetensors"] = [silent(0.3)]
    pull(timeout_s=5.0)

    assert server.times_asked("model.safetensors") == 1


def test_progress_counts_over_all_files_and_ends_at_the_total(pull: Pull) -> None:
    pull()

    done = [moment.done_bytes for moment in pull.moments]
    total = sum(len(FILES[name]) for name in ("config.json", "vocab.txt", "model.safetensors"))
    assert done == sorted(done)
    assert {moment.total_bytes for moment in pull.moments} == {total}
    assert done[-1] == total
    assert {moment.stage for moment in pull.moments} == {"downloading", "checking"}


def test_what_is_there_whole_is_not_fetched_again(server: HubServer, pull: Pull) -> None:
    pull()
    pull()
    assert server.times_asked("model.safetensors") == 1

    (pull.folder / "model.safetensors").write_bytes(bytes(len(WEIGHTS)))
    pull()
    assert (pull.folder / "model.safetensors").read_bytes() == WEIGHTS


def test_what_is_missing_is_known_before(server: HubServer, pull: Pull) -> None:
    repository: Repository = _repository(server)
    files = needed_files(repository)
    assert missing_bytes(files, pull.folder) == sum(file.size_bytes or 0 for file in files)

    server.faults["model.safetensors"] = [cut_after(200_000), *[status(404)]]
    with pytest.raises(HubError):
        pull()
    assert missing_bytes(files, pull.folder) == len(WEIGHTS) - 200_000


def test_a_repository_without_weights_says_what_it_has(server: HubServer) -> None:
    del server.repositories[REPOSITORY]["model.safetensors"]
    with pytest.raises(HubError, match=r"README\.md"):
        needed_files(_repository(server))


def test_weights_in_shards_are_fetched_with_their_index(server: HubServer, pull: Pull) -> None:
    content = server.repositories[REPOSITORY]
    del content["model.safetensors"]
    shards = {"model.safetensors.index.json", *(f"model-0000{number}-of-00002.safetensors" for number in (1, 2))}
    content |= {name: name.encode() for name in shards}
    pull()

    assert {path.name for path in pull.folder.iterdir()} == {"config.json", "vocab.txt", *shards}


@pytest.mark.parametrize("name", ["../model.pt", "/etc/x.pt", "a/b.pt", "..\\x.pt", ".hidden.pt"])
def test_a_file_name_that_leads_elsewhere_is_never_taken(server: HubServer, name: str) -> None:
    del server.repositories[REPOSITORY]["model.safetensors"]
    server.repositories[REPOSITORY][name] = b"x"
    with pytest.raises(HubError, match="no weights"):
        needed_files(_repository(server))


def _repository(server: HubServer) -> Repository:
    with HubClient(server.url, timeout_s=5.0) as client:
        return HuggingFace(client).repository(REPOSITORY)
