"""Ways to search that an evaluation sets side by side: as people do, each fusion, each channel alone, some left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from jianwei.bilingual import Both
from jianwei.channel_names import CHANNEL_NAMES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

VariantKind = Literal["default", "cut-off", "fusion", "channel", "without"]

_GROUPS_LEFT_OUT: dict[str, tuple[str, ...]] = {
    "captions": ("text:caption", "vector:caption"),
    "vectors": ("vector:picture", "vector:title", "vector:caption"),
    "text in pictures": ("text:ocr", "text:sound"),  # sounds are heard in pictures too
    "copies": ("hash", "copy"),
}


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to search.

    `channels` may take part, all where it is empty, but for those in `left_out`; `fusion` is the usual one where empty.
    To name a channel is to ask it, and that of sound is not asked for every query: leaving out names no other. Only
    with `folds` are hits below the threshold of the library folded away: the others show how things are ranked,
    whatever the threshold.
    """

    name: str
    kind: VariantKind
    channels: frozenset[str] = frozenset()
    fusion: str = ""
    folds: bool = False
    left_out: frozenset[str] = frozenset()


_CALLED_ZH = {
    "default": "默认",
    "default, folded": "默认，折叠低相关",
    "without captions": "不用图片描述",
    "without vectors": "不用向量",
    "without text in pictures": "不用图中文字",
    "without copies": "不用图片副本比对",
}


def variant_called(name: str) -> Both:
    """Return what people call a variant; the words by which channels and fusions are asked for stand in Chinese too."""
    if name in CHANNEL_NAMES:
        return Both(name, f"仅{CHANNEL_NAMES[name].zh}（{name}）")
    return Both(name, _CALLED_ZH.get(name, name.replace("fusion ", "融合 ", 1)))


DEFAULT = Variant("default", "default")
CUT_OFF = Variant("default, folded", "cut-off", folds=True)


def ablation(channels: Collection[str], fusions: Sequence[str]) -> Iterator[Variant]:
    """Yield all variants beside the default: every fusion, every channel that gave scores alone, groups left out."""
    yield CUT_OFF
    for fusion in fusions:
        yield Variant(f"fusion {fusion}", "fusion", fusion=fusion)
    for channel in sorted(channels):
        yield Variant(channel, "channel", frozenset([channel]))
    for name, group in _GROUPS_LEFT_OUT.items():
        left = frozenset(channels) - frozenset(group)
        if left and left != frozenset(channels):
            yield Variant(f"without {name}", "without", left, left_out=frozenset(group))
