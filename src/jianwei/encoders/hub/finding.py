"""Find the files of a model: each place in the chosen order, until one has it whole.

What the other places said is kept, because only all of it together explains to a person why there is no model.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from jianwei.encoders.hub.download import download_files, missing_bytes
from jianwei.encoders.hub.free_space import check_free_space
from jianwei.encoders.hub.http_client import HubClient
from jianwei.encoders.hub.hubs import HuggingFace, ModelScope
from jianwei.encoders.hub.known_models import find_model
from jianwei.encoders.hub.local_files import in_folders, in_huggingface_cache, in_modelscope_cache
from jianwei.encoders.hub.progress import PullProgress
from jianwei.encoders.hub.refusals import not_found
from jianwei.encoders.hub.repositories import has_tokenizer, needed_files, weights_name
from jianwei.encoders.manifest import ModelFile
from jianwei.errors import HubError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from jianwei.encoders.hub.hubs import Hub
    from jianwei.encoders.hub.known_models import KnownModel
    from jianwei.encoders.hub.progress import ShowPull
    from jianwei.encoders.hub.repositories import Repository, RepositoryFile
    from jianwei.settings import HubName, Settings


@dataclass(frozen=True, slots=True)
class FoundModel:
    """Files to import. `licence` is what the place states, `stated` the files whose checksums a hub has confirmed."""

    path: Path
    origin: str
    licence: str = ""
    stated: dict[str, ModelFile] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for, by whose settings, where downloads go, and who watches."""

    model: KnownModel
    settings: Settings
    downloads: Path
    show: ShowPull


def find_files(search: Search) -> FoundModel:
    """Return the files of a model from the first place that has them.

    Raises:
        NotFoundError: every place was asked and none has it.
        HubError: none has it, and at least one could not be asked; says what each said and what to do.
        StorageFullError: the disk has no room for it.
        OSError: the downloads folder cannot be written.
    """
    said: dict[str, HubError | None] = {}
    for place in search.settings.hub_order:
        search.show(PullProgress("looking", place))
        try:
            found = _PLACES[place](search)
        except HubError as error:
            said[place] = error
        else:
            if found is not None:
                return found
            said[place] = None
    raise not_found(search.model, search.settings, said)


def _local(search: Search) -> FoundModel | None:
    found = in_folders(search.model, search.settings.model_sources)
    return None if found is None else FoundModel(found.path, found.origin)


def _cache(search: Search) -> FoundModel | None:
    settings = search.settings
    found = in_huggingface_cache(search.model, settings.huggingface_cache) or in_modelscope_cache(
        search.model, settings.modelscope_cache
    )
    return None if found is None else FoundModel(found.path, found.origin)


def _modelscope(search: Search) -> FoundModel | None:
    with HubClient(search.settings.modelscope_endpoint, timeout_s=search.settings.hub_timeout_s) as client:
        return _downloaded(search, ModelScope(client), lambda model: model.modelscope)


def _huggingface(search: Search) -> FoundModel | None:
    with HubClient(search.settings.huggingface_endpoint, timeout_s=search.settings.hub_timeout_s) as client:
        return _downloaded(search, HuggingFace(client), lambda model: model.huggingface)


_PLACES: Mapping[HubName, Callable[[Search], FoundModel | None]] = {
    "local": _local,
    "cache": _cache,
    "modelscope": _modelscope,
    "huggingface": _huggingface,
}


def _downloaded(search: Search, hub: Hub, id_of: Callable[[KnownModel], str]) -> FoundModel | None:
    """Download what a hub has of the model; None where the model is not known to be there."""
    model, repository_id = search.model, id_of(search.model)
    if not repository_id:
        return None
    repository = hub.repository(repository_id)
    files = needed_files(repository, named=model.weights)
    parts = [(repository, files)]
    if not has_tokenizer(files) and model.tokenizer_of:
        parts.insert(0, _tokenizer_part(hub, id_of(find_model(model.tokenizer_of))))
    folder = search.downloads
    folder.mkdir(parents=True, exist_ok=True)
    check_free_space(folder, sum(missing_bytes(wanted, folder) for _, wanted in parts), _size_bytes(files))
    for source, wanted in parts:
        download_files(hub, source, wanted, folder, show=search.show)
    weights = weights_name([file.path for file in files], named=model.weights)
    return FoundModel(
        folder / weights,
        f"{repository.address}@{repository.revision[:12]}",
        repository.licence,
        {file.path: ModelFile(file.sha256, file.size_bytes or 0) for file in files if file.sha256},
    )


def _tokenizer_part(hub: Hub, repository_id: str) -> tuple[Repository, tuple[RepositoryFile, ...]]:
    repository = hub.repository(repository_id)
    return repository, tuple(file for file in repository.files if has_tokenizer([file]))


def _size_bytes(files: tuple[RepositoryFile, ...]) -> int:
    return sum(file.size_bytes or 0 for file in files)
