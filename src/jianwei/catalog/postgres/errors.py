"""What PostgreSQL's errors mean to us, by their SQLSTATE.

Source: PostgreSQL 15 documentation, appendix A, "PostgreSQL Error Codes".
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from sqlalchemy.exc import DBAPIError

from jianwei.catalog.postgres.address import unreachable
from jianwei.errors import CatalogError, StorageFullError, WriterLockedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from jianwei.catalog.postgres.address import PostgresAddress

_LOST = ("08", "57P")
"""Broken connections; a server that stops, restarts or ends our session."""


def as_catalog_error(error: BaseException, address: PostgresAddress) -> CatalogError | None:
    """Return our error for one of the driver's or SQLAlchemy's; None for one that is not about the database."""
    if isinstance(error, DBAPIError) and error.orig is not None:
        error = error.orig
    if isinstance(error, CatalogError):
        return error
    if isinstance(error, ConnectionError):
        return unreachable(address, error)
    kind = type(error)
    # By name, as the driver need not be installed where nothing of it is raised.
    if not kind.__module__.startswith("pg8000") and not (isinstance(error, struct.error) and _from_driver(error)):
        return None
    facts = error.args[0] if error.args and isinstance(error.args[0], dict) else None
    if facts is None:  # what the driver itself says: the network, nearly always
        return unreachable(address, error)
    state, message = str(facts.get("C", "")), str(facts.get("M", error))
    if state.startswith(_LOST):
        return unreachable(address, CatalogError(message, zh=message))
    return _BY_STATE.get(state, _refused)(address, message)


def _from_driver(error: BaseException) -> bool:
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and "pg8000" in trace.tb_frame.f_code.co_filename


def _full(address: PostgresAddress, message: str) -> CatalogError:
    return StorageFullError(
        f"The disk of the database server {address.shown} is full ({message}). Nothing of the last transaction was "
        "kept and the catalog is intact: free some space there, then run the same command again.",
        zh=f"数据库服务器 {address.shown} 的磁盘已满（{message}）。最近一次事务没有写入，目录库完好："
        "请在服务器上腾出空间，然后重新运行同一条命令。",
        file=address.shown,
    )


def _busy(address: PostgresAddress, _: str) -> CatalogError:
    return WriterLockedError(
        f"Another program has kept the catalog {address.shown} locked for too long. Nothing was stored. "
        "Look in pg_stat_activity for who it is, then try again.",
        zh=f"另一个程序长时间锁住了目录库 {address.shown}，没有写入任何内容。"
        "请在 pg_stat_activity 中查看是谁，然后重试。",
        file=address.shown,
    )


def _too_long(address: PostgresAddress, message: str) -> CatalogError:
    return CatalogError(
        f"A value is too long for an index of {address.shown} ({message}): PostgreSQL takes keys, such as the address "
        "of a picture or the name of a shop, of up to about 2,700 bytes. Shorten it in the source.",
        zh=f"某个值对 {address.shown} 的索引来说过长（{message}）：PostgreSQL 的键（如图片地址、店铺名）"
        "最长约 2700 字节。请在数据来源中缩短它。",
        file=address.shown,
        cause=message,
    )


def _no_access(address: PostgresAddress, message: str) -> CatalogError:
    return CatalogError(
        f"The database {address.shown} does not let us in ({message}). Check user, password and database in the URL, "
        "and that the user may create a schema there.",
        zh=f"数据库 {address.shown} 拒绝访问（{message}）。请检查地址中的用户名、密码和数据库名，"
        "以及该用户是否有权创建 schema。",
        file=address.shown,
        cause=message,
    )


def _damaged(address: PostgresAddress, message: str) -> CatalogError:
    return CatalogError(
        f"The database {address.shown} is damaged ({message}). Restore it from a backup.",
        zh=f"数据库 {address.shown} 已损坏（{message}）。请从备份恢复。",
        file=address.shown,
        cause=message,
    )


def _refused(address: PostgresAddress, message: str) -> CatalogError:
    return CatalogError(
        f"The catalog {address.shown} refused an operation: {message}.",
        zh=f"目录库 {address.shown} 拒绝了一次操作：{message}。",
        file=address.shown,
        cause=message,
    )


_BY_STATE: dict[str, Callable[[PostgresAddress, str], CatalogError]] = {
    "53100": _full,  # disk_full
    "55P03": _busy,  # lock_not_available
    "54000": _too_long,  # program_limit_exceeded
    "28000": _no_access,  # invalid_authorization_specification
    "28P01": _no_access,  # invalid_password
    "3D000": _no_access,  # invalid_catalog_name
    "42501": _no_access,  # insufficient_privilege
    "XX001": _damaged,  # data_corrupted
    "XX002": _damaged,  # index_corrupted
}
