"""Captions of a library: `library.captions`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jianwei.captions.endpoint import vision_endpoint
from jianwei.catalog.sql_catalog import SESSION_WAIT_S
from jianwei.errors import SettingsError
from jianwei.ingest.asking_run import AskingLimits
from jianwei.ingest.fetching import PictureFetcher
from jianwei.library.originals import original_bytes

if TYPE_CHECKING:
    from collections.abc import Callable

    from jianwei.captions.endpoint import VisionEndpoint
    from jianwei.catalog.sql_catalog import SqlCatalog
    from jianwei.ingest.asking_run import AskingProgress, AskingReport
    from jianwei.library.index_keeper import IndexKeeper
    from jianwei.ports import PictureFiles
    from jianwei.settings import Settings


class LibraryCaptions:
    """What a vision-language model writes about the pictures of one library."""

    def __init__(self, catalog: SqlCatalog, indexes: IndexKeeper, files: PictureFiles, settings: Settings) -> None:
        self._catalog = catalog
        self._indexes = indexes
        self._files = files
        self._settings = settings

    def make(
        self,
        *,
        limit: int | None = None,
        budget_tokens: int | None = None,
        budget: float | None = None,
        progress: Callable[[AskingProgress], None] | None = None,
    ) -> AskingReport:
        """Let the model of the settings describe the pictures that it has not described; captions are searchable then.

        `limit` ends the run after so many pictures, `budget_tokens` after so many tokens, `budget` after so much money
        by the prices of the settings; requests under way then are still finished and kept. Ctrl-C ends it cleanly. A
        second call goes on where the first stopped and never asks twice.

        Raises:
            SettingsError: no model is configured, or `budget` is given without prices.
            ModelError: the server refuses every request; what came before is kept.
            WriterLockedError: another process is writing to the library.
            StorageFullError: the disk is full; what was stored is kept.
        """
        from jianwei.captions.caption_model import ChatCaptionModel
        from jianwei.ingest.asking_run import AskingRun
        from jianwei.ingest.captioning_run import caption_steps

        settings = self._settings
        endpoint = configured_endpoint(settings)
        limits = asking_limits(settings, limit, budget_tokens, budget)
        model = ChatCaptionModel(endpoint, max_pixels=settings.max_picture_pixels)
        try:
            with self._catalog.writer_session(wait_s=SESSION_WAIT_S), PictureFetcher(settings, root=None) as fetcher:
                self._indexes.catch_up()
                steps = caption_steps(
                    self._catalog, model, lambda picture: original_bytes(picture, self._files, fetcher)
                )
                return AskingRun(steps, limits, progress=progress).run(self._indexes.catch_up)
        finally:
            model.close()

    def of(self, sha256s: list[str]) -> dict[str, str]:
        """Return the newest caption of each picture that has one, by the hash of the picture."""
        pictures = [picture for sha256 in sha256s if (picture := self._catalog.picture_by_sha256(sha256)) is not None]
        texts = self._catalog.captions([picture.picture_no for picture in pictures])
        return {picture.facts.sha256: texts[picture.picture_no] for picture in pictures if picture.picture_no in texts}


def configured_endpoint(settings: Settings) -> VisionEndpoint:
    """Return the endpoint of the settings.

    Raises:
        SettingsError: the settings name none, or an address without a model.
    """
    endpoint = vision_endpoint(settings)
    if endpoint is None:
        raise SettingsError(
            "No vision-language model is configured, so nothing was sent anywhere. Set JIANWEI_VISION_ENDPOINT to an "
            "OpenAI-compatible address such as http://127.0.0.1:8000/v1 and JIANWEI_VISION_MODEL to the model's name. "
            "docs/captions.md shows it for vLLM and Ollama.",
            zh="尚未配置视觉语言模型，没有向任何地方发送内容。请将 JIANWEI_VISION_ENDPOINT 设为兼容 OpenAI 的地址（如 "
            "http://127.0.0.1:8000/v1），并将 JIANWEI_VISION_MODEL 设为模型名。"
            "docs/captions.md 以 vLLM 和 Ollama 为例说明。",
            name="JIANWEI_VISION_ENDPOINT",
        )
    return endpoint


def asking_limits(
    settings: Settings, pictures: int | None, budget_tokens: int | None, budget: float | None
) -> AskingLimits:
    """Return where a run of questions ends, by the prices of the settings.

    Raises:
        SettingsError: `budget` is given without prices.
    """
    if budget is not None and not (settings.vision_price_in or settings.vision_price_out):
        raise _no_prices()
    return AskingLimits(pictures, budget_tokens, budget, settings.vision_price_in, settings.vision_price_out)


def _no_prices() -> SettingsError:
    return SettingsError(
        "A budget in money needs prices. Set JIANWEI_VISION_PRICE_IN and JIANWEI_VISION_PRICE_OUT to what a million "
        "tokens cost, or give --budget-tokens instead.",
        zh="按金额限制预算需要单价。请将 JIANWEI_VISION_PRICE_IN 和 JIANWEI_VISION_PRICE_OUT 设为每百万 token 的价格，"
        "或改用 --budget-tokens。",
        name="JIANWEI_VISION_PRICE_IN",
    )
