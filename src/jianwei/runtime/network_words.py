"""What a failed connection means, in words: the system says `[Errno -2]`, `[Errno 111]` or the name of a TLS alert.

Left out: what to do about it, which whoever asked knows better.
"""

from __future__ import annotations

import errno
import socket
import ssl
from typing import TYPE_CHECKING

from jianwei.bilingual import Both

if TYPE_CHECKING:
    from collections.abc import Iterator

_NO_SUCH_NAME = Both("no name server knows this name", "域名服务器查不到这个名称")
NO_NAME_SERVER = Both("the name server does not answer at the moment", "域名服务器暂时没有应答")
"""Also for whoever stops waiting for it."""
_NO_NAME = Both("it is no valid host name", "主机名不合法")
_REFUSED = Both("nothing answers at that port (connection refused)", "该端口没有服务应答（连接被拒绝）")
_NO_WAY = Both("there is no way to it from this network", "当前网络无法到达该主机")
_BROKEN_OFF = Both("the connection was broken off", "连接被中断")
_SILENT = Both("timed out", "等待超时")
_NO_TLS = Both("it does not speak TLS at that port", "该端口没有使用 TLS 加密")

# Not every system has every number.
_BY_RESOLVER_NUMBER: dict[int, Both] = {
    getattr(socket, name): words
    for name, words in {
        "EAI_NONAME": _NO_SUCH_NAME,
        "EAI_NODATA": _NO_SUCH_NAME,
        "EAI_FAIL": _NO_SUCH_NAME,
        "EAI_AGAIN": NO_NAME_SERVER,
    }.items()
    if hasattr(socket, name)
}
_BY_NUMBER: dict[int, Both] = {
    errno.ECONNREFUSED: _REFUSED,
    errno.EHOSTUNREACH: _NO_WAY,
    errno.ENETUNREACH: _NO_WAY,
    errno.ECONNRESET: _BROKEN_OFF,
    errno.ECONNABORTED: _BROKEN_OFF,
    errno.EPIPE: _BROKEN_OFF,
}
_BY_CERTIFICATE_CODE: dict[int, Both] = {
    9: Both("it is not valid yet", "尚未生效"),
    10: Both("it has expired", "已过期"),
    18: Both("it is signed by nobody but itself", "证书为自签名"),
    19: Both("it is signed by nobody but itself", "证书为自签名"),
    20: Both("who signed it is not known here", "颁发机构不受信任"),
    21: Both("who signed it is not known here", "颁发机构不受信任"),
    62: Both("it is for another host", "证书与主机名不符"),
    64: Both("it is for another address", "证书与地址不符"),
}
"""Source: X509_V_ERR_* of OpenSSL's x509_vfy.h."""
_BY_TLS_REASON: dict[str, Both] = {"WRONG_VERSION_NUMBER": _NO_TLS, "HTTP_REQUEST": _NO_TLS}


def in_words(error: BaseException) -> Both:
    """Return what an error of a connection or of a name means; what is not known keeps the system's own words."""
    for cause in _chain(error):
        if isinstance(cause, UnicodeError):
            return _NO_NAME
        if isinstance(cause, OSError):
            return _of_the_system(cause)
    return _as_said(str(error) or type(error).__name__)


def _of_the_system(error: OSError) -> Both:
    if isinstance(error, ssl.SSLCertVerificationError):
        return _BY_CERTIFICATE_CODE.get(error.verify_code) or _as_said(error.verify_message)
    if isinstance(error, ssl.SSLError):
        reason = error.reason or ""
        return _BY_TLS_REASON.get(reason) or _as_said(reason.replace("_", " ").lower() or str(error))
    if isinstance(error, TimeoutError):
        return _SILENT
    table = _BY_RESOLVER_NUMBER if isinstance(error, socket.gaierror) else _BY_NUMBER
    return table.get(error.errno or 0) or _as_said(error.strerror or str(error))


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        # httpcore hides the error of the system with `from None`.
        seen = seen.__cause__ or seen.__context__


def _as_said(words: str) -> Both:
    return Both(words, words)
