"""Where a PostgreSQL catalog is: its URL taken apart and checked, and a connection made.

`postgresql://user:password@host:5432/database?schema=jianwei&sslmode=require`. Several libraries may share a database,
each in a schema of its own.
"""

from __future__ import annotations

import re
import socket
import ssl
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, cast, get_args

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from jianwei.errors import CatalogError, CatalogUnreachableError, MissingPackageError

if TYPE_CHECKING:
    from sqlalchemy import URL

    from jianwei.catalog.engine.backend import Access

SslMode = Literal["disable", "prefer", "require", "verify-full"]
"""As in libpq: `prefer` and `require` encrypt without asking who the server is."""

_DEFAULT_PORT = 5432
_DEFAULT_SCHEMA = "jianwei"
_SCHEMA = re.compile("[a-z_][a-z0-9_]{0,62}")  # what needs no quotes; PostgreSQL keeps 63 bytes of a name
_QUERY = frozenset({"schema", "sslmode", "host", "port"})
_CONNECT_TIMEOUT_S = 10.0
# A server that vanishes without a word (a pulled cable, a firewall that forgets) is noticed within a minute.
_KEEP_ALIVE = {"TCP_KEEPIDLE": 30, "TCP_KEEPINTVL": 10, "TCP_KEEPCNT": 3, "TCP_USER_TIMEOUT": 60_000}


@dataclass(frozen=True, slots=True)
class PostgresAddress:
    """One schema of one database. `host` that begins with / is the folder of the server's Unix socket."""

    host: str
    port: int
    user: str
    database: str
    schema: str = _DEFAULT_SCHEMA
    ssl_mode: SslMode = "prefer"
    password: str | None = field(default=None, repr=False)

    @property
    def shown(self) -> str:
        """The address as people are told, without the password."""
        return f"postgresql://{self.user}@{self.host}:{self.port}/{self.database}?schema={self.schema}"


def parse_postgres_url(url: str) -> PostgresAddress:
    """Return the parts of a URL.

    Raises:
        CatalogError: it is no URL of a PostgreSQL database, or says something that is not understood.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise _refused("it cannot be understood", "无法识别") from error
    query = _query(parsed)
    host = query.get("host") or parsed.host or "localhost"
    if not parsed.username or not parsed.database:
        raise _refused("user and database are needed", "缺少用户名或数据库名")
    schema, mode = query.get("schema", _DEFAULT_SCHEMA), query.get("sslmode", "prefer")
    if not _SCHEMA.fullmatch(schema):
        raise _refused(
            f"the schema {schema!r} is no name of small letters, digits and underscores",
            f"schema {schema!r} 只能由小写字母、数字和下划线组成",
        )
    if mode not in get_args(SslMode):
        allowed = ", ".join(get_args(SslMode))
        raise _refused(f"sslmode is {mode!r}, allowed are {allowed}", f"sslmode 为 {mode!r}，可用 {allowed}")
    return PostgresAddress(
        host=host,
        port=_port(query.get("port") or parsed.port or _DEFAULT_PORT),
        user=parsed.username,
        database=parsed.database,
        schema=schema,
        ssl_mode=cast("SslMode", mode),
        password=None if parsed.password is None else str(parsed.password),
    )


def connect(address: PostgresAddress, access: Access, *, application: str) -> Any:  # noqa: ANN401  # pg8000 is untyped
    """Return a pg8000 connection in autocommit mode that sees the schema of the address.

    Raises:
        MissingPackageError: the driver is not installed.
        CatalogUnreachableError: nobody answers there.
        CatalogError: the database does not store UTF-8.
    """
    driver = load_driver()
    parameters = {
        "search_path": address.schema,
        "client_encoding": "UTF8",
        "jit": "off",  # compiling costs more than our short statements
        "default_transaction_read_only": "on" if access in {"read", "read-only"} else "off",
    }
    opened = _socket(address)
    try:
        connection = driver.Connection(
            address.user,
            host=address.host,
            database=address.database,
            password=address.password or "",  # None breaks in the driver where the server asks for one
            sock=opened,
            ssl_context=_ssl_context(address),
            application_name=application,
            startup_params=parameters,
        )
    except BaseException:
        opened.close()
        raise
    connection.autocommit = True
    encoding = connection.parameter_statuses.get("server_encoding", "UTF8")
    if encoding != "UTF8":
        connection.close()
        raise CatalogError(
            f"The database {address.shown} stores text as {encoding}, which cannot hold Chinese reliably. "
            "Make one with: createdb --encoding=UTF8 --template=template0 NAME",
            zh=f"数据库 {address.shown} 的编码是 {encoding}，无法可靠保存中文。"
            "请新建数据库：createdb --encoding=UTF8 --template=template0 名称",
            file=address.shown,
        )
    return connection


def unreachable(address: PostgresAddress, error: BaseException) -> CatalogUnreachableError:
    """Return what to say when the server does not answer, or does not answer any more."""
    cause = str(error.__cause__ or error)
    return CatalogUnreachableError(
        f"The database {address.shown} does not answer ({cause}). Nothing of the last transaction was kept. "
        "Check that the server runs and the address is right, then try again.",
        zh=f"数据库 {address.shown} 没有响应（{cause}）。最近一次事务没有写入。"
        "请确认服务器正在运行、地址正确，然后重试。",
        file=address.shown,
        cause=cause,
    )


def load_driver() -> Any:  # noqa: ANN401  # pg8000 is untyped
    """Return the driver.

    Raises:
        MissingPackageError: it is not installed.
    """
    try:
        from pg8000 import dbapi
    except ImportError as error:
        raise MissingPackageError(
            "A catalog in PostgreSQL needs a driver. Install it with: pip install 'jianwei[postgres]'",
            zh="使用 PostgreSQL 目录库需要驱动程序。请安装：pip install 'jianwei[postgres]'",
            package="pg8000",
        ) from error
    return dbapi


def _port(given: str | int) -> int:
    try:
        port = int(given)
    except ValueError:
        port = 0
    if not 0 < port < 65_536:
        raise _refused(f"the port {given!r} is no number from 1 to 65535", f"端口 {given!r} 不是 1 到 65535 的数字")
    return port


def _query(url: URL) -> dict[str, str]:
    unknown = sorted(url.query.keys() - _QUERY)
    if unknown:
        allowed = ", ".join(sorted(_QUERY))
        raise _refused(f"{unknown[0]} is not known, allowed are {allowed}", f"不支持 {unknown[0]}，可用 {allowed}")
    return {name: value if isinstance(value, str) else value[-1] for name, value in url.query.items()}


def _socket(address: PostgresAddress) -> socket.socket:
    """Return a connected socket: one of our own, as the driver's would keep the time limit for every statement."""
    try:
        if address.host.startswith("/"):
            opened = _unix_socket(f"{address.host}/.s.PGSQL.{address.port}")
        else:
            opened = socket.create_connection((address.host, address.port), _CONNECT_TIMEOUT_S)
            # A statement goes in several writes; none may wait for the answer to the one before.
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            for name, value in _KEEP_ALIVE.items():
                if hasattr(socket, name):  # not every system has all
                    opened.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    except OSError as error:
        raise unreachable(address, error) from error
    opened.settimeout(None)
    return opened


def _unix_socket(path: str) -> socket.socket:
    opened = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        opened.settimeout(_CONNECT_TIMEOUT_S)
        opened.connect(path)
    except OSError:
        opened.close()
        raise
    return opened


def _ssl_context(address: PostgresAddress) -> ssl.SSLContext | bool | None:
    """Return what pg8000 takes: False for none, None for encryption if the server offers it."""
    if address.ssl_mode == "disable" or address.host.startswith("/"):
        return False
    if address.ssl_mode == "prefer":
        return None
    return True if address.ssl_mode == "require" else ssl.create_default_context()


def _refused(what: str, what_zh: str) -> CatalogError:
    return CatalogError(
        f"The database URL cannot be used: {what}. "
        "Give one such as postgresql://user:password@host:5432/database?schema=jianwei",
        zh=f"数据库地址无法使用：{what_zh}。请给出形如 postgresql://用户:密码@主机:5432/数据库?schema=jianwei 的地址。",
    )
