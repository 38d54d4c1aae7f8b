"""Chinese type for PDF reports.

The standard font of PDF readers for simplified Chinese needs no file and no licence, but is not embedded: a reader
without Asian fonts shows boxes. So a TrueType font of this machine is embedded where one of a known name is there.
"""

from __future__ import annotations

from pathlib import Path

_KNOWN_FONTS = (
    ("C:/Windows/Fonts/simsun.ttc", 0),
    ("C:/Windows/Fonts/msyh.ttc", 0),
    ("/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc", 0),
    ("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc", 0),
    ("/usr/share/fonts/truetype/arphic/uming.ttc", 0),
    ("/System/Library/Fonts/Supplemental/Songti.ttc", 0),
    ("/Library/Fonts/Arial Unicode.ttf", 0),
)
"""TrueType only: reportlab cannot embed outlines in CFF form, such as those of Noto CJK."""

_STANDARD = "STSong-Light"
_OWN = "jianwei-report"


def chinese_font() -> str:
    """Return the name of a registered font that has Chinese characters."""
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfbase.ttfonts import TTFError, TTFont

    registered = pdfmetrics.getRegisteredFontNames()
    for name in (_OWN, _STANDARD):
        if name in registered:
            return name
    for file, index in _KNOWN_FONTS:
        if Path(file).exists():
            try:
                pdfmetrics.registerFont(TTFont(_OWN, file, subfontIndex=index))
            except (TTFError, OSError):
                continue
            return _OWN
    pdfmetrics.registerFont(UnicodeCIDFont(_STANDARD))
    return _STANDARD
