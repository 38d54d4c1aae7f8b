"""Random secrets, and the form in which they are kept: they leave the desk once, its database never."""

from __future__ import annotations

import hashlib
import secrets

TOKEN_PREFIX = "jw_"  # noqa: S105  # a mark by which scanners of leaked secrets find one, not a secret


def new_secret() -> str:
    """Return 256 random bits as text for URLs and headers."""
    return secrets.token_urlsafe(32)


def new_token() -> str:
    """Return a new API token."""
    return TOKEN_PREFIX + new_secret()


def kept_form(secret: str) -> str:
    """Return the SHA-256 of a secret. It is random, so no salt and no slow hash are needed."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
