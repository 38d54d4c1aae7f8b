"""One connection to a Milvus, made when it is first needed, and what its errors mean to us.

The same code speaks to a cluster, to a single server, and to Milvus Lite, a server in this process over a file. What
answers wrongly or not at all is an `IndexServerError`; a collection that is gone is an `IndexCorruptError`, since it is
filled again from the catalog. Left out: what stands in collections.
"""

from __future__ import annotations

import logging
import os
import re
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from jianwei.errors import IndexCorruptError, IndexServerError, JianweiError, MissingPackageError

if TYPE_CHECKING:
    from jianwei.indexes.milvus.address import MilvusAddress

Consistency = Literal["Strong", "Bounded"]
"""`Strong` sees every write that was acknowledged, and waits some 200 ms for that; `Bounded` may miss those of the last
seconds."""

_SILENT_S = 5.0
"""How long a server that did not answer is not asked again: a search with two vector indexes waits once."""

_SILENT_TIMES = 3.0
_MOST_SILENT_S = 60.0
"""As many times as long as it took to find out, up to a minute: no more than a fourth of the time goes into waiting."""

_SILENT_WORDS = re.compile(
    r"unavailable|fail(ed)? (to )?connect|deadline.exceeded|retry timeout|closed channel", re.IGNORECASE
)

_CHANNEL = {
    # As gRPC comes, a server that was away for a while is tried every two minutes, by new connections too.
    "grpc.initial_reconnect_backoff_ms": 200,
    "grpc.min_reconnect_backoff_ms": 1000,
    "grpc.max_reconnect_backoff_ms": 1000,
    "grpc.use_local_subchannel_pool": 1,
}

_GONE_CODES = frozenset({4, 100})  # CollectionNotExists of old and of new servers
_GONE_WORDS = re.compile(r"can't find collection|collection not found|collection '\w+' does not exist", re.IGNORECASE)
_DENIED_WORDS = re.compile(r"auth check failure|unauthenticated|permission deny|invalid credential", re.IGNORECASE)
UNAWAITED = {"sync": False}
"""For the index of an empty collection: there is nothing to build, but pymilvus would first wait for half a second."""

_SLOW = frozenset({"create_collection", "create_index", "load_collection", "flush", "drop_collection"})
_SLOW_S = 120.0  # a busy cluster hands out memory and disks first
_NOT_LOADED = re.compile(r"in state 'released'|not loaded", re.IGNORECASE)
_READING = frozenset({"search", "query"})
_VERSION = re.compile(r"v?(\d+)\.(\d+)")


@dataclass(frozen=True, slots=True)
class MilvusVersion:
    """What answers: the version as it says it, and whether it is Milvus Lite."""

    text: str
    is_lite: bool

    def at_least(self, major: int, minor: int) -> bool:
        """Tell whether it is a server of this version or a newer one; Milvus Lite counts its versions otherwise."""
        found = _VERSION.search(self.text)
        return not self.is_lite and found is not None and tuple(map(int, found.groups())) >= (major, minor)


class MilvusServer:
    """A Milvus at an address. Safe to use from several threads."""

    def __init__(self, address: MilvusAddress) -> None:
        self.address = address
        self._lock = threading.Lock()
        self._client: Any = None
        self._version: MilvusVersion | None = None
        self._silent_until = 0.0
        self._silence: IndexServerError | None = None
        self._owner = os.getpid()

    def call(self, name: str, *arguments: object, **named: object) -> Any:  # noqa: ANN401  # answers of pymilvus
        """Call the method `name` of pymilvus' client and return what it answers.

        Raises:
            MissingPackageError: pymilvus is not installed.
            IndexServerError: the server does not answer, does not let us in or refuses.
            IndexCorruptError: the collection is not there.
        """
        client, started = self._connected(), time.monotonic()
        named["timeout"] = max(self.address.timeout_s, _SLOW_S if name in _SLOW else 0.0)
        try:
            return getattr(client, name)(*arguments, **named)
        except Exception as error:
            if name not in _READING or not _NOT_LOADED.search(_text_of(error)):
                raise self._failed(error, started) from error
        # A Milvus Lite that was restarted, or a collection that somebody released to save memory.
        self.call("load_collection", arguments[0], replica_number=self.address.replicas)
        try:
            return getattr(client, name)(*arguments, **named)
        except Exception as error:
            raise self._failed(error, started) from error

    def schema(self, *, dims: int, numbers: str, fields: dict[str, int]) -> tuple[Any, Any]:
        """Return a schema and parameters of indexes that lack that of the vector.

        It has an `id`, a `vector`, and text `fields` of at most so many bytes.
        """
        client = self._connected()
        types = _pymilvus().DataType
        schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
        kept = {"max_length": max(fields.values())} if fields else {}
        schema.add_field("id", types.VARCHAR if fields else types.INT64, is_primary=True, **kept)
        schema.add_field("vector", types.FLOAT16_VECTOR if numbers == "float16" else types.FLOAT_VECTOR, dim=dims)
        for name, length in fields.items():
            schema.add_field(name, types.VARCHAR, max_length=length)
        return schema, client.prepare_index_params()

    def version(self) -> MilvusVersion:
        """Return what answers; asked once for each connection.

        Raises:
            IndexServerError: nothing does.
        """
        self._connected()
        if self._version is None:
            text = str(self.call("get_server_version"))
            self._version = MilvusVersion(text, is_lite=self.address.lite is not None or text.startswith("milvus_lite"))
        return self._version

    def close(self) -> None:
        """End the connection; the next call connects again."""
        with self._lock:
            self._disconnect()

    def _connected(self) -> Any:  # noqa: ANN401  # pymilvus is untyped to us
        with self._lock:
            silence = self._silence
            if silence is not None and time.monotonic() < self._silent_until:
                raise IndexServerError(silence.message, zh=silence.message_zh, **silence.facts)
            if self._owner != os.getpid():
                self._client, self._owner = None, os.getpid()  # a connection of gRPC does not survive a fork
            if self._client is None:
                self._client = self._connection()
                self._silence = None
            return self._client

    def _connection(self) -> Any:  # noqa: ANN401  # as above
        address, started = self.address, time.monotonic()
        client = _pymilvus().MilvusClient
        given = {"server_pem_path": address.authority} if address.authority else {}
        if address.lite is not None:
            _make_place(address)
        try:
            return client(
                address.uri,
                user=address.user,
                password=address.password,
                token=address.token,
                db_name=address.database,
                timeout=address.timeout_s,
                dedicated=True,
                secure=address.uri.startswith("https://"),
                grpc_options=_CHANNEL,
                **given,
            )
        except Exception as error:
            meant = self._meaning(error)
            self._remember(meant, started)
            raise meant from error

    def _failed(self, error: Exception, started: float) -> JianweiError:
        meant = self._meaning(error)
        if _SILENT_WORDS.search(_text_of(error)):
            self._remember(meant, started)
            self.close()
        return meant

    def _remember(self, meant: JianweiError, started: float) -> None:
        """Let nobody wait for a silent server again at once; the longer it took to find out, the longer."""
        if isinstance(meant, IndexServerError):
            now = time.monotonic()
            pause_s = min(max(_SILENT_S, _SILENT_TIMES * (now - started)), _MOST_SILENT_S)
            self._silence, self._silent_until = meant, now + pause_s

    def _disconnect(self) -> None:
        client, self._client = self._client, None
        self._version = None
        if client is not None:
            with suppress(Exception):  # it is given up anyhow
                client.close()

    def _meaning(self, error: Exception) -> JianweiError:
        if isinstance(error, JianweiError):
            return error
        text = _text_of(error)
        if getattr(error, "code", None) in _GONE_CODES or _GONE_WORDS.search(text):
            return IndexCorruptError(
                f"A collection of this library is not in the Milvus at {self.address.shown} ({text}). "
                "It is filled again from the catalog.",
                zh=f"{self.address.shown} 的 Milvus 中缺少本库的集合（{text}）。将从目录库重新写入。",
                server=self.address.shown,
            )
        return _denied(self.address, text) if _DENIED_WORDS.search(text) else _no_answer(self.address, text)


def _text_of(error: Exception) -> str:
    return str(getattr(error, "message", "") or error)


def _pymilvus() -> Any:  # noqa: ANN401  # untyped to us
    os.environ.setdefault("GRPC_VERBOSITY", "ERROR")  # else it tells the terminal of every fork
    try:
        import pymilvus
    except ImportError as error:
        raise MissingPackageError(
            "Indexes in Milvus need its client. Install it with: pip install 'jianwei[milvus]'",
            zh="使用 Milvus 索引需要其客户端。请安装：pip install 'jianwei[milvus]'",
            package="pymilvus",
        ) from error
    # It writes every error with its traceback to the terminal, also those that are answered here.
    logging.getLogger("pymilvus").setLevel(logging.CRITICAL)
    return pymilvus


def _make_place(address: MilvusAddress) -> None:
    """Make the folder of a Milvus Lite file.

    Raises:
        MissingPackageError: Milvus Lite is not installed.
        IndexServerError: the folder cannot be made.
    """
    assert address.lite is not None
    try:
        import milvus_lite  # noqa: F401  # pymilvus would say it less clearly
    except ImportError as error:
        raise MissingPackageError(
            f"{address.lite} is for Milvus Lite, which is not installed. Install it with: pip install milvus-lite, "
            "or give the address of a Milvus server.",
            zh=f"{address.lite} 需要 Milvus Lite，但尚未安装。"
            "请安装：pip install milvus-lite，或改用 Milvus 服务器地址。",
            package="milvus-lite",
        ) from error
    try:
        address.lite.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _no_answer(address, str(error)) from error


def _no_answer(address: MilvusAddress, cause: str) -> IndexServerError:
    hint = " Another process may have the file open: only one can." if address.lite else ""
    hint_zh = "该文件可能正被另一个进程打开（同一时间只能由一个进程使用）。" if address.lite else ""
    return IndexServerError(
        f"The Milvus at {address.shown} does not answer as it should ({cause}). Nothing is lost: the catalog has "
        f"everything.{hint} Check that it runs and that JIANWEI_INDEX_URL is right, then try again.",
        zh=f"{address.shown} 的 Milvus 没有正常响应（{cause}）。数据没有丢失，目录库是完整的。{hint_zh}"
        "请确认服务正在运行、JIANWEI_INDEX_URL 正确，然后重试。",
        server=address.shown,
        cause=cause,
    )


def _denied(address: MilvusAddress, cause: str) -> IndexServerError:
    return IndexServerError(
        f"The Milvus at {address.shown} does not let us in ({cause}). Check user and password, or the token, in "
        "JIANWEI_INDEX_URL, and that this user may create collections there.",
        zh=f"{address.shown} 的 Milvus 拒绝访问（{cause}）。请检查 JIANWEI_INDEX_URL 中的用户名和密码（或令牌），"
        "以及该用户是否有权创建集合。",
        server=address.shown,
        cause=cause,
    )
