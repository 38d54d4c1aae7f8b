"""What an embedding server answers: from the bytes of a successful response to vectors, or why it is no such thing.

All dialects answer alike: `{"data": [{"index": 0, "embedding": [...]}, ...]}`. Left out: scaling to unit length.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from jianwei.errors import ModelError

if TYPE_CHECKING:
    from numpy.typing import NDArray


def read_vectors(content: bytes, *, count: int, server: str) -> NDArray[np.float32]:
    """Return the (count, dims) vectors of a response, in the order in which they were asked for.

    NaN and infinity are passed on as they are.

    Raises:
        ModelError: it is not such a response, or holds another number of vectors.
    """
    entries = _entries(content, server)
    if len(entries) != count:
        raise ModelError(
            f"{server} answered with {len(entries)} vectors for {count} inputs. Check the model and the dialect.",
            zh=f"{server} 对 {count} 个输入返回了 {len(entries)} 个向量。请检查模型与接口类型的设置。",
            server=server,
        )
    try:
        ordered = sorted(enumerate(entries), key=lambda item: item[1].get("index", item[0]))
        # A null, which some JSON libraries write for NaN, becomes NaN here.
        vectors = np.array([entry["embedding"] for _, entry in ordered], np.float64)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _unusable(server, content) from error
    if vectors.ndim != 2 or vectors.shape[1] == 0:
        raise _unusable(server, content)
    with np.errstate(over="ignore"):
        return vectors.astype(np.float32)


def _entries(content: bytes, server: str) -> list[dict[str, Any]]:
    try:
        answer = orjson.loads(content)
    except orjson.JSONDecodeError:
        try:
            # Python's own reader takes the bare NaN that some servers write.
            answer = json.loads(content)
        except (ValueError, RecursionError) as error:
            raise _unusable(server, content) from error
    entries = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(entries, list):
        raise _unusable(server, content)
    return entries


def _unusable(server: str, content: bytes) -> ModelError:
    beginning = " ".join(content[:120].decode("utf-8", "replace").split())
    is_page = beginning.lower().startswith(("<!doctype", "<html"))
    found, found_zh = ("a web page", "一个网页") if is_page else (f"{beginning!r}", f"“{beginning}”")
    return ModelError(
        f"{server} answered with {found} instead of vectors. Is it an embedding server, and the address complete?",
        zh=f"{server} 返回的是{found_zh}，不是向量。请确认它是向量服务且地址完整。",
        server=server,
    )
