"""A connection to a Ray cluster, or one that is started on this machine for as long as an ingest takes.

The only place that imports Ray. Nothing of a library goes to the cluster but the bytes of pictures and texts.
"""

from __future__ import annotations

import logging
import os
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from jianwei.errors import ClusterError, MissingPackageError

if TYPE_CHECKING:
    from collections.abc import Iterator

LOCAL = "local"
"""As an address: start Ray on this machine."""

_QUIET = {
    "RAY_USAGE_STATS_ENABLED": "0",  # Ray tells its makers how it is used unless it is told not to
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # how it will be, and without a warning
}
_LOCAL_STORE_BYTES = 512 * 1024 * 1024  # pictures in flight are a few hundred kilobytes each

_CONNECT_S = 10.0
_LOG = logging.getLogger(__name__)

_Ray = Any  # the module; what it returns is untyped at this edge


@contextmanager
def ray_session(address: str) -> Iterator[_Ray]:
    """Lend Ray, connected; a connection that this process had before is used and left.

    Raises:
        MissingPackageError: Ray is not installed.
        ClusterError: nothing answers at the address, or Ray cannot be started here.
    """
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    try:
        import ray
    except ImportError as error:
        raise MissingPackageError(
            "The executor ray needs the package ray. Install it with: pip install 'jianwei[ray]'",
            zh="执行方式 ray 需要软件包 ray。安装命令：pip install 'jianwei[ray]'",
            package="ray",
        ) from error
    if ray.is_initialized():
        yield ray
        return
    _require_answer(address)
    _connect(ray, address)
    with _off_standard_output(ray):
        try:
            yield ray
        finally:
            ray.shutdown()


@contextmanager
def _off_standard_output(ray: _Ray) -> Iterator[None]:
    """Log what Ray tells of workers that died: it prints that among the output of the program, which may be JSON."""
    # Private, so it may go one day: then what Ray prints is printed.
    worker, name = getattr(getattr(ray, "_private", None), "worker", None), "print_to_stdstream"
    before = getattr(worker, name, None)
    if before is not None:
        setattr(worker, name, lambda data, *_, **__: _LOG.info("Ray: %s", data))
    try:
        yield
    finally:
        if before is not None:
            setattr(worker, name, before)


def _require_answer(address: str) -> None:
    """Try the address: Ray itself goes on for minutes.

    Raises:
        ClusterError: nobody listens there.
    """
    parts = urlsplit(address if "://" in address else f"//{address}")
    try:
        if parts.hostname and parts.port:
            socket.create_connection((parts.hostname, parts.port), timeout=_CONNECT_S).close()
    except (OSError, ValueError) as error:
        raise _unreachable(address, error) from error


def _connect(ray: _Ray, address: str) -> None:
    quiet = {"log_to_driver": False, "logging_level": logging.ERROR}
    try:
        if address == LOCAL:
            ray.init(include_dashboard=False, object_store_memory=_LOCAL_STORE_BYTES, **quiet)
        else:
            ray.init(address=address, **quiet)
    except Exception as error:  # Ray raises whatever its parts raise
        raise _unreachable(address, error) from error


def _unreachable(address: str, error: Exception) -> ClusterError:
    said = " ".join(str(error).split())[:300]
    return ClusterError(
        f"No Ray cluster could be reached or started at {address!r} ({said}). Check JIANWEI_RAY_ADDRESS: auto, "
        "host:port, ray://host:port, or local for one on this machine.",
        zh=f"无法在 {address!r} 连接或启动 Ray 集群（{said}）。请检查 JIANWEI_RAY_ADDRESS：auto、"
        "主机:端口、ray://主机:端口，或用 local 在本机启动。",
        address=address,
    )
