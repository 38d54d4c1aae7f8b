"""What is sent to an embedding server: one wording per dialect, from texts or pictures to the body of a request.

Sources: vLLM's chat embeddings (its `vision_embedding_online.py` example and pooling request classes), Jina's
embeddings API, and the `modality` field of Infinity's embedding requests. Left out: sending.
"""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from jianwei.encoders.remote.endpoint import Endpoint
    from jianwei.images.pixels import RgbPixels
    from jianwei.settings import RemoteDialect

_LONGEST_TEXT = 8_000
"""Characters of a text that are sent: more than a title or caption has, less than what servers refuse."""
_JPEG_QUALITY = 95
_TO_ITS_CONTEXT = -1
"""What vLLM takes for "cut the text to what the model can read" instead of refusing it."""


def request_size(endpoint: Endpoint) -> int:
    """Return how many items go into one request."""
    return 1 if endpoint.dialect == "vllm" else max(1, endpoint.items_per_request)


def text_body(texts: Sequence[str], endpoint: Endpoint) -> dict[str, object]:
    """Return the body of a request for up to `request_size` texts; each is cut after 8,000 characters."""
    # Lone surrogates cannot be written as JSON, and servers refuse an empty text: a blank says as little.
    sent = [text[:_LONGEST_TEXT].encode("utf-8", "replace").decode("utf-8") or " " for text in texts]
    return {"model": endpoint.model, **_TEXT_WORDINGS[endpoint.dialect](sent), **endpoint.extra}


def picture_body(pictures: Sequence[RgbPixels], endpoint: Endpoint) -> dict[str, object]:
    """Return the body of a request for up to `request_size` pictures."""
    encoded = [base64.b64encode(picture_file(pixels, endpoint.longest_side_px)).decode("ascii") for pixels in pictures]
    return {"model": endpoint.model, **_PICTURE_WORDINGS[endpoint.dialect](encoded), **endpoint.extra}


def picture_file(pixels: RgbPixels, longest_side_px: int) -> bytes:
    """Return a picture as a JPEG file, its longer side at most `longest_side_px`, colours at full resolution."""
    from PIL import Image

    picture = Image.fromarray(pixels)
    picture.thumbnail((longest_side_px, longest_side_px), Image.Resampling.LANCZOS)
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=_JPEG_QUALITY, subsampling=0)
    return stream.getvalue()


def _vllm_texts(texts: list[str]) -> dict[str, object]:
    # As a message and not as `input`: only so the model's own template comes around it, as it does around pictures.
    return {**_message({"type": "text", "text": texts[0]}), "truncate_prompt_tokens": _TO_ITS_CONTEXT}


def _vllm_pictures(encoded: list[str]) -> dict[str, object]:
    return _message({"type": "image_url", "image_url": {"url": _data_uri(encoded[0])}})


def _message(content: dict[str, object]) -> dict[str, object]:
    return {"messages": [{"role": "user", "content": [content]}], "encoding_format": "float"}


def _jina_texts(texts: list[str]) -> dict[str, object]:
    return {"input": [{"text": text} for text in texts]}


def _jina_pictures(encoded: list[str]) -> dict[str, object]:
    return {"input": [{"image": picture} for picture in encoded]}


def _infinity_texts(texts: list[str]) -> dict[str, object]:
    return {"input": texts, "modality": "text", "encoding_format": "float"}


def _infinity_pictures(encoded: list[str]) -> dict[str, object]:
    return {"input": [_data_uri(picture) for picture in encoded], "modality": "image", "encoding_format": "float"}


def _data_uri(encoded: str) -> str:
    return f"data:image/jpeg;base64,{encoded}"


_TEXT_WORDINGS: dict[RemoteDialect, Callable[[list[str]], dict[str, object]]] = {
    "vllm": _vllm_texts,
    "jina": _jina_texts,
    "infinity": _infinity_texts,
}
_PICTURE_WORDINGS: dict[RemoteDialect, Callable[[list[str]], dict[str, object]]] = {
    "vllm": _vllm_pictures,
    "jina": _jina_pictures,
    "infinity": _infinity_pictures,
}
