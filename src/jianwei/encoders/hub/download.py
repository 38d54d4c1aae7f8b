"""Download the files of a repository into a folder: what is there stays, what is half there is continued.

A file that is on its way is named after its content, so another hub that has the same content goes on where the first
one stopped, and a file that changed meanwhile is not glued to the old half. It gets its own name when its checksum is
right.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from jianwei.encoders.hub.checksums import difference
from jianwei.encoders.hub.http_client import ATTEMPTS, check_no_page
from jianwei.encoders.hub.progress import PullProgress
from jianwei.errors import HubError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import httpx

    from jianwei.encoders.hub.hubs import Hub
    from jianwei.encoders.hub.progress import ShowPull
    from jianwei.encoders.hub.repositories import Repository, RepositoryFile

_RANGE_START = re.compile(r"bytes (\d+)-")


class _Task(NamedTuple):
    """One file on its way: from where, to where, and how many bytes of the whole download lie before and behind it."""

    hub: Hub
    repository: Repository
    file: RepositoryFile
    target: Path
    show: ShowPull
    before_bytes: int
    total_bytes: int | None

    @property
    def part(self) -> Path:
        return self.target.with_name(f"{self.target.name}.{self.file.content_id[:12]}.part")

    def tell(self, have_bytes: int) -> None:
        self.show(PullProgress("downloading", self.file.path, self.before_bytes + have_bytes, self.total_bytes))


def download_files(
    hub: Hub, repository: Repository, files: Sequence[RepositoryFile], folder: Path, *, show: ShowPull
) -> None:
    """Put files of a repository into a folder, each whole and with the checksum that the hub states.

    Raises:
        HubError: the hub broke off too often, or what it gave is not what it stated.
        OSError: the folder cannot be written.
    """
    sizes = [file.size_bytes for file in files]
    total_bytes = None if None in sizes else sum(size or 0 for size in sizes)
    before_bytes = 0
    for file in files:
        target = folder / file.path
        task = _Task(hub, repository, file, target, show, before_bytes, total_bytes)
        if not target.is_file() or difference(target, file) is not None:
            _download(task)
        before_bytes += target.stat().st_size


def missing_bytes(files: Sequence[RepositoryFile], folder: Path) -> int:
    """Return how many bytes have still to come, as far as the hub tells sizes."""
    missing = 0
    for file in files:
        if file.size_bytes is None or (folder / file.path).is_file():
            continue
        part = folder / f"{file.path}.{file.content_id[:12]}.part"
        missing += file.size_bytes - (part.stat().st_size if part.is_file() else 0)
    return missing


def _download(task: _Task) -> None:
    """Fetch one file, continuing after each break; after a break that brought bytes the attempts count anew."""
    failures, wrong, most_bytes = 0, 0, _size(task.part)
    while True:
        try:
            _fetch_rest(task)
            _accept(task)
        except HubError as error:
            size_bytes = _size(task.part)
            failures = 1 if size_bytes > most_bytes else failures + 1
            most_bytes = max(most_bytes, size_bytes)
            wrong += error.facts.get("reason") == "checksum"
            if not error.transient or failures == ATTEMPTS or wrong > 1:
                raise
            task.hub.client.pause(failures, error)
        else:
            return


def _fetch_rest(task: _Task) -> None:
    have_bytes = _size(task.part)
    if have_bytes == task.file.size_bytes:
        return
    path, parameters = task.hub.file_question(task.repository, task.file.path)
    headers = {"Range": f"bytes={have_bytes}-"} if have_bytes else {}
    try:
        with task.hub.client.answer(path, parameters, headers) as response:
            _store(task, response, have_bytes)
    except HubError as error:
        if error.facts.get("status") == 416:
            # What is here reaches beyond the end of what is there: another content under the same name.
            task.part.unlink(missing_ok=True)
            error.transient = True
        raise


def _store(task: _Task, response: httpx.Response, have_bytes: int) -> None:
    # A hub that does not continue answers 200 and begins anew.
    continues = response.status_code == 206 and _starts_at(response) == have_bytes
    if not continues and response.status_code == 206:
        task.part.unlink(missing_ok=True)
        raise _cut(task, "another part than asked for", "与请求不同的片段")
    count = have_bytes if continues else 0
    with task.part.open("ab" if continues else "wb") as stream:
        for block in response.iter_raw():
            if count == 0:
                check_no_page(response, task.hub.client.endpoint, block)
            stream.write(block)
            count += len(block)
            task.tell(count)


def _accept(task: _Task) -> None:
    """Give the finished file its name if it is what the hub stated; else remove it, so that it is fetched anew."""
    size_bytes = _size(task.part)
    stated = task.file.size_bytes
    if stated is not None and size_bytes < stated:
        raise _cut(task, f"{size_bytes} of {stated} bytes", f"{stated} 字节中的 {size_bytes} 字节")
    task.show(PullProgress("checking", task.file.path, task.before_bytes + size_bytes, task.total_bytes))
    found = difference(task.part, task.file)
    if found is not None:
        task.part.unlink()
        raise HubError(
            f"{task.file.path} from {task.repository.address} is damaged: stated is {found[0]}, it has {found[1]}.",
            zh=f"{task.repository.address} 的 {task.file.path} 已损坏：应为 {found[0]}，实际为 {found[1]}。",
            transient=True,
            reason="checksum",
            file=task.file.path,
        )
    task.part.replace(task.target)


def _cut(task: _Task, what: str, what_zh: str) -> HubError:
    return HubError(
        f"{task.hub.client.endpoint} gave {what} of {task.file.path}.",
        zh=f"{task.hub.client.endpoint} 只给出了 {task.file.path} 的{what_zh}。",
        transient=True,
        reason="broken-off",
        file=task.file.path,
    )


def _starts_at(response: httpx.Response) -> int | None:
    match = _RANGE_START.match(response.headers.get("content-range", ""))
    return int(match.group(1)) if match else None


def _size(path: Path) -> int:
    return path.stat().st_size if path.is_file() else 0
