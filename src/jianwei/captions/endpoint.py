"""Where the vision-language model is, and how much it may be asked. Nothing leaves the machine until one is named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jianwei.errors import SettingsError
from jianwei.runtime.json_transport import JsonServer
from jianwei.text.credentials import without_credentials

if TYPE_CHECKING:
    from jianwei.settings import Settings

_LARGEST_ANSWER_BYTES = 1024 * 1024  # a thousand tokens are some kilobytes


@dataclass(frozen=True, slots=True)
class VisionEndpoint:
    """One vision-language model behind an OpenAI-compatible server."""

    server: JsonServer
    model: str
    requests_per_minute: int = 0
    """0 for as many as the server takes."""

    longest_side_px: int = 1280
    """Larger pictures are reduced before they are sent."""

    longest_answer_tokens: int = 1024


def vision_endpoint(settings: Settings) -> VisionEndpoint | None:
    """Return the endpoint that the settings name; None where they name none.

    Raises:
        SettingsError: there is an address but no name of a model.
    """
    if not settings.vision_endpoint:
        return None
    if not settings.vision_model:
        shown = without_credentials(settings.vision_endpoint)
        raise SettingsError(
            f"JIANWEI_VISION_ENDPOINT is {shown!r}, but no model is named. Set JIANWEI_VISION_MODEL "
            "to the name that this server knows its model by.",
            zh=f"已设置 JIANWEI_VISION_ENDPOINT 为“{shown}”，但未指定模型。"
            "请将 JIANWEI_VISION_MODEL 设为该服务上的模型名。",
            name="JIANWEI_VISION_MODEL",
        )
    server = JsonServer(
        settings.vision_endpoint,
        "/chat/completions",
        api_key=settings.vision_key or None,
        key_setting="JIANWEI_VISION_KEY",
        concurrency=max(1, settings.vision_concurrency),
        timeout_s=settings.vision_timeout_s,
        attempts=settings.vision_attempts,
        largest_answer_bytes=_LARGEST_ANSWER_BYTES,
    )
    return VisionEndpoint(server, settings.vision_model, settings.vision_requests_per_minute)
