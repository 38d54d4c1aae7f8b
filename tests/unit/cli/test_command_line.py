from __future__ import annotations

import json

import pytest

from jianwei import __version__
from jianwei.cli.command_line import main

# arguments, words of the English message, words of the Chinese one
MISTAKES = [
    (["serch"], ["no command serch", "search?"], ["没有 serch", "search？"]),
    (["search", "--limt", "3"], ["no option --limt", "--limit"], ["没有 --limt", "--limit"]),
    (["search", "--limit"], ["--limit needs a value"], ["--limit 后面需要一个值"]),
    (["search", "--limit", "x"], ["--limit takes a whole number"], ["--limit 需要整数"]),
    (["search", "--alpha", "x"], ["--alpha takes a number"], ["--alpha 需要数字"]),
    (["stats", "--lang", "fr"], ["--lang takes one of zh, en"], ["--lang 需要以下之一：zh, en"]),
    (
        ["reindex", "all"],
        ["text|hash|feature|vector takes one of text, hash, feature, vector"],
        ["text|hash|feature|vector 需要以下之一：text, hash, feature, vector"],
    ),
    (["ingest"], ["SOURCE is missing"], ["缺少 SOURCE"]),
    (["ingest", "--dry-run=3"], ["--dry-run takes no value"], ["--dry-run 不带值"]),
    (["stats", "a", "b"], ["too many: a b"], ["多出了这些参数：a b"]),
    (["show", "a", "b"], ["too many: b"], ["多出了这些参数：b"]),
    (["export"], ["FILE is missing"], ["缺少 FILE"]),
    (["models", "pul"], ["no command models pul", "models pull?"], ["没有 models pul", "models pull？"]),
    (["zzzzz"], ["no command zzzzz. Commands: ingest, "], ["没有 zzzzz 这个命令。可用命令：ingest, "]),
    (["models", "pull"], ["NAME is missing"], ["缺少 NAME"]),
    (["models", "pull", "x", "--precison", "int8"], ["no option --precison", "--precision"], ["没有 --precison"]),
    (["models", "pull", "x", "--precision", "int4"], ["--precision takes one of fp32"], ["--precision 需要以下之一"]),
]


@pytest.mark.parametrize(("arguments", "english", "chinese"), MISTAKES)
def test_a_mistake_in_the_arguments_is_explained_in_both_languages(
    arguments: list[str], english: list[str], chinese: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    for language, words in (("en", english), ("zh", chinese)):
        assert main(arguments, {"JIANWEI_LANG": language}) == 2
        captured = capsys.readouterr()
        assert all(word in captured.err for word in words), captured.err
        assert "--help" in captured.err
        assert captured.out == ""


@pytest.mark.parametrize(("arguments", "english", "_"), MISTAKES)
def test_with_json_the_mistake_is_one_object_on_standard_output(
    arguments: list[str], english: list[str], _: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--json", *arguments], {}) == 2

    captured = capsys.readouterr()
    error = json.loads(captured.out)["error"]
    assert error["code"] == "usage"
    assert all(word in error["message"] for word in english)
    assert captured.err == ""


def test_ctrl_c_before_the_command_begins_is_told_in_words(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def pressed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("jianwei.cli.command_line.build_app", pressed)
    for language, words in (("en", "Interrupted."), ("zh", "已中断。")):
        assert main(["stats"], {"JIANWEI_LANG": language}) == 130
        captured = capsys.readouterr()
        assert (captured.out, captured.err) == ("", f"{words}\n")


def test_no_command_shows_help_and_is_a_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([], {}) == 2
    captured = capsys.readouterr()
    assert "Commands" in captured.err
    assert captured.out == ""


def test_a_group_without_command_shows_its_page_and_is_a_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models"], {}) == 2
    captured = capsys.readouterr()
    assert "models pull" in captured.err
    assert "ingest " not in captured.err
    assert captured.out == ""


def test_the_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"], {}) == 0
    assert capsys.readouterr().out.strip() == f"jianwei {__version__}"


def test_a_near_command_is_named_instead_of_all(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serch"], {"JIANWEI_LANG": "en"}) == 2
    said = capsys.readouterr().err
    assert said.startswith("Error: There is no command serch. Did you mean search?")
    assert "groups list" not in said
