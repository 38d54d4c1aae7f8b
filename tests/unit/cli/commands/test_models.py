"""The commands of `models`, over a hub on loopback with a tiny Chinese-CLIP on it."""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image
from tests.unit.encoders.hub.hub_server import HubServer, folder_content, serving
from tests.unit.encoders.tiny_models import DIMS, write_tiny_chinese_clip
from typer.testing import CliRunner

from jianwei.cli.app import build_app
from jianwei.cli.command_line import main
from jianwei.encoders.hub.bench import made_pictures

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from jianwei.errors import Language

NAME = "chinese-clip-vit-base-patch16"


@dataclass(frozen=True)
class Models:
    """Runs `jianwei models …` with a models folder and a hub of its own."""

    folder: Path
    published: Path
    hub: HubServer

    @property
    def environment(self) -> dict[str, str]:
        return {
            "JIANWEI_MODELS": str(self.folder),
            "JIANWEI_HUB_ORDER": "local,huggingface",
            "JIANWEI_HUB_TIMEOUT_S": "5",
            "HF_ENDPOINT": self.hub.url,
        }

    def __call__(self, *arguments: str, language: Language = "en", **environment: str) -> Any:
        line = ["models", *arguments]
        return CliRunner().invoke(build_app(language, {**self.environment, **environment}, line), line)


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("published") / "tiny"
    folder.mkdir()
    return write_tiny_chinese_clip(folder)


@pytest.fixture
def models(published: Path, tmp_path: Path) -> Iterator[Models]:
    hub = HubServer({f"OFA-Sys/{NAME}": folder_content(published)}, {f"OFA-Sys/{NAME}": "apache-2.0"})
    with serving(hub):
        yield Models(tmp_path / "models", published, hub)


def test_without_models_the_list_says_what_to_pull_first(models: Models) -> None:
    result = models("list")

    assert f"jianwei models pull {NAME}" in result.stdout
    assert "siglip2-so400m-patch14-384" in result.stdout
    assert "尚无模型" in models("list", language="zh").stdout


def test_a_pulled_model_is_listed_with_what_it_is(models: Models) -> None:
    pulled = json.loads(models("pull", NAME, "--json").stdout)
    listed = json.loads(models("list", "--json").stdout)

    assert not pulled["was_there"]
    assert pulled["model"]["dims"] == DIMS
    assert pulled["model"]["licence"] == "apache-2.0"
    assert pulled["model"]["source"].startswith(f"{models.hub.url}/OFA-Sys/{NAME}@")
    assert listed["models"] == [pulled["model"]]
    assert [known["name"] for known in listed["known"] if known["is_there"]] == [NAME]


def test_the_configured_remote_model_is_listed_without_asking_it(models: Models) -> None:
    settings = {
        "JIANWEI_REMOTE_ENCODER_ENDPOINT": "http://me:secret@127.0.0.1:9/v1?key=secret",
        "JIANWEI_REMOTE_ENCODER_MODEL": "Qwen/test",
        "JIANWEI_REMOTE_ENCODER_KEY": "secret",
    }
    told, as_json = models("list", language="en", **settings), models("list", "--json", language="en", **settings)

    assert "remote:Qwen/test · multi · http://127.0.0.1:9 (vllm)" in told.stdout
    assert "jianwei embed --model remote" in told.stdout
    assert json.loads(as_json.stdout)["remote"]["space"] == "remote:Qwen/test@remote"
    assert "secret" not in told.stdout + as_json.stdout
    assert json.loads(models("list", "--json").stdout)["remote"] is None


def test_a_remote_model_without_a_name_is_listed_with_what_is_missing(models: Models) -> None:
    half = {"JIANWEI_REMOTE_ENCODER_ENDPOINT": "http://127.0.0.1:9/v1"}

    assert "JIANWEI_REMOTE_ENCODER_MODEL" in models("list", language="en", **half).stdout
    assert (
        "JIANWEI_REMOTE_ENCODER_MODEL"
        in json.loads(models("list", "--json", language="en", **half).stdout)["remote"]["problem"]
    )


def test_a_pull_tells_people_what_came_and_what_is_next(models: Models) -> None:
    first, second = models("pull", NAME), models("pull", NAME, language="zh")

    assert f"{NAME} is ready." in first.stdout
    assert "apache-2.0" in first.stdout
    assert "jianwei embed" in first.stdout
    assert "Downloading model.safetensors · 0." in first.stderr
    assert f"已有 {NAME}" in second.stdout


def test_a_pull_in_int8_needs_pictures_and_prints_the_measured_loss(models: Models, tmp_path: Path) -> None:
    refused = models("pull", NAME, "--precision", "int8")
    assert "--pictures" in refused.stderr
    assert models.hub.asked == []

    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "notes.txt").write_text("no picture")
    for number, pixels in enumerate(made_pictures(16)):
        Image.fromarray(pixels).resize((64, 64)).save(tmp_path / "shop" / f"{number}.png")
    result = models("pull", NAME, "--precision", "int8", "--pictures", str(tmp_path / "shop"))

    assert result.exit_code == 0, result.stderr
    assert re.search(r"cosine [01]\.\d{5} on average, 0\.0\d{4} below 1", result.stdout)


def test_a_pull_without_a_hub_fails_with_the_commands_that_help(models: Models) -> None:
    # Nobody answers on the port for discarding (RFC 863).
    english = models("pull", NAME, HF_ENDPOINT="http://127.0.0.1:9")
    chinese = models("pull", NAME, language="zh", HF_ENDPOINT="http://127.0.0.1:9")
    as_json = json.loads(models("pull", NAME, "--json", HF_ENDPOINT="http://127.0.0.1:9").stdout)

    assert english.exit_code == chinese.exit_code == 1
    assert "jianwei models import FOLDER" in english.stderr
    assert "jianwei models import 文件夹" in chinese.stderr
    assert as_json["error"]["code"] == "hub"
    assert as_json["error"]["reason"] == "unreachable"


def test_an_unknown_model_is_not_found(models: Models) -> None:
    result = models("pull", "chinese-clip-vit-base")

    assert result.exit_code == 3
    assert NAME in result.stderr


def test_an_import_prints_the_licence_and_the_tensors_left_over(models: Models) -> None:
    result = models("import", str(models.published), "--name", "mine", "--licence", "mit")
    model = json.loads(models("import", str(models.published), "--name", "mine", "--replace", "--json").stdout)["model"]

    assert result.exit_code == 0, result.stderr
    assert "mine is ready." in result.stdout
    assert "mit" in result.stdout
    assert model["unused_tensors"] == [] or model["unused_tensors"][0] in result.stdout
    assert model["licence"] == ""


def test_an_import_of_another_family_is_refused(models: Models) -> None:
    result = models("import", str(models.published), "--name", "mine", "--family", "siglip2", language="zh")

    assert result.exit_code == 1
    assert "chinese-clip" in result.stderr


def test_info_tells_a_damaged_file_by_its_content_and_ends_with_1(models: Models) -> None:
    models("import", str(models.published), "--name", "mine")
    assert models("info", "mine", "--verify").exit_code == 0

    image = models.folder / "mine" / "image.onnx"
    image.write_bytes(bytes(image.stat().st_size))
    assert models("info", "mine").exit_code == 0
    result = models("info", "mine", "--verify", language="zh")
    assert result.exit_code == 1
    assert "已改动" in result.stdout
    files = json.loads(models("info", "mine", "--verify", "--json").stdout)["files"]
    assert {file["name"]: file["status"] for file in files}["image.onnx"] == "changed"


def test_a_model_without_manifest_can_be_looked_at_and_removed(models: Models) -> None:
    models("import", str(models.published), "--name", "mine")
    (models.folder / "mine" / "manifest.json").write_text("{")

    assert "damaged" in models("info", "mine").stdout
    assert models("info", "mine").exit_code == 1
    assert "mine" in models("list").stdout
    assert json.loads(models("list", "--json").stdout)["models"][0]["problem_zh"]
    assert models("remove", "mine", "--yes").exit_code == 0


def test_bench_tells_rates_and_latencies(models: Models) -> None:
    models("import", str(models.published), "--name", "mine")
    value = json.loads(models("bench", "mine", "--seconds", "0.1", "--threads", "1", "--json").stdout)

    assert value["pictures_per_s"] > 0
    assert value["text_p99_ms"] >= value["text_p50_ms"] > 0
    assert "每秒图片数" in models("bench", "mine", "--seconds", "0", language="zh").stdout
    assert models("bench", "mine", "--threads", "0").exit_code == 2


def test_nothing_is_removed_where_nobody_can_be_asked(models: Models) -> None:
    models("import", str(models.published), "--name", "mine")
    result = models("remove", "mine")

    assert result.exit_code == 2
    assert "--yes" in result.stderr
    assert (models.folder / "mine").is_dir()
    assert models("remove", "other", "--yes").exit_code == 3


@pytest.mark.parametrize(("answer", "remains"), [("n\n", True), ("\n", True), ("y\n", False)])
def test_removing_asks_first(
    models: Models, answer: str, remains: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    models("import", str(models.published), "--name", "mine")
    monkeypatch.setattr("sys.stdin", Terminal(answer))
    assert main(["models", "remove", "mine"], models.environment) == 0

    assert "[y/N]" in capsys.readouterr().err
    assert (models.folder / "mine").is_dir() == remains


def test_common_options_work_between_the_two_words(models: Models) -> None:
    result = CliRunner().invoke(build_app("en", models.environment), ["models", "--json", "list"])

    assert json.loads(result.stdout)["models"] == []
