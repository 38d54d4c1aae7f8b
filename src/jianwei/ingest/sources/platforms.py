"""Which platform a listing's URL belongs to, for naming listings that do not say it. Pure."""

from __future__ import annotations

from urllib.parse import urlsplit

# The sites' own domains.
_PLATFORM_BY_DOMAIN = {
    "tmall.com": "tmall",
    "tmall.hk": "tmall",
    "taobao.com": "taobao",
    "goofish.com": "xianyu",
    "1688.com": "1688",
    "alibaba.com": "alibaba",
    "jd.com": "jd",
    "jd.hk": "jd",
    "yangkeduo.com": "pinduoduo",
    "pinduoduo.com": "pinduoduo",
    "jinritemai.com": "douyin",
    "douyin.com": "douyin",
    "kwaixiaodian.com": "kuaishou",
    "kuaishou.com": "kuaishou",
    "xiaohongshu.com": "xiaohongshu",
    "suning.com": "suning",
    "vip.com": "vip",
    "dangdang.com": "dangdang",
    "kaola.com": "kaola",
    "weidian.com": "weidian",
    "amazon.cn": "amazon",
    "amazon.com": "amazon",
}


def platform_of_url(url: str) -> str:
    """Return the platform that a listing's URL belongs to, empty where it is not known."""
    try:
        host = (urlsplit(url if "//" in url else f"//{url}").hostname or "").lower()
    except ValueError:
        return ""
    fitting = (name for domain, name in _PLATFORM_BY_DOMAIN.items() if host == domain or host.endswith(f".{domain}"))
    return next(fitting, "")
