"""What a hub says of one repository, and which of its files a model is made from.

Names of files come from outside and become names on disk, so only those that stand in a fixed list, or look like one
plain file name, are ever taken.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jianwei.errors import HubError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

_SHARD_INDEX = "model.safetensors.index.json"
_SHARD = re.compile(r"model-\d{5}-of-\d{5}\.safetensors", re.ASCII)
_WEIGHTS = (
    "model.safetensors",
    _SHARD_INDEX,
    "pytorch_model.bin",
    "open_clip_model.safetensors",
    "open_clip_pytorch_model.bin",
)
"""Usual names of weights, best first: safetensors files, whole or in shards, are read without unpickling."""

TOKENIZER_FILES = ("vocab.txt", "vocab.json", "merges.txt", "tokenizer.json")
_BESIDE_THEM = ("config.json", "preprocessor_config.json", "open_clip_config.json", *TOKENIZER_FILES)
_PLAIN_NAME = re.compile(r"[A-Za-z0-9][\w.@+-]{0,150}", re.ASCII)
_SINGLE_FILE_ENDINGS = (".pt", ".pth", ".safetensors")


@dataclass(frozen=True, slots=True)
class RepositoryFile:
    """One file as its hub describes it. What the hub does not say is None or empty."""

    path: str
    size_bytes: int | None = None
    sha256: str = ""
    git_sha1: str = ""
    """The id that git gives to its content; hubs state it for small files."""

    @property
    def content_id(self) -> str:
        """A name of the content: the same on every hub that has the same bytes, as far as the hub tells."""
        return self.sha256 or self.git_sha1 or f"size-{self.size_bytes}"


@dataclass(frozen=True, slots=True)
class Repository:
    """One model on one hub, at one revision."""

    address: str
    """For people and for the manifest: `https://hub/OWNER/NAME`."""
    repository_id: str
    revision: str
    files: tuple[RepositoryFile, ...]
    licence: str = ""

    def file(self, path: str) -> RepositoryFile | None:
        """Return the file of a name, None where there is none."""
        return next((file for file in self.files if file.path == path), None)


def weights_name(names: Collection[str], *, named: str = "") -> str:
    """Return which of the names holds the weights, `named` if it is there; empty where that cannot be told."""
    for name in (named,) if named else _WEIGHTS:
        if name in names:
            return name
    single = [name for name in names if name.endswith(_SINGLE_FILE_ENDINGS) and _PLAIN_NAME.fullmatch(name)]
    return single[0] if len(single) == 1 and not named else ""


def needed_files(repository: Repository, *, named: str = "") -> tuple[RepositoryFile, ...]:
    """Return the files to download: the weights last, and before them what stands beside them and is used.

    Raises:
        HubError: the repository has no weights that we know.
    """
    weights = weights_name([file.path for file in repository.files], named=named)
    if not weights:
        raise _no_weights(repository, named)
    shards = [file.path for file in repository.files if _SHARD.fullmatch(file.path)] if weights == _SHARD_INDEX else []
    wanted = (*_BESIDE_THEM, *shards, weights)
    found = (repository.file(name) for name in wanted)
    return tuple(file for file in found if file is not None)


def has_tokenizer(files: Iterable[RepositoryFile]) -> bool:
    """True when the files of some tokenizer are among these."""
    return any(file.path in TOKENIZER_FILES for file in files)


def _no_weights(repository: Repository, named: str) -> HubError:
    listed = ", ".join(sorted(file.path for file in repository.files)[:8]) or "nothing"
    wanted = named or ", ".join(_WEIGHTS)
    return HubError(
        f"{repository.address} has no weights that can be used: looked for {wanted}, or a single .pt file; "
        f"it has {listed}.",
        zh=f"{repository.address} 中没有可用的权重：应有 {wanted} 或唯一的 .pt 文件，实际有 {listed}。",
        reason="no-weights",
        address=repository.address,
    )
