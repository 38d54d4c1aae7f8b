"""Write `src/jianwei/text/syllables.txt`: each Mandarin syllable with the characters whose commonest reading it is.

    pip install pypinyin && python docs/make_syllables.py

Only characters that folding leaves as they are stand in it: others never reach it.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import pypinyin

from jianwei.text.fold import fold_text

_TARGET = Path(__file__).parents[1] / "src" / "jianwei" / "text" / "syllables.txt"


def syllables() -> dict[str, str]:
    """Return the characters of each syllable by code point, tones left out."""
    found: defaultdict[str, str] = defaultdict(str)
    for code in range(0x4E00, 0xA000):
        character = chr(code)
        reading = pypinyin.lazy_pinyin(character, errors="ignore")
        if reading and fold_text(character) == character:
            found[reading[0]] += character
    return dict(sorted(found.items()))


def main() -> None:
    head = (
        "# Mandarin syllables without tones, and the characters whose commonest reading each is.\n"
        f"# Made by docs/make_syllables.py from pypinyin {pypinyin.__version__} (MIT), after pinyin-data (MIT).\n"
    )
    lines = "".join(f"{syllable} {characters}\n" for syllable, characters in syllables().items())
    _TARGET.write_text(head + lines, "utf-8")


if __name__ == "__main__":
    main()
