"""The guided tour behind `make demo`: ingests the sample listings and asks questions of them, with the real commands.

Every line that starts with $ is what a user would type. It stops at the first command that fails, with its exit code.
"""

from __future__ import annotations

import argparse
import locale
import os
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
PROGRAM = Path(sys.executable).with_name("jianwei")

Step = tuple[str, str, list[str]]
"""What it shows in English and in Chinese, and the arguments of the command."""

MODEL = "chinese-clip-vit-base-patch16"
PULL: Step = (
    "Pull a model that knows what pictures show (about 0.8 GB, once; it goes on where it stopped).",
    "下载能看懂画面的模型（约 0.8 GB，仅首次；中断后会接着下载）。",
    ["models", "pull", MODEL],
)
BY_MEANING: list[Step] = [
    (
        "Make the vectors of all pictures and titles.",
        "为全部图片和标题生成向量。",
        ["embed", "--model", MODEL],
    ),
    (
        "Words that stand in no picture and no title: found by what the picture shows.",
        "图片和标题中都没有的字：按画面含义找到。",
        ["search", "一只白色的药瓶", "--limit", "3"],
    ),
]
STEPS: list[Step] = [
    (
        "Ingest 70 fictional listings with real OCR (about a minute, once). One file is broken on purpose.",
        "导入 70 个虚构商品，逐张识别文字（约一分钟，仅首次）。其中一个文件是故意损坏的。",
        ["ingest", "samples/listings.jsonl"],
    ),
    (
        "Words that stand in the picture only, in no title: who claims to cure constipation for good?",
        "只出现在图片里、标题中没有的字：谁在宣称“根治便秘”？",
        ["search", "根治便秘", "--limit", "2"],
    ),
    (
        "A WeChat id written on a photographed note: it is text like any other.",
        "拍进照片里的微信号，同样可以检索。",
        ["search", "加薇 OR 微信 OR xugou", "--limit", "3"],
    ),
    (
        "A picture instead of words: who else uses it? Smaller, compressed again, cropped or mirrored copies count.",
        "以图搜图：还有谁在用这张图？缩小、重新压缩、裁剪或镜像的副本也能找到。",
        ["search", "--picture", "samples/pictures/1003-m1.webp", "--limit", "3"],
    ),
    (
        "A picture and words together.",
        "图文结合检索。",
        ["search", "抗肿瘤", "--picture", "samples/pictures/1003-m1.webp", "--limit", "2"],
    ),
    (
        "English listings are in the same library.",
        "英文商品也在同一个库中。",
        ["search", "cure OR cures OR detox", "--limit", "2"],
    ),
    (
        "Suspected violations, surest first: type, words, articles of law; framed pictures go to demo-marked.",
        "疑似违法，按可能性排序：类型、词语、法律条款；框出词语的图片写入 demo-marked。",
        ["findings", "--limit", "3", "--marked", "demo-marked"],
    ),
    (
        "How many of each type.",
        "各类型的数量。",
        ["findings", "--summary"],
    ),
    ("What works on this machine, and what is off.", "本机可用的功能与未启用的功能。", ["doctor"]),
]

MORE = """
With a model, words also find pictures by what they show: make demo CLIP=1 (downloads about 0.8 GB).
"""
MORE_ZH = """
装上模型后，文字还能按画面含义找到图片：make demo CLIP=1（需下载约 0.8 GB）。
"""

FAREWELL = """
Your own data: a folder of pictures, a sheet (CSV, Excel, JSON Lines, Parquet) or product JSON:

    {program} ingest PATH-TO-YOUR-DATA --library my-library
    {program} search WORDS --library my-library

docs/sources.md says which columns are understood. The demo took {seconds:.0f} seconds; its library is {library}.
"""

FAREWELL_ZH = """
使用自己的数据：图片文件夹、表格（CSV、Excel、JSON Lines、Parquet）或商品 JSON 均可：

    {program} ingest 数据路径 --library my-library
    {program} search 检索词 --library my-library

支持哪些列名见 docs/sources.md。演示用时 {seconds:.0f} 秒，演示库位于 {library}。
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--library", default="demo-library")
    parser.add_argument("--lang", choices=["zh", "en"], default=default_language())
    parser.add_argument("--clip", action="store_true", help="pull a model first, then search by meaning too")
    options = parser.parse_args()
    os.chdir(HERE.parent)
    started = time.monotonic()
    for step in steps(clip=options.clip):
        code = show(step, options.library, options.lang)
        if code:
            return code
    farewell = FAREWELL_ZH if options.lang == "zh" else FAREWELL
    if not options.clip:
        farewell = (MORE_ZH if options.lang == "zh" else MORE) + farewell
    program = PROGRAM.relative_to(Path.cwd()) if PROGRAM.is_relative_to(Path.cwd()) else PROGRAM
    print(farewell.format(program=program, seconds=time.monotonic() - started, library=options.library))
    return 0


def steps(*, clip: bool) -> list[Step]:
    """Return the tour. The model comes first: without a hub it is told in seconds, not after a minute of reading."""
    if not clip:
        return STEPS
    ingest, *searches, doctor = STEPS
    return [PULL, ingest, *BY_MEANING, *searches, doctor]


def show(step: Step, library: str, language: str) -> int:
    """Run one command of the tour as a user would type it; return its exit code."""
    english, chinese, arguments = step
    about_models = arguments[0] == "models"
    shown = arguments if about_models else [*arguments, "--library", library]
    title = chinese if language == "zh" else english
    print(f"\n\033[1m{title}\033[0m" if sys.stdout.isatty() else f"\n{title}")
    print(f"$ jianwei {' '.join(quoted(part) for part in shown)}\n", flush=True)
    return subprocess.run([str(PROGRAM), *shown, "--lang", language], check=False).returncode


def default_language() -> str:
    wanted = os.environ.get("JIANWEI_LANG") or os.environ.get("LC_ALL") or os.environ.get("LANG") or ""
    return "zh" if (wanted or locale.getlocale()[0] or "").lower().startswith(("zh", "chinese")) else "en"


def quoted(part: str) -> str:
    return f'"{part}"' if " " in part else part


if __name__ == "__main__":
    sys.exit(main())
