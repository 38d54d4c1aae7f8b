"""From the errors of fsspec's file systems to ours.

Each file system raises errors of its own libraries. Those libraries are optional, so their classes are told by name;
what is not known is told as it came, without the secrets of the URL.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from jianwei.errors import (
    JianweiError,
    MissingPackageError,
    PictureStoreError,
    PictureStoreUnreachableError,
    SettingsError,
    StorageFullError,
)
from jianwei.runtime.full_disk import is_full

if TYPE_CHECKING:
    from jianwei.storage.object_place import ObjectPlace

PACKAGES = {
    **dict.fromkeys(("s3", "s3a"), "s3fs"),
    **dict.fromkeys(("gs", "gcs"), "gcsfs"),
    **dict.fromkeys(("az", "abfs", "abfss", "adl"), "adlfs"),
    **dict.fromkeys(("sftp", "ssh"), "paramiko"),
    "oss": "ossfs",
    "smb": "smbprotocol",
    "webdav": "webdav4[fsspec]",
}
"""What has to be installed beside fsspec for a protocol."""

_DENIED = frozenset(
    {
        "botocore.exceptions.NoCredentialsError",
        "botocore.exceptions.PartialCredentialsError",
        "botocore.exceptions.TokenRetrievalError",
        "azure.core.exceptions.ClientAuthenticationError",
        "google.auth.exceptions.GoogleAuthError",
        "paramiko.ssh_exception.AuthenticationException",
        "paramiko.ssh_exception.BadHostKeyException",
    }
)
_TRANSIENT = frozenset(
    {
        "botocore.exceptions.HTTPClientError",
        "aiohttp.client_exceptions.ClientConnectionError",
        "aiohttp.client_exceptions.ClientPayloadError",
        "azure.core.exceptions.ServiceRequestError",
        "azure.core.exceptions.ServiceResponseError",
        "paramiko.ssh_exception.SSHException",
    }
)
_TRANSIENT_CODES = frozenset({"ConditionalRequestConflict", "OperationAborted"})  # S3: two wrote one object at once
_TRANSIENT_NUMBERS = frozenset(
    {
        errno.EBUSY,  # s3fs: SlowDown, 503
        getattr(errno, "EREMOTEIO", errno.EIO),  # s3fs: InternalError, 500
        errno.ENETUNREACH,
        errno.EHOSTUNREACH,
        errno.ENETDOWN,
        errno.ESTALE,
    }
)


def is_transient(error: BaseException) -> bool:
    """Tell whether trying again can help: the store is silent, busy or broke the connection."""
    if _is_one_of(error, _DENIED):
        return False
    if isinstance(error, (TimeoutError, ConnectionError, EOFError)) or _is_one_of(error, _TRANSIENT):
        return True
    if _s3_code(error) in _TRANSIENT_CODES:
        return True
    return isinstance(error, OSError) and (error.errno in _TRANSIENT_NUMBERS or type(error).__name__ == "gaierror")


def store_error(error: BaseException, place: ObjectPlace) -> JianweiError:
    """Return our error for one of a file system's."""
    if isinstance(error, JianweiError):
        return error
    if isinstance(error, ImportError):
        return missing_package(place, error)
    if is_full(error):
        return StorageFullError(
            f"{place.shown} is full. Free space there, then run the same command again; what was stored is safe.",
            zh=f"{place.shown} 的空间已满。请在该处腾出空间后重新运行同一条命令；已保存的内容不受影响。",
            path=place.shown,
        )
    said = _said(error, place)
    if isinstance(error, PermissionError) or _is_one_of(error, _DENIED):
        return PictureStoreError(
            f"{place.shown} refuses access ({said}). Check the credentials and that they allow reading, writing, "
            "listing and deleting there; they are given as the tools of that store expect them (for S3: "
            "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or ~/.aws).",
            zh=f"{place.shown} 拒绝访问（{said}）。请检查凭证，以及它是否允许在该处读取、写入、列举和删除；"
            "凭证按该存储自己的方式提供（S3：AWS_ACCESS_KEY_ID 与 AWS_SECRET_ACCESS_KEY，或 ~/.aws）。",
            place=place.shown,
            reason="denied",
        )
    if is_transient(error):
        return PictureStoreUnreachableError(
            f"{place.shown} does not answer ({said}). What was stored is safe; check the network and the address, then "
            "run the same command again.",
            zh=f"{place.shown} 没有响应（{said}）。已保存的内容不受影响；请检查网络和地址后重新运行同一条命令。",
            place=place.shown,
            reason="unreachable",
        )
    return PictureStoreError(
        f"{place.shown} cannot be used: {said}. Check {place.called}; jianwei doctor tries the place of the settings.",
        zh=f"无法使用 {place.shown}：{said}。请检查 {place.called}；可用 jianwei doctor 测试设置中的位置。",
        place=place.shown,
        reason="failed",
    )


def missing_bucket(place: ObjectPlace) -> PictureStoreError:
    """Return the error of a store that answers, but has no bucket or folder of that name."""
    return PictureStoreError(
        f"There is no bucket or folder {place.shown}. Make it with the tools of that store, or correct {place.called}.",
        zh=f"{place.shown} 对应的存储桶或文件夹不存在。请用该存储的工具新建，或更正 {place.called}。",
        place=place.shown,
        reason="no-bucket",
    )


def missing_package(place: ObjectPlace, error: ImportError) -> MissingPackageError:
    """Return the error of a protocol whose package is not installed, with the command that installs it."""
    needed = "fsspec" if error.name == "fsspec" else PACKAGES.get(place.protocol)
    if needed is None:
        said = _said(error, place)
        return MissingPackageError(
            f"{place.protocol}:// needs a package that is not installed: {said}",
            zh=f"{place.protocol}:// 需要一个尚未安装的软件包：{said}",
        )
    command = "pip install 'jianwei[objects]'" if needed == "fsspec" else f"pip install '{needed}'"
    return MissingPackageError(
        f"Pictures at {place.protocol}:// need the package {needed}. Install it with: {command}",
        zh=f"存放在 {place.protocol}:// 的图片需要软件包 {needed}。安装命令：{command}",
        package=needed,
    )


def unknown_protocol(place: ObjectPlace) -> SettingsError:
    """Return the error of a URL whose first word fsspec does not know."""
    known = "s3, gs, az, sftp, smb, file"
    return SettingsError(
        f"{place.called} begins with {place.protocol}://, which is not known. Usual are: {known}.",
        zh=f"{place.called} 以 {place.protocol}:// 开头，无法识别。常用的有：{known}。",
        name=place.called,
    )


def is_missing_bucket(error: FileNotFoundError) -> bool:
    """Tell whether S3 said that the bucket, not the object, is missing."""
    return _s3_code(error) == "NoSuchBucket"


def _s3_code(error: BaseException) -> str | None:
    """Return the code in an answer of S3, which s3fs keeps as the cause of its own errors."""
    response = getattr(error.__cause__, "response", None)
    return response.get("Error", {}).get("Code") if isinstance(response, dict) else None


def _is_one_of(error: BaseException, names: frozenset[str]) -> bool:
    return any(f"{kind.__module__}.{kind.__qualname__}" in names for kind in type(error).__mro__)


def _said(error: BaseException, place: ObjectPlace) -> str:
    if isinstance(error, TimeoutError) and not str(error):
        return "no answer in time"
    text = place.cleaned(" ".join(str(error).split()))[:300]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
