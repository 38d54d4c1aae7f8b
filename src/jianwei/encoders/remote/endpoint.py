"""Where a remote encoder is and how it is spoken to."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jianwei.errors import SettingsError
from jianwei.runtime.json_transport import JsonServer
from jianwei.text.credentials import without_credentials

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jianwei.settings import RemoteDialect, Settings


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One model behind one URL."""

    url: str = field(repr=False)
    """Base address such as `http://10.0.0.5:8000/v1`; `/embeddings` is added unless it is there."""

    model: str
    """The model's name on that server."""

    dialect: RemoteDialect = "vllm"

    api_key: str | None = field(default=None, repr=False)
    """Sent as a bearer token. It appears in no message and no log."""

    revision: str = "remote"
    """Part of the space's name. Change it when the server gets other weights: old vectors are then not compared."""

    dims: int | None = None
    """Length of a vector; None asks the server once."""

    extra: Mapping[str, object] = field(default_factory=dict)
    """Further fields of every request, such as `{"dimensions": 512}` or `{"padding": "max_length"}`."""

    concurrency: int = 4
    """Requests at once."""

    items_per_request: int = 16
    """Texts or pictures per request, where the dialect sends lists."""

    timeout_s: float = 60.0
    """How long one request may take."""

    attempts: int = 5
    """How often one request is sent before it has failed."""

    first_wait_s: float = 0.5
    """Wait before the second attempt; it doubles with each further one."""

    longest_wait_s: float = 60.0
    """No wait is longer than this; a server that asks for more ends the attempts."""

    longest_side_px: int = 1024
    """Larger pictures are reduced before they are sent; the models look at fewer pixels than that."""

    @property
    def space(self) -> str:
        """Name of the vector space, `remote:model@revision`: never that of a local model of the same name."""
        return f"remote:{self.model}@{self.revision}"

    @property
    def server(self) -> JsonServer:
        """The server that is asked, and how patiently."""
        return JsonServer(
            self.url,
            "/embeddings",
            api_key=self.api_key,
            concurrency=self.concurrency,
            timeout_s=self.timeout_s,
            attempts=self.attempts,
            first_wait_s=self.first_wait_s,
            longest_wait_s=self.longest_wait_s,
        )


def endpoint_from_settings(settings: Settings) -> Endpoint | None:
    """Return the endpoint that the settings name; None where they name none.

    Raises:
        SettingsError: there is an address but no name of a model.
    """
    if not settings.remote_encoder_endpoint:
        return None
    if not settings.remote_encoder_model:
        shown = without_credentials(settings.remote_encoder_endpoint)
        raise SettingsError(
            f"JIANWEI_REMOTE_ENCODER_ENDPOINT is {shown!r}, but no model is named. "
            "Set JIANWEI_REMOTE_ENCODER_MODEL to the name that this server knows its model by.",
            zh=f"已设置 JIANWEI_REMOTE_ENCODER_ENDPOINT 为“{shown}”，但未指定模型。"
            "请将 JIANWEI_REMOTE_ENCODER_MODEL 设为该服务上的模型名。",
            name="JIANWEI_REMOTE_ENCODER_MODEL",
        )
    return Endpoint(
        url=settings.remote_encoder_endpoint,
        model=settings.remote_encoder_model,
        dialect=settings.remote_encoder_dialect,
        api_key=settings.remote_encoder_key or None,
        revision=settings.remote_encoder_revision,
        timeout_s=settings.remote_encoder_timeout_s,
        attempts=settings.remote_encoder_attempts,
    )
