"""Example queries that a vector index is tuned with, kept beside it so that later builds are tuned with them too.

Words are unlike pictures even in a common space, and searching pictures by words needs more lists than searching them
by pictures. Titles of listings are such queries. The file is a plain `.npy`; without it an index is tuned on its own
vectors alone.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np

from jianwei.indexes.index_place import replace_file

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from jianwei.indexes.index_place import IndexPlace

QUESTIONS_NAME = "vectors.questions.npy"


def write_questions(place: IndexPlace, questions: NDArray[np.float32]) -> None:
    """Keep (m, dims) example queries in place of those kept before.

    Raises:
        OSError: those before stay.
    """
    data = io.BytesIO()
    np.save(data, questions.astype("<f2"), allow_pickle=False)
    replace_file(place.folder / QUESTIONS_NAME, (data.getvalue(),))


def read_questions(place: IndexPlace, dims: int) -> NDArray[np.float32]:
    """Return the (m, dims) example queries; none where none are kept.

    Raises:
        IndexCorruptError: the file cannot be used.
    """
    path = place.folder / QUESTIONS_NAME
    if not path.exists():
        return np.empty((0, dims), np.float32)
    try:
        with place.reading():
            questions: NDArray[np.float32] = np.load(io.BytesIO(path.read_bytes()), allow_pickle=False).astype(
                np.float32
            )
    except (ValueError, EOFError, TypeError) as error:
        raise place.corrupt(f"{QUESTIONS_NAME} is damaged", f"{QUESTIONS_NAME} 已损坏") from error
    if questions.ndim != 2 or questions.shape[1] != dims or not np.isfinite(questions).all():
        raise place.corrupt(f"{QUESTIONS_NAME} is damaged", f"{QUESTIONS_NAME} 已损坏")
    return questions
