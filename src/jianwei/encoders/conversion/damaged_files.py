"""How a file that cannot be used as a checkpoint is told about: by name, with what it seems to be and what to do.

Downloads go wrong in few ways, each with its own remedy: cut short, a web page saved in place of the file, or the small
text that stands for a large file in a git repository.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jianwei.errors import ModelError

if TYPE_CHECKING:
    from pathlib import Path

_LOOKS: tuple[tuple[bytes, str, str], ...] = (
    (
        b"version https://git-lfs",
        "it is only a git-lfs pointer, not the file itself",
        "它只是 git-lfs 指针而非文件本身",
    ),
    (b"<!doctype", "it is a web page, not the file itself", "它是网页而非文件本身"),
    (b"<html", "it is a web page, not the file itself", "它是网页而非文件本身"),
)


def damaged(path: Path, reason: str) -> ModelError:
    """Return the error for a file that is not what it should be; names a web page or pointer file as such."""
    with path.open("rb") as stream:
        start = stream.read(64).lstrip().lower()
    found = next(((english, chinese) for mark, english, chinese in _LOOKS if start.startswith(mark)), None)
    if not start:
        found = ("it is empty", "文件为空")
    english, chinese = found or (reason, reason)
    return ModelError(
        f"{path} cannot be used as a checkpoint: {english}. Download it again.",
        zh=f"{path} 不能用作模型权重：{chinese}。请重新下载。",
        path=str(path),
    )


def incomplete(path: Path, *, have_bytes: int, need_bytes: int) -> ModelError:
    """Return the error for a file that ends too early."""
    return ModelError(
        f"{path} is incomplete: {have_bytes:,} of at least {need_bytes:,} bytes are there. Download it again.",
        zh=f"{path} 不完整：至少应有 {need_bytes:,} 字节，实际只有 {have_bytes:,} 字节。请重新下载。",
        path=str(path),
        have_bytes=have_bytes,
        need_bytes=need_bytes,
    )
