"""Why the bytes of a picture could not be had: every reason word with its message in both languages.

One table, so that programs can rely on the words, statistics stay comparable and the documentation can be checked
against it. HTTP status refusals (`http-404`, `http-503` …) are made from the pattern rows `http-4xx` and `http-5xx`.
Leaves out what is wrong with the bytes themselves; that is decoding's business.
"""

from __future__ import annotations

from dataclasses import dataclass

from jianwei.errors import PictureFetchError
from jianwei.text.credentials import without_credentials

_LONGEST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class _Wording:
    english: str
    chinese: str
    transient: bool = False


REASONS: dict[str, _Wording] = {
    "bad-data-uri": _Wording(
        "The data URI {what} cannot be decoded: {detail}. Write it as data:image/jpeg;base64,… .",
        "data URI {what} 无法解码：{detail}。请写成 data:image/jpeg;base64,… 的形式。",
    ),
    "bad-location": _Wording(
        "{what} cannot be a picture's place: {detail}. Give a path, archive.zip!/member, a data URI or an http(s) URL.",
        "{what} 不能作为图片位置：{detail}。请给出路径、archive.zip!/成员、data URI 或 http(s) 网址。",
    ),
    "bad-response": _Wording(
        "The server of {what} broke the HTTP protocol: {detail}. Try again later or open the URL in a browser.",
        "{what} 的服务器没有遵守 HTTP 协议：{detail}。请稍后重试，或在浏览器中打开查看。",
        transient=True,
    ),
    "bad-url": _Wording(
        "{what} is not a URL that can be fetched: {detail}. Only plain http:// and https:// URLs are.",
        "{what} 不是可以读取的网址：{detail}。只支持普通的 http:// 和 https:// 网址。",
    ),
    "broken-archive": _Wording(
        "The archive holding {what} is damaged or not an archive: {detail}. Pack it again, or unpack it.",
        "包含 {what} 的压缩包已损坏或不是压缩包：{detail}。请重新打包，或解压后使用文件夹。",
    ),
    "connection-failed": _Wording(
        "No connection to the server of {what}: {detail}. Check the network and try again.",
        "无法连接 {what} 的服务器：{detail}。请检查网络后重试。",
        transient=True,
    ),
    "empty": _Wording(
        "{what} has zero bytes. Get the picture again from where it came.",
        "{what} 是空文件（0 字节）。请重新获取该图片。",
    ),
    "encrypted": _Wording(
        "{what} is protected by a password. Unpack the archive and use the folder.",
        "{what} 有密码保护。请解压后使用文件夹。",
    ),
    "http-4xx": _Wording(
        "The server refused {what} with status {detail}. Check whether the URL still opens in a browser.",
        "服务器拒绝了 {what}，状态码 {detail}。请检查该网址在浏览器中是否还能打开。",
    ),
    "http-5xx": _Wording(
        "The server of {what} answered with status {detail}. Try again later.",
        "{what} 的服务器返回状态码 {detail}。请稍后重试。",
        transient=True,
    ),
    "not-a-file": _Wording(
        "{what} is a folder or a device, not a file. Give the path of a picture file.",
        "{what} 是文件夹或设备，不是文件。请给出图片文件的路径。",
    ),
    "not-a-picture": _Wording(
        "{what} answers with {detail}, not with a picture. Often a login or error page: open it in a browser.",
        "{what} 返回的是 {detail}，不是图片。通常是登录页或错误页，请在浏览器中打开查看。",
    ),
    "not-found": _Wording(
        "There is no picture at {what}. Check the path, or the `pictures: base` of the mapping.",
        "{what} 处没有图片。请检查路径，或映射文件中的 `pictures: base`。",
    ),
    "outside-source": _Wording(
        "{what} lies outside the source folder {detail}. Move it inside, or set `allow_outside: true` in the mapping.",
        "{what} 位于来源文件夹 {detail} 之外。请移入该文件夹，或在映射文件中设置 `allow_outside: true`。",
    ),
    "permission-denied": _Wording(
        "{what} may not be read by this user. Change its permissions.",
        "当前用户无权读取 {what}。请修改其权限。",
    ),
    "private-address": _Wording(
        "{what} leads to the private address {detail}. Set JIANWEI_ALLOW_PRIVATE_URLS=1 only if you trust the source.",
        "{what} 指向内网地址 {detail}。只有信任该来源时才应设置 JIANWEI_ALLOW_PRIVATE_URLS=1。",
    ),
    "proxy-refused": _Wording(
        "The proxy did not let {what} through: {detail}. Check JIANWEI_URL_PROXY, and what its administrator allows.",
        "代理服务器未放行 {what}：{detail}。请检查 JIANWEI_URL_PROXY，或向代理管理员确认放行范围。",
        transient=True,
    ),
    "read-error": _Wording(
        "{what} could not be read: {detail}. Check the disk or the network drive and try again.",
        "读取 {what} 失败：{detail}。请检查磁盘或网络盘后重试。",
        transient=True,
    ),
    "timeout": _Wording(
        "{what} took longer than {detail} s. Try again later, or raise url_timeout_s.",
        "读取 {what} 超过了 {detail} 秒。请稍后重试，或调大 url_timeout_s。",
        transient=True,
    ),
    "tls-failed": _Wording(
        "The certificate of {what} cannot be trusted: {detail}. Check the URL and the clock of this machine.",
        "{what} 的证书不可信：{detail}。请检查网址和本机时间。",
    ),
    "too-large": _Wording(
        "{what} has more than {detail} bytes. Make it smaller, or raise max_picture_bytes.",
        "{what} 超过 {detail} 字节。请缩小图片，或调大 max_picture_bytes。",
    ),
    "too-many-redirects": _Wording(
        "{what} was redirected more than {detail} times. Give the final URL.",
        "{what} 的重定向超过 {detail} 次。请给出最终网址。",
    ),
    "truncated": _Wording(
        "The transfer of {what} broke off: {detail}. Try again.",
        "{what} 的传输中断：{detail}。请重试。",
        transient=True,
    ),
    "unknown-host": _Wording(
        "The host name of {what} cannot be resolved: {detail}. Check the URL and the network.",
        "无法解析 {what} 的主机名：{detail}。请检查网址和网络。",
        transient=True,
    ),
}


def refusal(reason: str, location: str, detail: object = "", detail_zh: str | None = None) -> PictureFetchError:
    """Return the error for `reason`, a key of `REASONS` or `http-<status>`, about `location`.

    `detail_zh` is the detail in Chinese, where it is more than a name, a number or the words of the system.
    """
    key = reason
    if reason not in REASONS:
        # 429 asks to come back later, as server errors do; every other 4xx stays as it is.
        key = "http-5xx" if reason.startswith("http-5") or reason == "http-429" else "http-4xx"
        detail = reason.removeprefix("http-")
    wording = REASONS[key]
    what, told = shown(location), str(detail).rstrip(".")  # what libraries say often ends a sentence of its own
    return PictureFetchError(
        wording.english.format(what=what, detail=told),
        zh=wording.chinese.format(what=what, detail=told if detail_zh is None else detail_zh),
        reason=reason,
        transient=wording.transient,
        location=what,
    )


def shown(location: str) -> str:
    """Return `location` fit for messages: passwords in URLs hidden, long ones (data URIs) cut."""
    hidden = without_credentials(location)
    return hidden if len(hidden) <= _LONGEST_SHOWN else f"{hidden[:60]}… ({len(hidden)} characters)"
