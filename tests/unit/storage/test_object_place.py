"""URLs of stores: what is read from them, what is refused, and that no secret is shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jianwei.errors import SettingsError
from jianwei.storage.object_place import parse_place


def test_the_query_gives_the_options_of_the_file_system() -> None:
    place = parse_place("s3://bucket/a/b/?endpoint_url=http://127.0.0.1:9000&anon=true&key=K&secret=S")
    assert (place.protocol, place.url, place.shown) == ("s3", "s3://bucket/a/b", "s3://bucket/a/b")
    assert place.options == {"endpoint_url": "http://127.0.0.1:9000", "anon": True, "key": "K", "secret": "S"}
    assert place.secrets == ("K", "S")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("sftp://li:geheim@host:22/pictures", "sftp://li:***@host:22/pictures"),
        ("sftp://li@host/pictures", "sftp://li@host/pictures"),
        ("abfs://container@account.dfs.core.windows.net/a", "abfs://container@account.dfs.core.windows.net/a"),
        ("memory://", "memory://"),
    ],
)
def test_only_passwords_are_hidden(url: str, shown: str) -> None:
    assert parse_place(url).shown == shown


@pytest.mark.parametrize("url", ["bucket", "s3:/bucket", "s3://", "s3:///", "://bucket", "S3 ://b", "C:\\pictures"])
def test_what_names_no_place_is_refused(url: str) -> None:
    with pytest.raises(SettingsError, match="s3://bucket/prefix") as caught:
        parse_place(url)
    assert "存储桶" in caught.value.message_zh


def test_a_refused_url_does_not_show_its_secrets() -> None:
    with pytest.raises(SettingsError) as caught:
        parse_place("s3://?key=K&secret=geheim")
    assert "geheim" not in caught.value.message + caught.value.message_zh


@given(st.text(alphabet="abcXYZ019%+/=~-", min_size=8, max_size=30))
def test_no_secret_of_the_query_is_in_what_is_shown_or_cleaned(secret: str) -> None:
    from urllib.parse import quote

    place = parse_place(f"s3://bucket/prefix?secret={quote(secret, safe='')}")
    assert secret not in place.shown
    assert secret not in repr(place)
    assert secret not in place.cleaned(f"cannot sign with {secret}!")


def test_a_place_is_blamed_on_what_it_was_given_as() -> None:
    with pytest.raises(SettingsError, match=r"^TARGET is 'nowhere'"):
        parse_place("nowhere", called="TARGET")
    assert parse_place("s3://bucket/x", called="TARGET").called == "TARGET"
    assert parse_place("s3://bucket/x").called == "JIANWEI_PICTURES_URL"
