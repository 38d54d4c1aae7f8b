"""Passwords: what is accepted, and their Argon2id hashes (RFC 9106, the parameters of argon2-cffi).

Two hashes are made at once at most: each takes 64 MiB, and sign-ins of strangers must not take the memory.
"""

from __future__ import annotations

import threading
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

from jianwei.errors import AccountError

if TYPE_CHECKING:
    from argon2 import PasswordHasher

_SHORTEST = 10  # NIST SP 800-63B asks for 8 at least and for no rules about kinds of characters
_LONGEST = 200
_TURN = threading.BoundedSemaphore(2)


def check_password(password: str, *, name: str) -> str:
    """Return a password that may be used.

    Raises:
        AccountError: it is too short or too long, holds the name, or is one character or sequence repeated.
    """
    if not _SHORTEST <= len(password) <= _LONGEST:
        raise AccountError(
            f"The password has {len(password)} characters; allowed are {_SHORTEST} to {_LONGEST}. A few words in a row "
            "are easy to keep in mind.",
            zh=f"密码有 {len(password)} 个字符，应为 {_SHORTEST} 到 {_LONGEST} 个。用几个词连起来更容易记住。",
        )
    if name.casefold() in password.casefold() or _is_monotonous(password):
        raise AccountError(
            "The password can be guessed: it holds the name of the account, or is one pattern or digits only. "
            "Choose another.",
            zh="密码太容易猜到：它包含账号名，或只是简单重复或纯数字。请换一个。",
        )
    return password


def hash_password(password: str) -> str:
    """Return the Argon2id hash of a password, with its salt and parameters."""
    with _TURN:
        return _hasher().hash(password)


def is_password(password: str, hashed: str) -> bool:
    """True when the hash is that of the password. An empty hash takes as long as any and is never right."""
    from argon2.exceptions import InvalidHashError, VerificationError

    with _TURN:
        try:
            return _hasher().verify(hashed or _decoy(), password[: _LONGEST + 1]) and bool(hashed)
        except (VerificationError, InvalidHashError):
            return False


@cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher

    return PasswordHasher()


@cache
def _decoy() -> str:
    return _hasher().hash("nobody has this password")


def _is_monotonous(password: str) -> bool:
    steps = {ord(after) - ord(before) for before, after in pairwise(password)}
    return password.isdecimal() or len(set(password)) < 4 or steps in ({1}, {-1})
