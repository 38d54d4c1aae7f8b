"""The vector spaces that a search can use: those whose model is active and here, and that have vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jianwei.errors import IndexServerError, ModelError
from jianwei.search.spaces import SearchSpace

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from jianwei.images.pixels import RgbPixels
    from jianwei.library.active_models import ActiveModels
    from jianwei.library.index_keeper import IndexKeeper
    from jianwei.ports import CatalogReader
    from jianwei.records import VectorSpace


def search_spaces(
    models: ActiveModels, indexes: IndexKeeper, catalog: CatalogReader
) -> tuple[list[SearchSpace], dict[str, IndexServerError]]:
    """Return the spaces in the order in which their models were chosen, and why others cannot be searched now.

    No model is loaded by this.

    Raises:
        WriterLockedError: an index has to be rebuilt, and another process is writing.
        ModelError: the choice of models is damaged.
    """
    active = models.here()
    filled = {space.name: space for space in catalog.spaces()} if active else {}
    spaces: list[SearchSpace] = []
    silent: dict[str, IndexServerError] = {}
    for model in active:
        if model.space not in filled:
            continue
        encoder = _LazyEncoder(models, model.name, filled[model.space])
        try:
            spaces.append(_search_space(encoder, model.languages, filled[model.space], indexes))
        except IndexServerError as error:
            silent[model.space] = error
    return spaces, silent


class _LazyEncoder:
    """Opens its model with the first query, and lets no vector through that the space cannot be asked with."""

    def __init__(self, models: ActiveModels, name: str, space: VectorSpace) -> None:
        self._models = models
        self._name = name
        self._space = space

    def text(self, text: str) -> NDArray[np.float32]:
        return self._fitting(self._models.queries(self._name).text(text))

    def picture(self, pixels: RgbPixels) -> NDArray[np.float32]:
        return self._fitting(self._models.queries(self._name).picture(pixels))

    def _fitting(self, row: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the row, which a server may give in another length once it runs another model.

        Raises:
            ModelError: it has.
        """
        name, dims, given = self._space.name, self._space.dims, row.shape[1]
        if given == dims:
            return row
        raise ModelError(
            f"The vectors of {name} have {dims} numbers, and the model now gives {given}. "
            "Where the server runs another model on purpose, set another JIANWEI_REMOTE_ENCODER_REVISION "
            "and run jianwei embed.",
            zh=f"{name} 的向量是 {dims} 维，而模型现在给出 {given} 维。若服务端确已更换模型，"
            "请更改 JIANWEI_REMOTE_ENCODER_REVISION 并运行 jianwei embed。",
            space=name,
            dims=dims,
            given=given,
        )


def _search_space(
    encoder: _LazyEncoder, languages: tuple[str, ...], space: VectorSpace, indexes: IndexKeeper
) -> SearchSpace:
    return SearchSpace(
        space.name,
        languages,
        encode_text=encoder.text,
        encode_picture=encoder.picture,
        pictures=indexes.vectors(space, "picture").ready(),
        titles=indexes.vectors(space, "title").ready(),
        captions=indexes.vectors(space, "caption").ready() if indexes.has_captions(space) else None,
    )
