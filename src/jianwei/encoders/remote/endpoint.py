"""Where a remote encoder is and how it is spoken to. It has no behaviour."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

Dialect = Literal["vllm", "jina", "infinity"]
"""How requests are worded: `vllm` sends one chat message per text or picture, `jina` and `infinity` send lists."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One model behind one URL."""

    url: str = field(repr=False)
    """Base address such as `http://10.0.0.5:8000/v1`; `/embeddings` is added unless it is there."""

    model: str
    """The model's name on that server."""

    dialect: Dialect = "vllm"

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
