"""What a citation says, in English beside the Chinese: Advertising Law (as amended in 2021), Art. 18 para. 1 item 2.

A gloss and no translation: the Chinese name and number are what is cited. What brackets add to a number is left out.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from jianwei.risk.opinions.article_numbers import number

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jianwei.ports.findings import LawCitation
    from jianwei.risk.rules import Law

_NOTE = re.compile("[（(][^）)]*[）)]")
_NUMBER = "[零〇一二两三四五六七八九十百千]+|[0-9]+"
_PART = re.compile(f"第((?:{_NUMBER})(?:[、至](?:{_NUMBER}))*)([条款项目章节])(?:之({_NUMBER}))?")
_PARTS = {"条": "Art.", "款": "para.", "项": "item", "目": "sub-item", "章": "chapter", "节": "section"}
_SIGNS = str.maketrans({"、": ", ", "；": "; ", "，": ", ", "至": "–", "和": ", ", "及": ", "})
_VERSION = re.compile("([0-9]{4})(修正|修订|)")
_MADE = {"修正": "as amended in", "修订": "as revised in", "": "of"}


def law_gloss(cited: LawCitation, laws: Mapping[str, Law]) -> str:
    """Return a citation in English; only what of it can be said so, and nothing of a law that is not known."""
    law = laws.get(cited.law)
    if law is None or not law.en:
        return ""
    version = _VERSION.fullmatch(cited.version)
    told = f"{law.en} ({_MADE[version[2]]} {version[1]})" if version else law.en
    article = article_gloss(cited.article)
    return f"{told}, {article}" if article else told


def article_gloss(article: str) -> str:
    """Return the numbers of articles in English; empty where there is more in them than numbers."""
    said = _PART.sub(_said, _NOTE.sub("", article)).translate(_SIGNS)
    plain = re.sub(r"\s+([,;])", r"\1", " ".join(said.split())).replace(" –", "–").replace("– ", "–")
    return plain if plain.isascii() or plain.replace("–", "-").isascii() else ""


def _said(part: re.Match[str]) -> str:
    numbers = re.sub(_NUMBER, lambda each: str(number(each[0])), part[1])
    after = f"-{number(part[3])}" if part[3] else ""
    return f" {_PARTS[part[2]]} {numbers}{after} "
