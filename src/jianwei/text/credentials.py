"""Hides what a URL carries to be let in, wherever a URL is shown, logged or recorded as failed.

That is its user name and password, the values in its query that are keys by their names, and in its path what follows a
part that says so (`/token/…`) or has the form of a key. Left out: keys that neither their name nor their form tells.
"""

from __future__ import annotations

import re

_USER_AND_PASSWORD = re.compile(r"(?<=://)[^/?#\s]*@")
"""Up to the last @ before the path: a password that was not percent-encoded may hold one itself (RFC 3986, 3.2.1)."""

_SECRET = re.compile(
    r"""
    (?<=[?&;])
    ( (?: [a-z0-9._-]*                         # x-amz-signature, oss-access-token, api_key
          (?: token | secret | passw(?:or)?d | passwd | pwd | signature | credential s? | api[_-]?key
            | access[_-]?key(?:[_-]?id)? | auth[_-]?key | private[_-]?key | session[_-]?(?:id|key) | authorization )
        | sig | sign | auth | jwt | key | pass | q-ak
      ) = )
    ( [^&;\#\s"'<>，。、；：！？）】》”’]+ )
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""Source: the names in signed addresses of AWS S3, Alibaba Cloud OSS, Tencent Cloud COS, Azure and Google Cloud, and
what APIs call their keys. Marks of Chinese end a URL in a sentence."""

_PATH_SECRET = re.compile(
    r"""
    (?<=/)
    ( (?: (?:access[_-]?|auth[_-]?|api[_-]?|secret[_-]?)?(?:token|key) | secret | signature | jwt | bot[0-9]{6,} )
      [/:] )
    ( [^/?&;\#\s"'<>，。、；：！？）】》”’]{8,} )
    |
    (?<=/) ( ) ( (?: sk-|ghp_|xox[bp]-|jw_ )[A-Za-z0-9_-]{16,} | eyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)? )
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""What bots of Telegram, hooks of chats and signed links put into a path; a name with an ending is one of a file."""

_FILE_NAME = re.compile(r"\.[a-z0-9]{2,5}$", re.IGNORECASE)
"""The `key` of an object store names a file, and says more than it opens."""


def without_credentials(text: str) -> str:
    """Return a URL, or a text with URLs in it, with `***@` in place of each user name and password, and `***` of keys.

    Doing it twice changes nothing more.
    """
    if "://" not in text and "?" not in text:
        return text
    return _SECRET.sub(_hidden, _PATH_SECRET.sub(_hidden_in_path, _USER_AND_PASSWORD.sub("***@", text)))


def _hidden(found: re.Match[str]) -> str:
    name, value = found.groups()
    if name.lower() == "key=" and _FILE_NAME.search(value):
        return found.group()
    return f"{name}***"


def _hidden_in_path(found: re.Match[str]) -> str:
    name, value, _, alone = found.groups()
    if alone is not None:
        return "***"
    return found.group() if _FILE_NAME.search(value) else f"{name}***"
