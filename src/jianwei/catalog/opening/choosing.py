"""From a path or URL to the kind of database behind it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from jianwei.catalog.sqlite.backend import SqliteBackend
from jianwei.errors import CatalogError

if TYPE_CHECKING:
    from jianwei.catalog.engine.backend import Backend

_POSTGRES = frozenset({"postgresql", "postgres", "postgresql+pg8000"})


def open_backend(url_or_path: str | Path) -> Backend:
    """Return the database at a path or URL; nothing is opened yet.

    Raises:
        CatalogError: the URL cannot be understood, or names a kind of database that is not supported.
    """
    if isinstance(url_or_path, Path) or "://" not in url_or_path:
        return SqliteBackend(Path(url_or_path))
    scheme = url_or_path.partition("://")[0]
    if scheme in _POSTGRES:
        # Imported here: a catalog in a file needs nothing of it.
        from jianwei.catalog.postgres.address import parse_postgres_url
        from jianwei.catalog.postgres.backend import PostgresBackend

        return PostgresBackend(parse_postgres_url(url_or_path))
    return SqliteBackend(_file_of(url_or_path))


def _file_of(text: str) -> Path:
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        url = make_url(text)
    except ArgumentError as error:
        raise _unsupported("cannot be understood", "无法识别") from error
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        shown = url.render_as_string(hide_password=True)
        raise _unsupported(f"{shown} is not supported", f"不支持 {shown}")
    return Path(url.database)


def _unsupported(what: str, what_zh: str) -> CatalogError:
    return CatalogError(
        f"The database URL {what}. Give a file, or a URL such as sqlite:///folder/catalog.sqlite or "
        "postgresql://user:password@host:5432/database",
        zh=f"数据库地址{what_zh}。请给出文件路径，或形如 sqlite:///folder/catalog.sqlite、"
        "postgresql://用户:密码@主机:5432/数据库 的地址。",
    )
