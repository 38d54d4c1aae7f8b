"""The layout and the rules by which Chinese-CLIP evaluates MUGE, Flickr30K-CN and COCO-CN.

    <split>_texts.jsonl   {"text_id": 8428, "text": "高级感托特包斜挎", "image_ids": [1076345, 517602]}

The rules, so that its tables can be reproduced: a text counts as found at k when any of its pictures is among the first
k; every text counts, also one without pictures; exactly 10 different ids have to be named for each; MR is the mean of
R@1, R@5 and R@10, and all are percentages. From picture to text the same holds with the roles exchanged, for the
pictures that any text names, in the order in which they are first named.

Source: `cn_clip/eval/evaluation.py`, `evaluation_tr.py` and `transform_ir_annotation_to_tr.py` of OFA-Sys/Chinese-CLIP.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jianwei.errors import JudgementError
from jianwei.evaluation.json_lines import parse_object
from jianwei.evaluation.judgements import JudgedQuery, Judgements, broken_line, refuse_empty, unique
from jianwei.metrics.ranked import hit_at_k

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

NAMED_IDS = 10
_CUTS = (1, 5, 10)


@dataclass(frozen=True, slots=True)
class MugeScores:
    """Percentages, as the papers print them."""

    r1: float
    r5: float
    r10: float
    mean_recall: float


def read_muge(path: Path, lines: list[tuple[int, str]]) -> Judgements:
    """Return the judgements of a file of texts.

    Raises:
        JudgementError: a line cannot be used; names it.
    """
    queries = []
    for line_no, text in lines:
        value = parse_object(path.name, line_no, text)
        words, image_ids = value.get("text"), value.get("image_ids", [])
        if "text_id" not in value or not isinstance(words, str) or not isinstance(image_ids, list):
            raise broken_line(
                path.name,
                line_no,
                "expected text_id, text and a list image_ids",
                "应有 text_id、text 和列表 image_ids",
            )
        grades = {str(item): 1.0 for item in image_ids}
        queries.append((line_no, JudgedQuery(str(value["text_id"]), words, grades)))
    found = unique(path.name, queries)
    refuse_empty(path.name, found)
    return Judgements(path.name, found, cross_modal=True)


def texts_of_pictures(queries: Sequence[JudgedQuery]) -> dict[str, list[str]]:
    """Return the ids of the texts of each picture that a text names, in the order in which they are first named."""
    texts: dict[str, list[str]] = {}
    for query in queries:
        for image_id in query.grades:
            texts.setdefault(image_id, []).append(query.query_id)
    return texts


def muge_scores(gold: Mapping[str, Sequence[str]], named: Mapping[str, Sequence[str]]) -> MugeScores:
    """Return the scores of the ids named for each query, best first, against the gold ids.

    Raises:
        JudgementError: a query lacks ids, or they are not exactly 10 different ones.
    """
    for query_id in gold:
        count = len(set(named.get(query_id, ())))
        if count != NAMED_IDS or len(named[query_id]) != NAMED_IDS:
            raise JudgementError(
                f"Query {query_id!r} has {count} different ids; the rules of Chinese-CLIP ask for exactly "
                f"{NAMED_IDS}. A set with fewer than {NAMED_IDS} pictures or texts cannot be scored by them.",
                zh=f"查询 {query_id!r} 给出了 {count} 个不同的编号；Chinese-CLIP 的规则要求恰好 {NAMED_IDS} 个。"
                f"图片或文本少于 {NAMED_IDS} 个的数据集无法按此规则评分。",
                query_id=query_id,
            )
    r1, r5, r10 = (
        100.0 * sum(hit_at_k(named[query_id], relevant, cut) for query_id, relevant in gold.items()) / len(gold)
        for cut in _CUTS
    )
    return MugeScores(r1, r5, r10, (r1 + r5 + r10) / 3.0)
