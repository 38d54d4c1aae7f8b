"""URLs without the password in them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jianwei.text.credentials import without_credentials


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("https://user:secret@example.com/a.jpg", "https://***@example.com/a.jpg"),
        ("https://user@example.com/a.jpg", "https://***@example.com/a.jpg"),
        ("ftp://user:sec@ret@example.com/a.jpg", "ftp://***@example.com/a.jpg"),
        ("https://example.com/a.jpg", "https://example.com/a.jpg"),
        ("https://example.com/@shop/a.jpg?mail=a@b.example", "https://example.com/@shop/a.jpg?mail=a@b.example"),
        ("/data/商品@2x.jpg", "/data/商品@2x.jpg"),
        (
            "from http://a:b@one.example to http://c:d@two.example/",
            "from http://***@one.example to http://***@two.example/",
        ),
        ("", ""),
    ],
)
def test_user_and_password_are_hidden_and_nothing_else(url: str, told: str) -> None:
    assert without_credentials(url) == told


@given(
    user=st.from_regex(r"[a-z]{1,8}", fullmatch=True),
    password=st.from_regex(r"[A-Z0-9:@!$&%*+;=.-]{1,20}", fullmatch=True),
)
def test_no_part_of_a_password_is_left_and_hiding_twice_changes_nothing(user: str, password: str) -> None:
    told = without_credentials(f"https://{user}:{password}@host.example/path")
    assert told == "https://***@host.example/path"
    assert without_credentials(told) == told
