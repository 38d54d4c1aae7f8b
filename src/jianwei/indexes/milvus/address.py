"""Where a Milvus is: its address taken apart and checked.

`http://host:19530`, `https://user:password@host:19530/database?index=DISKANN`, `https://:token@host`, or the path of a
Milvus Lite file, which ends in `.db`. `milvus://` means the same as `http://`. Nothing is connected here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, cast, get_args
from urllib.parse import parse_qsl, unquote, urlsplit

from jianwei.errors import SettingsError

MilvusIndexType = Literal["auto", "FLAT", "HNSW", "IVF_SQ8", "DISKANN"]
"""How a cluster finds neighbours; `auto` goes by the number of vectors."""

MilvusNumbers = Literal["float32", "float16"]
"""How a vector is kept there. Milvus Lite knows `float32` only, servers `float16` from 2.4 on."""

_DEFAULT_PORT = 19530
_SCHEMES = frozenset({"http", "https", "milvus"})
_QUERY = ("ca", "index", "numbers", "replicas", "shards", "timeout")
_DATABASE = re.compile("[A-Za-z_][A-Za-z0-9_]{0,254}")
_MOST_SHARDS = 16  # what a cluster allows for one collection, as it comes
_MOST_REPLICAS = 64


@dataclass(frozen=True, slots=True)
class MilvusAddress:
    """One database of one Milvus, and how collections are made there. `lite` is the file of a Milvus Lite."""

    uri: str
    database: str = ""
    user: str = ""
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    authority: str = ""
    """File with the certificate of whoever signed that of the server; empty for what the system trusts."""
    timeout_s: float = 10.0
    index_type: MilvusIndexType = "auto"
    numbers: MilvusNumbers = "float32"
    shards: int = 1
    replicas: int = 1
    lite: Path | None = None

    @property
    def shown(self) -> str:
        """The address as people are told, without password and token."""
        return f"{self.uri}/{self.database}" if self.database else self.uri


def parse_index_url(text: str) -> MilvusAddress:
    """Return the parts of an address.

    Raises:
        SettingsError: it is neither an address of a Milvus nor a file that ends in `.db`, or says something else that
            is not understood.
    """
    if "://" not in text:
        path = Path(text).expanduser()
        if path.suffix != ".db":
            raise _refused(
                f"{text!r} is no address, and no file that ends in .db", f"{text!r} 既不是地址，也不是 .db 文件"
            )
        return MilvusAddress(str(path.absolute()), lite=path.absolute())
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port or _DEFAULT_PORT
    except ValueError as error:
        raise _refused(f"it cannot be understood ({error})", f"无法识别（{error}）") from error
    if parts.scheme not in _SCHEMES:
        allowed = ", ".join(f"{scheme}://" for scheme in sorted(_SCHEMES))
        raise _refused(
            f"{parts.scheme}:// is not known, allowed are {allowed}", f"不支持 {parts.scheme}://，可用 {allowed}"
        )
    if not host:
        raise _refused("the host is missing", "缺少主机名")
    database = unquote(parts.path.strip("/"))
    if database and not _DATABASE.fullmatch(database):
        raise _refused(f"{database!r} is no name of a database", f"{database!r} 不是数据库名")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    given = _query(parts.query)
    return MilvusAddress(
        f"{'https' if parts.scheme == 'https' else 'http'}://{f'[{host}]' if ':' in host else host}:{port}",
        database,
        user=user,
        password=password if user else "",
        token="" if user else password,
        authority=given.get("ca", ""),
        timeout_s=float(_whole(given, "timeout", 10, 600)),
        index_type=cast("MilvusIndexType", _one_of(given, "index", get_args(MilvusIndexType))),
        numbers=cast("MilvusNumbers", _one_of(given, "numbers", get_args(MilvusNumbers))),
        shards=_whole(given, "shards", 1, _MOST_SHARDS),
        replicas=_whole(given, "replicas", 1, _MOST_REPLICAS),
    )


def _query(text: str) -> dict[str, str]:
    given = dict(parse_qsl(text, keep_blank_values=True))
    unknown = sorted(given.keys() - set(_QUERY))
    if unknown:
        allowed = ", ".join(_QUERY)
        raise _refused(f"{unknown[0]} is not known, allowed are {allowed}", f"不支持 {unknown[0]}，可用 {allowed}")
    return given


def _one_of(given: dict[str, str], name: str, choices: tuple[str, ...]) -> str:
    value = given.get(name, choices[0])
    if value not in choices:
        allowed = ", ".join(choices)
        raise _refused(f"{name} is {value!r}, allowed are {allowed}", f"{name} 为 {value!r}，可用 {allowed}")
    return value


def _whole(given: dict[str, str], name: str, default: int, most: int) -> int:
    value = given.get(name, str(default))
    if not (value.isascii() and value.isdecimal() and 1 <= int(value) <= most):
        raise _refused(
            f"{name} is {value!r}, allowed are numbers from 1 to {most}",
            f"{name} 为 {value!r}，可用 1 到 {most} 的整数",
        )
    return int(value)


def _refused(what: str, what_zh: str) -> SettingsError:
    return SettingsError(
        f"JIANWEI_INDEX_URL cannot be used: {what}. Give an address such as http://host:19530, "
        "https://user:password@host:19530/database or https://:token@host:19530, or the path of a Milvus Lite file "
        "that ends in .db; leave it empty for indexes in the library folder.",
        zh=f"JIANWEI_INDEX_URL 无法使用：{what_zh}。请给出形如 http://主机:19530、https://用户:密码@主机:19530/数据库、"
        "https://:令牌@主机:19530 的地址，或以 .db 结尾的 Milvus Lite 文件路径；留空则索引保存在库文件夹中。",
        name="JIANWEI_INDEX_URL",
    )
