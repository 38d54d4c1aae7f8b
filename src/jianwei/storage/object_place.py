"""The URL of a store of pictures, read once: where it is, how it is reached, and what of it may be shown.

It knows no protocol; which there are is for fsspec.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

from jianwei.errors import SettingsError

_FORM = re.compile(r"(?P<protocol>[a-z][a-z0-9+.-]*)://(?P<rest>[^?#]*)(?:\?(?P<query>.*))?", re.DOTALL)
_USER_AND_PASSWORD = re.compile(r"^(?P<user>[^@/:]*):[^/]*@")
_WORDS: dict[str, bool] = {"true": True, "false": False}

SETTING = "JIANWEI_PICTURES_URL"


@dataclass(frozen=True, slots=True)
class ObjectPlace:
    """A store of pictures.

    `url` is what fsspec gets, without the query; `options` are what the query said, for the file system.
    `shown` and `secrets` are for messages: the first holds nothing of the second. `called` is what the user gave it as.
    """

    protocol: str
    url: str = field(repr=False)
    shown: str
    called: str = SETTING
    options: dict[str, str | bool] = field(default_factory=dict, repr=False)
    secrets: tuple[str, ...] = field(default=(), repr=False)

    def cleaned(self, text: str) -> str:
        """Return a text of some library without the secrets of the URL."""
        for secret in self.secrets:
            text = text.replace(secret, "***")
        return text


def parse_place(url: str, *, called: str = SETTING) -> ObjectPlace:
    """Read the URL of a store, `protocol://bucket/prefix?option=value`; `called` is what the user gave it as.

    Raises:
        SettingsError: it is no such URL, or names no bucket.
    """
    form = _FORM.fullmatch(url.strip())
    if form is None or (not form["rest"].strip("/") and form["protocol"] != "memory"):
        shown = form["protocol"] + "://" if form is not None else url.partition("?")[0][:40].rpartition("@")[2]
        raise SettingsError(
            f"{called} is {shown!r}. It has to name a place, such as s3://bucket/prefix, "
            "gs://bucket/prefix, az://container/prefix, sftp://host/folder or file:///folder.",
            zh=f"{called} 的值是 {shown!r}。它应指明一个位置，例如 s3://存储桶/前缀、gs://存储桶/前缀、"
            "az://容器/前缀、sftp://主机/文件夹或 file:///文件夹。",
            name=called,
        )
    protocol, rest = form["protocol"], form["rest"].rstrip("/")
    pairs = parse_qsl(form["query"] or "", keep_blank_values=True)
    hidden = _USER_AND_PASSWORD.sub(r"\g<user>:***@", rest)
    password = urlsplit(f"{protocol}://{rest}").password
    # Values of the query count as secret except where the place is told: nobody knows which of them are keys.
    values = [value for name, value in pairs if value and value.lower() not in _WORDS and not name.endswith("_url")]
    return ObjectPlace(
        protocol=protocol,
        url=f"{protocol}://{rest}",
        shown=f"{protocol}://{hidden}",
        called=called,
        options={name: _WORDS.get(value.lower(), value) for name, value in pairs},
        secrets=tuple(filter(None, (password, *values))),
    )
