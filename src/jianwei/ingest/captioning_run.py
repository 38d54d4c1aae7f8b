"""What an asking run needs to let a model describe pictures: captions are kept, and searched from then on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jianwei.ingest.asking_run import AskingSteps
from jianwei.ingest.failure_places import failure_place

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from jianwei.ports import Caption, CaptionModel, Catalog
    from jianwei.records import Failure, Picture


def caption_steps(
    catalog: Catalog, model: CaptionModel, read_picture: Callable[[Picture], bytes]
) -> AskingSteps[Caption]:
    """Return the steps; `read_picture` gives original bytes, checked against their hash."""

    def keep(answers: Sequence[tuple[Picture, Caption]], failures: Sequence[Failure]) -> None:
        with catalog.writing() as writer:
            for picture, caption in answers:
                writer.put_caption(picture.picture_no, model_id=model.model_id, text=caption.text)
                writer.clear_failures([failure_place(picture.location)], stage="caption")
            for failure in failures:
                writer.put_failure(failure)

    return AskingSteps(
        "caption",
        model.model_id,
        model.parallelism,
        missing=lambda: catalog.missing_captions(model.model_id),
        page=lambda after, limit: catalog.pictures_without_caption(model.model_id, after, limit),
        ask=lambda picture: model.describe(read_picture(picture)),
        keep=keep,
    )
