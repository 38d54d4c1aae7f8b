"""Decodes `data:` URIs: base64 (also URL-safe and unpadded) and percent-encoded bytes.

Source: RFC 2397. Deviations: white space inside base64 is ignored and padding may be missing, as in pages and sheets.
"""

from __future__ import annotations

import base64
import binascii
import re
from urllib.parse import unquote_to_bytes

from jianwei.ingest.fetching.refusals import refusal

_WHITE_SPACE = re.compile(r"\s+")
_URL_SAFE = str.maketrans("-_", "+/")


def decode_data_uri(uri: str, *, limit_bytes: int) -> bytes:
    """Return the bytes of a data URI.

    Raises:
        PictureFetchError: reason `bad-data-uri`, `empty` or `too-large` (seen before decoding).
    """
    head, comma, body = uri.partition(",")
    if not comma:
        raise refusal("bad-data-uri", uri, "it has no comma before the data", "数据之前缺少逗号")
    is_base64 = head.lower().rstrip().endswith(";base64")
    # Four base64 characters carry three bytes; three percent characters carry one. Refuse before making a copy.
    if len(body) > 4 * limit_bytes:
        raise refusal("too-large", uri, limit_bytes)
    try:
        raw = unquote_to_bytes(body)
        data = decode_base64(raw.decode("ascii")) if is_base64 else raw
    except ValueError as error:
        raise refusal("bad-data-uri", uri, error, "其中的数据不是有效的 base64 编码") from error
    if not data:
        raise refusal("empty", uri)
    if len(data) > limit_bytes:
        raise refusal("too-large", uri, limit_bytes)
    return data


def decode_base64(text: str) -> bytes:
    """Return the bytes of base64 text: standard or URL-safe alphabet, padded or not, white space ignored.

    Raises:
        ValueError: it has other characters or an impossible length.
    """
    plain = _WHITE_SPACE.sub("", text).translate(_URL_SAFE).rstrip("=")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except binascii.Error as error:
        raise ValueError(f"not base64 ({error})") from error
