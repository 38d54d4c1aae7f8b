"""The options that every command takes, and where a command finds its library when none is named."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path  # noqa: TC003  # the annotations are read at run time
from typing import Annotated, Literal

import typer

from jianwei.cli.language import Both

LIBRARY_VARIABLE = "JIANWEI_LIBRARY"
DEFAULT_LIBRARY = "jianwei-library"


@dataclass(frozen=True, slots=True, kw_only=True)
class CommonOptions:
    """The options that every command takes; they also work before the command."""

    library: Annotated[
        Path | None,
        typer.Option("--library", "-l", metavar="PATH"),
        Both(
            f"Folder of the library. Default: the variable {LIBRARY_VARIABLE}, else ./{DEFAULT_LIBRARY}.",
            f"库所在的文件夹。默认取环境变量 {LIBRARY_VARIABLE}，未设置时为 ./{DEFAULT_LIBRARY}。",
        ),
    ] = None
    json: Annotated[
        bool,
        typer.Option("--json"),
        Both("Answer in JSON on standard output, errors too.", "在标准输出以 JSON 回答，出错时也一样。"),
    ] = False
    lang: Annotated[
        Literal["zh", "en"] | None,
        typer.Option("--lang", metavar="zh|en"),
        Both(
            "Language of help and messages. Default: the variable JIANWEI_LANG, else the locale.",
            "帮助与消息的语言。默认取环境变量 JIANWEI_LANG，未设置时按系统区域。",
        ),
    ] = None
    debug: Annotated[
        bool,
        typer.Option("--debug"),
        Both("Show the traceback of an unexpected error.", "遇到意外错误时显示调用栈。"),
    ] = False
