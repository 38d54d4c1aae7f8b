"""The public interfaces of the two hubs: what a repository holds, and where each of its files is.

Source: Hugging Face's Hub API (`/api/models/ID?blobs=true`, `/ID/resolve/REVISION/FILE`), which its mirrors speak too;
ModelScope's as its own client uses it (`/api/v1/models/ID/repo/files`, `/api/v1/models/ID/repo`). Both are read without
a login.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote

from jianwei.encoders.hub.repositories import Repository, RepositoryFile
from jianwei.errors import HubError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jianwei.encoders.hub.http_client import HubClient

_MODELSCOPE_REVISION = "master"


class Hub(Protocol):
    """One hub: how its repositories are asked for."""

    client: HubClient

    def repository(self, repository_id: str) -> Repository:
        """Return what a repository holds at its newest revision.

        Raises:
            HubError: it is not there, or the hub has no usable answer.
        """
        ...

    def file_question(self, repository: Repository, path: str) -> tuple[str, Mapping[str, str]]:
        """Return the path and the parameters under which the hub gives a file."""
        ...


class HuggingFace:
    """Hugging Face, or a mirror of it."""

    def __init__(self, client: HubClient) -> None:
        self.client = client

    def repository(self, repository_id: str) -> Repository:
        """Return what a repository holds at the newest commit of its main branch; its files are taken from that one.

        Raises:
            HubError: it is not there, or the hub has no usable answer.
        """
        answer = self.client.json(f"/api/models/{quote(repository_id)}", {"blobs": "true"})
        try:
            files = tuple(_huggingface_file(entry) for entry in answer["siblings"])
            licence = (answer.get("cardData") or {}).get("license") or ""
            revision = str(answer.get("sha") or "main")
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise _unexpected(self.client.endpoint, error) from error
        address = f"{self.client.endpoint}/{repository_id}"
        return Repository(address, repository_id, revision, files, licence if isinstance(licence, str) else "")

    def file_question(self, repository: Repository, path: str) -> tuple[str, Mapping[str, str]]:
        """Return the path and the parameters under which the hub gives a file."""
        return f"/{quote(repository.repository_id)}/resolve/{quote(repository.revision)}/{quote(path)}", {}


class ModelScope:
    """ModelScope."""

    def __init__(self, client: HubClient) -> None:
        self.client = client

    def repository(self, repository_id: str) -> Repository:
        """Return what a repository holds on its main branch.

        Raises:
            HubError: it is not there, or the hub has no usable answer.
        """
        answer = self.client.json(
            f"/api/v1/models/{quote(repository_id)}/repo/files",
            {"Revision": _MODELSCOPE_REVISION, "Recursive": "true"},
        )
        try:
            if not answer.get("Success", True):
                raise _refused(self.client.endpoint, repository_id, str(answer.get("Message") or "no reason given"))
            entries = [entry for entry in answer["Data"]["Files"] if entry.get("Type") != "tree"]
            files = tuple(_modelscope_file(entry) for entry in entries)
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise _unexpected(self.client.endpoint, error) from error
        address = f"{self.client.endpoint}/models/{repository_id}"
        return Repository(address, repository_id, _MODELSCOPE_REVISION, files)

    def file_question(self, repository: Repository, path: str) -> tuple[str, Mapping[str, str]]:
        """Return the path and the parameters under which the hub gives a file."""
        parameters = {"Revision": repository.revision, "FilePath": path}
        return f"/api/v1/models/{quote(repository.repository_id)}/repo", parameters


def _huggingface_file(entry: Mapping[str, Any]) -> RepositoryFile:
    large = entry.get("lfs") or {}
    size = large.get("size", entry.get("size"))
    return RepositoryFile(
        str(entry["rfilename"]),
        None if size is None else int(size),
        sha256=_hexadecimal(large.get("sha256") or large.get("oid"), 64),
        # For large files this is the id of a pointer to them.
        git_sha1="" if large else _hexadecimal(entry.get("blobId"), 40),
    )


def _modelscope_file(entry: Mapping[str, Any]) -> RepositoryFile:
    size = entry.get("Size")
    return RepositoryFile(
        str(entry["Path"]), None if size is None else int(size), sha256=_hexadecimal(entry.get("Sha256"), 64)
    )


def _hexadecimal(value: object, length: int) -> str:
    """Return a checksum as the hub states it, in small letters; empty where it states none that can be one."""
    text = str(value or "").lower()
    return text if len(text) == length and not set(text) - set("0123456789abcdef") else ""


def _unexpected(endpoint: str, error: Exception) -> HubError:
    return HubError(
        f"{endpoint} answered JSON of another form than expected ({type(error).__name__}: {error}). "
        "Is it the address of this kind of hub?",
        zh=f"{endpoint} 返回的 JSON 与预期不符（{type(error).__name__}：{error}）。该地址是这种模型站点吗？",
        reason="unexpected-json",
        endpoint=endpoint,
    )


def _refused(endpoint: str, repository_id: str, said: str) -> HubError:
    return HubError(
        f"{endpoint} does not give {repository_id}: {said[:200]}",
        zh=f"{endpoint} 未提供 {repository_id}：{said[:200]}",
        reason="absent",
        endpoint=endpoint,
    )
