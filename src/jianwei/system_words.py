"""Why the system refused a file, in words of both languages: it says `No such file or directory` in one only.

Left out: what to do about it, which whoever asked knows better; connections, which `runtime/network_words.py` tells.
"""

from __future__ import annotations

import errno

from jianwei.bilingual import Both

# Not every system has every number.
_CHINESE: dict[int, str] = {
    number: words
    for name, words in {
        "ENOENT": "没有该文件或文件夹",
        "EACCES": "没有权限",
        "EPERM": "系统不允许该操作",
        "EEXIST": "文件已存在",
        "EISDIR": "是文件夹，不是文件",
        "ENOTDIR": "路径中有一部分不是文件夹",
        "ENOTEMPTY": "文件夹不是空的",
        "ENAMETOOLONG": "名称过长",
        "ELOOP": "符号链接相互指向",
        "EROFS": "文件系统为只读",
        "ENOSPC": "磁盘空间不足",
        "EDQUOT": "已超出磁盘配额",
        "EFBIG": "文件过大",
        "EIO": "磁盘读写出错",
        "EBUSY": "正被占用",
        "ETXTBSY": "正被占用",
        "EMFILE": "打开的文件过多",
        "ENFILE": "打开的文件过多",
        "ESTALE": "网络文件系统上的文件已失效",
        "EINVAL": "参数无效",
        "EADDRINUSE": "该端口已被占用",
        "EADDRNOTAVAIL": "本机没有该地址",
    }.items()
    if (number := getattr(errno, name, None)) is not None
}


def why(error: OSError) -> Both:
    """Return what the system says; in Chinese too where the number is a usual one, else in the system's own words."""
    english = error.strerror or str(error)
    return Both(english, _CHINESE.get(error.errno or 0, english))
