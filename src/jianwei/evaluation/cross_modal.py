"""Text to picture and picture to text in one vector space, exactly, by the rules of Chinese-CLIP.

No index takes part: every text is compared with every picture, as in the tables of the papers. Ties stand in the order
of the data, as there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from jianwei.evaluation.muge import NAMED_IDS, muge_scores, texts_of_pictures
from jianwei.evaluation.results import CrossModal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from jianwei.evaluation.judgements import JudgedQuery
    from jianwei.evaluation.muge import MugeScores

_TEXTS_AT_ONCE = 256


def score_space(
    space: str,
    queries: Sequence[JudgedQuery],
    encode_texts: Callable[[Sequence[str]], NDArray[np.float32]],
    image_ids: Sequence[str],
    images: NDArray[np.float32],
) -> CrossModal:
    """Return the scores of a space in both directions.

    `images` are the (n, dims) unit rows of the `image_ids`. Pictures that a text names and that have no vector are
    never found from texts, and left out from picture to text; the result counts them as `missing`.

    Raises:
        JudgementError: there are fewer than 10 pictures or texts.
    """
    texts = np.concatenate(
        [
            encode_texts([query.words for query in queries[start : start + _TEXTS_AT_ONCE]])
            for start in range(0, len(queries), _TEXTS_AT_ONCE)
        ]
    )
    text_ids = [query.query_id for query in queries]
    gold = {query.query_id: list(query.grades) for query in queries}
    named = _nearest(texts, text_ids, images, image_ids)
    to_pictures = muge_scores(gold, named)
    gold_texts = texts_of_pictures(queries)
    named_texts = _nearest(images, image_ids, texts, text_ids)
    present = {image_id: ids for image_id, ids in gold_texts.items() if image_id in named_texts}
    missing = len(gold_texts) - len(present)
    to_texts = muge_scores(present, named_texts)
    return CrossModal(space, _percentages(to_pictures), _percentages(to_texts), len(queries), len(present), missing)


def _nearest(
    asked: NDArray[np.float32], asked_ids: Sequence[str], others: NDArray[np.float32], other_ids: Sequence[str]
) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for start in range(0, len(asked), _TEXTS_AT_ONCE):
        scores = asked[start : start + _TEXTS_AT_ONCE] @ others.T
        order = np.argsort(-scores, axis=1, kind="stable")[:, :NAMED_IDS]
        for row, places in enumerate(order):
            found[asked_ids[start + row]] = [other_ids[place] for place in places]
    return found


def _percentages(scores: MugeScores) -> dict[str, float]:
    return {"R@1": scores.r1, "R@5": scores.r5, "R@10": scores.r10, "MR": scores.mean_recall}
