"""What a failed connection means, in words."""

from __future__ import annotations

import errno
import socket
import ssl

import pytest

from jianwei.runtime.network_words import in_words


def _certificate_error(code: int, message: str) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed")
    error.verify_code, error.verify_message = code, message
    return error


def _tls_error(reason: str, text: str = "[SSL] (_ssl.c:1016)") -> ssl.SSLError:
    error = ssl.SSLError(1, text)
    error.reason = reason
    return error


@pytest.mark.parametrize(
    ("error", "english", "chinese"),
    [
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "no name server knows", "查不到"),
        (socket.gaierror(socket.EAI_AGAIN, "Temporary failure"), "name server does not answer", "暂时没有应答"),
        (OSError(errno.ECONNREFUSED, "Connection refused"), "connection refused", "连接被拒绝"),
        (OSError(errno.ENETUNREACH, "Network is unreachable"), "no way to it", "无法到达"),
        (OSError(errno.ECONNRESET, "Connection reset by peer"), "broken off", "中断"),
        (OSError(errno.ETIMEDOUT, "Connection timed out"), "timed out", "超时"),
        (TimeoutError("timed out"), "timed out", "超时"),
        (UnicodeError("label empty or too long"), "no valid host name", "主机名不合法"),
        (_certificate_error(10, "certificate has expired"), "has expired", "已过期"),
        (_certificate_error(62, "Hostname mismatch"), "for another host", "主机名不符"),
        (_tls_error("WRONG_VERSION_NUMBER"), "does not speak TLS", "没有使用 TLS"),
    ],
)
def test_what_is_known_is_said_in_both_languages(error: Exception, english: str, chinese: str) -> None:
    words = in_words(error)
    assert english in words.en
    assert chinese in words.zh
    assert "Errno" not in words.en + words.zh


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (socket.gaierror(-99, "Something new"), "Something new"),
        (OSError(errno.EMFILE, "Too many open files"), "Too many open files"),
        (OSError("without a number"), "without a number"),
        (_certificate_error(99, "a rule of its own"), "a rule of its own"),
        (_tls_error("TLSV1_ALERT_INTERNAL_ERROR"), "tlsv1 alert internal error"),
        (_tls_error("", "said by hand"), "said by hand"),
        (ValueError("not of the network"), "not of the network"),
        (ValueError(), "ValueError"),
    ],
)
def test_what_is_not_known_keeps_the_words_of_the_system(error: Exception, said: str) -> None:
    assert said in in_words(error).en
    assert in_words(error).en == in_words(error).zh


def test_the_cause_below_a_librarys_error_counts() -> None:
    error = RuntimeError("[Errno 111] Connection refused")
    error.__cause__ = OSError(errno.ECONNREFUSED, "Connection refused")
    assert "connection refused" in in_words(error).en
