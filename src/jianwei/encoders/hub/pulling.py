"""Pull a model: find its files, make a model folder of them, and record where they came from."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from jianwei.encoders.hub.finding import Search, find_files
from jianwei.encoders.hub.free_space import disk_errors
from jianwei.encoders.hub.installed import model_folder
from jianwei.encoders.hub.known_models import find_model
from jianwei.encoders.hub.progress import PullProgress, show_nothing
from jianwei.encoders.hub.pull_lock import pull_lock
from jianwei.encoders.manifest import MANIFEST_FILE, read_manifest, write_manifest
from jianwei.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from jianwei.encoders.hub.finding import FoundModel
    from jianwei.encoders.hub.known_models import KnownModel
    from jianwei.encoders.hub.progress import ShowPull
    from jianwei.encoders.manifest import Manifest, Precision
    from jianwei.images.pixels import RgbPixels
    from jianwei.settings import Settings

DOWNLOADS = ".downloads"
"""Hidden folder beside the models: what is on its way, and the locks."""


@dataclass(frozen=True, slots=True)
class PulledModel:
    """A model in the models folder. `was_there` is true when nothing had to be done."""

    manifest: Manifest
    was_there: bool


@dataclass(frozen=True, slots=True)
class _ImportChoices:
    model: KnownModel
    models_folder: Path
    precision: Precision
    pictures: Sequence[RgbPixels]
    show: ShowPull


def pull(
    name: str,
    *,
    settings: Settings,
    progress: ShowPull = show_nothing,
    precision: Precision | None = None,
    pictures: Sequence[RgbPixels] = (),
    replace_existing: bool = False,
) -> PulledModel:
    """Bring a model into the models folder, by its name or by its hub id; one that is there already stays.

    Places are asked in the order of `settings.hub_order`. An interrupted pull goes on where it stopped. Two pulls of
    one model wait for each other. `precision` of None means what is there, else fp32; int8 needs `pictures` of the kind
    that will be searched.

    Raises:
        NotFoundError: there is no such model.
        HubError: no place could give it; says what each said and what to do.
        MissingPackageError: the packages that make model folders are not installed.
        ModelError: the files are not a model that can be imported, or one of another precision is there.
        StorageFullError: the disk is full.
    """
    model = find_model(name)
    models_folder = settings.models_folder
    downloads = models_folder / DOWNLOADS
    with disk_errors(models_folder), pull_lock(downloads / f"{model.name}.lock", show=progress):
        existing = _existing(models_folder / model.name, precision, replace_existing=replace_existing)
        if existing is not None:
            return PulledModel(existing, was_there=True)
        _check_needs(precision, len(pictures))
        found = find_files(Search(model, settings, downloads / model.name, progress))
        choices = _ImportChoices(model, models_folder, precision or "fp32", pictures, progress)
        manifest = _imported(found, choices)
        shutil.rmtree(downloads / model.name, ignore_errors=True)
        return PulledModel(manifest, was_there=False)


def _existing(folder: Path, precision: Precision | None, *, replace_existing: bool) -> Manifest | None:
    if replace_existing or not (folder / MANIFEST_FILE).is_file():
        return None
    manifest = read_manifest(folder)
    if precision is not None and manifest.precision != precision:
        raise ModelError(
            f"{manifest.name} is there in {manifest.precision}; {precision} was asked for. "
            "Make it anew with --replace.",
            zh=f"已有 {manifest.precision} 精度的 {manifest.name}，而要求的是 {precision}。请加上 --replace 重新生成。",
            name=manifest.name,
        )
    return manifest


def _check_needs(precision: Precision | None, picture_count: int) -> None:
    """Refuse before the download what would be refused after it."""
    from jianwei.encoders.conversion.graph import import_onnx
    from jianwei.encoders.conversion.towers import FEWEST_PICTURES

    import_onnx()
    if precision == "int8" and picture_count < FEWEST_PICTURES:
        raise ModelError(
            f"int8 needs at least {FEWEST_PICTURES} pictures of the kind that will be searched; {picture_count} were "
            "given. Name a folder of them with --pictures, or take fp16.",
            zh=f"int8 需要至少 {FEWEST_PICTURES} 张与检索对象同类的图片，实际给出 {picture_count} 张。"
            "请用 --pictures 指定图片文件夹，或改用 fp16。",
            pictures=picture_count,
        )


def _imported(found: FoundModel, choices: _ImportChoices) -> Manifest:
    # Imported here: whoever only lists models needs no conversion.
    from jianwei.encoders.conversion.importing import ImportOptions, import_model

    model, models_folder = choices.model, choices.models_folder
    imported = import_model(
        found.path,
        models_folder=models_folder,
        name=model.name,
        family=model.family,
        precision=choices.precision,
        progress=lambda step: choices.show(PullProgress("importing", step)),
        options=ImportOptions(
            source=found.origin, licence=found.licence or model.licence, replace=True, pictures=choices.pictures
        ),
    )
    manifest = replace(imported, source_files=found.stated)
    write_manifest(model_folder(models_folder, model.name), manifest)
    return manifest
