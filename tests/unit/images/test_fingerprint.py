from __future__ import annotations

from jianwei.images.fingerprint import picture_sha256


def test_the_name_is_the_sha256_of_the_bytes() -> None:
    # Source: FIPS 180-2, appendix B.1, the message "abc".
    assert picture_sha256(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
