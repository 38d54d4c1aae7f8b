"""Whether a text is written as only those write who hide what they offer: pinyin, pictures and signs amid words.

What rules and the text model read has such spelling undone, so that neither knows any more that it was there. Of the
labelled texts three in four hidden ones are written so, and one harmless one in fifty.
"""

from __future__ import annotations

import re

from jianwei.risk.views.plain_view import CJK

_HAN = f"[{CJK}]"

_SIGNS = "[\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff\u2460-\u24ff\u20e3\u3297\u3299]"
"""Pictures that stand for a word, and figures in circles."""

_STREWN = r"[·./*\-~_|+]"

_ODD = re.compile(
    # Small letters run into characters (ban证, 减fei): units and makes stand behind figures or in capitals.
    rf"(?<={_HAN})[a-z]{{1,6}}(?={_HAN})|(?<={_HAN})[a-z]{{2,5}}(?=\s|$)|(?<!\S)[a-z]{{1,5}}(?={_HAN})|{_SIGNS}"
    # Characters set apart, by signs (国·家·级) or by spaces (包 过).
    rf"|{_HAN}{_STREWN}{_HAN}{_STREWN}{_HAN}|(?<!\S){_HAN}\s{_HAN}(?!\S)"
)


def is_oddly_written(raw: str) -> bool:
    """Tell whether a text, as it was given, holds any such writing."""
    return _ODD.search(raw) is not None
