"""Data URIs."""

from __future__ import annotations

import base64
from urllib.parse import quote_from_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jianwei.errors import PictureFetchError
from jianwei.ingest.fetching.data_uris import decode_base64, decode_data_uri


@given(st.binary(min_size=1, max_size=200))
def test_every_usual_writing_gives_the_same_bytes(data: bytes) -> None:
    standard = base64.b64encode(data).decode()
    url_safe = base64.urlsafe_b64encode(data).decode().rstrip("=")
    broken_up = "\n".join(standard[i : i + 20] for i in range(0, len(standard), 20))
    uris = [
        f"data:image/png;base64,{standard}",
        f"data:image/png;base64,{url_safe}",
        f"DATA:;BASE64,{broken_up}",
        f"data:image/png;base64,{standard.replace('+', '%2B').replace('=', '%3D')}",
        f"data:image/png,{quote_from_bytes(data)}",
    ]
    assert {decode_data_uri(uri, limit_bytes=1000) for uri in uris} == {data}


@pytest.mark.parametrize(
    ("uri", "reason"),
    [
        ("data:image/png;base64", "bad-data-uri"),
        ("data:image/png;base64,?!", "bad-data-uri"),
        ("data:image/png;base64,A", "bad-data-uri"),
        ("data:image/png;base64,图", "bad-data-uri"),
        ("data:image/png;base64,", "empty"),
        ("data:,", "empty"),
        ("data:image/png;base64," + "AAAA" * 400, "too-large"),
        ("data:," + "x" * 2000, "too-large"),
    ],
)
def test_a_bad_data_uri_is_refused_with_its_reason(uri: str, reason: str) -> None:
    with pytest.raises(PictureFetchError) as caught:
        decode_data_uri(uri, limit_bytes=1000)
    assert caught.value.reason == reason
    assert len(caught.value.message) < 400


def test_base64_with_foreign_characters_is_refused() -> None:
    with pytest.raises(ValueError, match="not base64"):
        decode_base64("ab*d")
