"""Show how a pull or an import of a model goes: a bar on a terminal, else plain lines, always on standard error."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from jianwei.cli.language import Both
from jianwei.cli.progress import PLAIN_INTERVAL_S
from jianwei.cli.session import write_error_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jianwei.cli.session import Session
    from jianwei.encoders.hub.progress import PullProgress

_STAGES = {
    "waiting": Both(
        "Another process is pulling this model ({what}); waiting", "另一个进程正在下载该模型（{what}），等待中"
    ),
    "looking": Both("Looking: {what}", "查找：{what}"),
    "downloading": Both("Downloading {what}", "下载 {what}"),
    "checking": Both("Checking {what}", "核对 {what}"),
    "importing": Both("Importing: {what}", "导入：{what}"),
}
_PLACES = {
    "local": Both("folders of JIANWEI_MODEL_SOURCES", "JIANWEI_MODEL_SOURCES 指定的文件夹"),
    "cache": Both("caches of this machine", "本机缓存"),
    "modelscope": Both("asking ModelScope", "询问 ModelScope"),
    "huggingface": Both("asking Hugging Face", "询问 Hugging Face"),
    "reading": Both("reading the weights", "读取权重"),
    "hashing": Both("hashing the weights", "计算权重摘要"),
    "converting": Both("writing the model", "写出模型"),
    "measuring": Both("measuring what the smaller format loses", "测量低精度的损失"),
    "finishing": Both("finishing", "收尾"),
}
_MEGABYTE = 1_000_000


@contextmanager
def pull_progress(session: Session) -> Iterator[Callable[[PullProgress], None]]:
    """Give a function that shows each moment of a pull."""
    if not sys.stderr.isatty():
        yield PlainPull(session)
        return
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=session.console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        def show(moment: PullProgress) -> None:
            bar.update(task, description=stage_text(moment, session), total=moment.total_bytes)
            if moment.total_bytes is not None:
                bar.update(task, completed=moment.done_bytes)

        yield show


class PlainPull:
    """Writes one plain line for each new step, and one every ten seconds while bytes come."""

    def __init__(self, session: Session, clock: Callable[[], float] = time.monotonic) -> None:
        self._session = session
        self._clock = clock
        self._last = ""
        self._next_s = 0.0

    def __call__(self, moment: PullProgress) -> None:
        """Write a line if there is something new to say, or it is time for one."""
        text = stage_text(moment, self._session)
        if text == self._last and self._clock() < self._next_s:
            return
        if text == self._last and moment.total_bytes is None:
            return
        self._last, self._next_s = text, self._clock() + PLAIN_INTERVAL_S
        write_error_line(f"{text}{_bytes_text(moment)}")


def stage_text(moment: PullProgress, session: Session) -> str:
    """Return what is being done, in the language of the session."""
    what = _PLACES.get(moment.what)
    said = moment.what if what is None else session.say(what)
    return session.say(_STAGES[moment.stage], what=said)


def _bytes_text(moment: PullProgress) -> str:
    if moment.total_bytes is None:
        return ""
    return f" · {moment.done_bytes / _MEGABYTE:.1f}/{moment.total_bytes / _MEGABYTE:.1f} MB"
