"""The model behind the embedding server that the settings name, as one of the models a library may choose.

Its name is `remote:MODEL`, so that it never meets a folder of the same name; `remote` alone means it wherever a model
is named. Left out: speaking to the server.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from jianwei.errors import NotFoundError, SettingsError

if TYPE_CHECKING:
    from jianwei.encoders.remote.encoder import RemoteEncoder
    from jianwei.encoders.remote.endpoint import Endpoint
    from jianwei.settings import RemoteDialect, Settings

REMOTE = "remote"
_PREFIX = f"{REMOTE}:"

_QUERY_ATTEMPTS = 2
_QUERY_TIMEOUT_S = 10.0
"""Somebody waits for a query: a server that is silent for longer is told as such."""


def is_remote(name: str) -> bool:
    """Return whether a name means a model behind a server."""
    return name == REMOTE or name.startswith(_PREFIX)


@dataclass(frozen=True, slots=True)
class ConfiguredRemote:
    """The model that the settings name, without asking its server anything; `problem` says why it cannot be used."""

    name: str
    space: str
    server: str
    """Scheme, host and port: the rest of an address may hold secrets."""
    dialect: RemoteDialect
    languages: tuple[str, ...]
    problem: SettingsError | None = None


def _endpoint(settings: Settings) -> Endpoint | None:
    """Return where the server is; what speaks to it is loaded only where the settings name one."""
    if not settings.remote_encoder_endpoint:
        return None
    from jianwei.encoders.remote.endpoint import endpoint_from_settings

    return endpoint_from_settings(settings)


def configured_remote(settings: Settings) -> ConfiguredRemote | None:
    """Return the model behind a server that the settings name; None where they name no server."""
    if not settings.remote_encoder_endpoint:
        return None
    name, space, problem = "", "", None
    try:
        endpoint = _endpoint(settings)
        if endpoint is not None:
            name, space = f"{_PREFIX}{endpoint.model}", endpoint.space
    except SettingsError as error:
        problem = error
    parts = urlsplit(settings.remote_encoder_endpoint)
    server = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    languages = settings.remote_encoder_languages
    return ConfiguredRemote(name, space, server, settings.remote_encoder_dialect, languages, problem)


class RemoteModel:
    """The configured endpoint under its name; there may be none."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def endpoint(self) -> Endpoint | None:
        """Return where the server is; None where the settings name none.

        Raises:
            SettingsError: there is an address but no name of a model.
        """
        return _endpoint(self._settings)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages of its texts, as the settings state them."""
        return self._settings.remote_encoder_languages

    def name(self) -> str | None:
        """Return the full name of the model; None where the settings name no server."""
        endpoint = self.endpoint()
        return None if endpoint is None else f"{_PREFIX}{endpoint.model}"

    def full_name(self, name: str) -> str:
        """Return the name of a model with `remote` written out, where the settings name a server."""
        return (self.name() or name) if name == REMOTE else name

    def named(self, name: str) -> Endpoint:
        """Return the endpoint of a remote model.

        Raises:
            NotFoundError: the settings name no server, or one with another model.
            SettingsError: there is an address but no name of a model.
        """
        endpoint, known = self.endpoint(), self.name()
        if endpoint is not None and name in {REMOTE, known}:
            return endpoint
        wanted = name.removeprefix(_PREFIX) if name != REMOTE else "MODEL"
        configured, configured_zh = ("no embedding server", "任何向量服务") if known is None else (known, known)
        raise NotFoundError(
            f"{name} is a model behind an embedding server, and the settings name {configured}. Set "
            f"JIANWEI_REMOTE_ENCODER_ENDPOINT and JIANWEI_REMOTE_ENCODER_MODEL={wanted}, or go on without it: "
            f"jianwei embed --remove {name}",
            zh=f"{name} 是向量服务上的模型，而当前设置的是{configured_zh}。请设置 JIANWEI_REMOTE_ENCODER_ENDPOINT 和 "
            f"JIANWEI_REMOTE_ENCODER_MODEL={wanted}，或不再使用它：jianwei embed --remove {name}",
            name=name,
        )


def open_remote(endpoint: Endpoint, *, for_queries: bool) -> RemoteEncoder:
    """Return the encoder of an endpoint; the one for queries gives up sooner."""
    from jianwei.encoders.remote.encoder import RemoteEncoder

    if for_queries:
        timeout_s = min(endpoint.timeout_s, _QUERY_TIMEOUT_S)
        endpoint = replace(endpoint, attempts=min(endpoint.attempts, _QUERY_ATTEMPTS), timeout_s=timeout_s)
    return RemoteEncoder(endpoint)
