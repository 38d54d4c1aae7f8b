"""Words that hold sentences together and tell nothing by themselves: 的, 了, the, of.

How common a word is in a library does not show it: among a few dozen listings 的 is rare, and in a large one 包邮 is
common and still what somebody looks for. So these few are named. Left out is what may be a thing, a brand or a denial
in trade: 被 (a quilt), 不, 没有, single letters (vitamin a), no, it, us, on.
"""

from __future__ import annotations

from jianwei.text.fold import fold_text
from jianwei.text.segment import cut_words

_CHINESE = """
    的 了 和 是 在 也 都 就 而 及 与 着 或 地 得 之 其 于 吗 呢 吧 啊 呀 嘛 么 这 那 我 你 他 她 它 们 个 很 还 又 并
    且 但 则 把 让 从 为 以 所 给 跟 因 由 我们 你们 他们 她们 它们 咱们 自己 这个 那个 这些 那些 这样 那样 这里 那里
    什么 怎么 怎样 哪个 哪里 哪些 一个 一些 以及 或者 而且 并且 但是 因为 所以 如果 就是 还是 只是 可以 已经 关于 对于
    由于 之间 以后 以前
"""
_ENGLISH = """
    the of and or to in is are was were be been being for with at by from as an this that these those which what whose
    there their they them he she his her its our your you we than then so such but if into about
"""
_FUNCTION_WORDS = frozenset((_CHINESE + _ENGLISH).split())


def tells_nothing(text: str) -> bool:
    """Tell whether a text is made of nothing but such words; False where it has no word at all."""
    folded = fold_text(text)
    if folded in _FUNCTION_WORDS:
        return True
    words = cut_words(folded) if folded else []
    return bool(words) and all(word in _FUNCTION_WORDS for word in words)
