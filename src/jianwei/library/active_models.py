"""Which models a library makes vectors with, and their encoders, opened when they are first needed.

The choice is a small file in the library folder, `models.json`: {"models": ["chinese-clip-vit-base-patch16"]}. It names
folders among the models of this machine, or `remote:MODEL` for a model behind the embedding server of the settings; so
a library that is copied elsewhere asks for the same models there. A library without the file has not chosen yet and
makes no vectors.
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from jianwei.errors import ModelError, NotFoundError
from jianwei.library.query_encoding import EncodedQueries, QueryEncoder
from jianwei.library.remote_model import RemoteModel, is_remote, open_remote

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from jianwei.encoders.manifest import Manifest
    from jianwei.encoders.onnx_encoder import OnnxEncoder
    from jianwei.encoders.remote.encoder import RemoteEncoder
    from jianwei.settings import Settings

CHOICE_FILE = "models.json"
_REQUESTS_AT_ONCE = 4  # batches of queries on their way to an embedding server


@dataclass(frozen=True, slots=True)
class ActiveModel:
    """A model that can be used on this machine: its name, its vector space, and the languages of its texts."""

    name: str
    space: str
    languages: tuple[str, ...]


class ActiveModels:
    """The models of one library. Safe to use from several threads."""

    def __init__(self, library_folder: Path, settings: Settings) -> None:
        self._file = library_folder / CHOICE_FILE
        self._models_folder = settings.models_folder
        self._lock = threading.Lock()
        self._manifests: dict[str, tuple[int, Manifest]] = {}
        self._encoders: dict[tuple[str, bool], OnnxEncoder | RemoteEncoder] = {}
        self._queries: dict[str, QueryEncoder] = {}
        self._remote = RemoteModel(settings)

    def names(self) -> tuple[str, ...]:
        """Return the names of the active models, in the order of their choice.

        Raises:
            ModelError: the file of the choice is damaged.
        """
        return self._chosen() or ()

    def choose(self, names: Sequence[str]) -> tuple[str, ...]:
        """Add models to the active ones and return all of these; every model that is here, where none was ever chosen.

        Raises:
            NotFoundError: a model is not here.
            ModelError: there is no model at all, or the file of the choice is damaged.
            SettingsError: the settings name an embedding server but no model of it.
        """
        before = self._chosen()
        for name in names:
            self._found(name)
        added = tuple(map(self.full_name, names)) or (self._all_here() if before is None else ())
        active = tuple(dict.fromkeys((*(before or ()), *added)))
        if not active:
            raise self._none_here()
        if active != before:
            self._write(active)
        return active

    def drop(self, name: str) -> bool:
        """Take a model out of the active ones; return whether it was among them.

        Raises:
            ModelError: the file of the choice is damaged.
        """
        before = self.names()
        if name not in before:
            return False
        self._write(tuple(other for other in before if other != name))
        return True

    def full_name(self, name: str) -> str:
        """Return a name as it stands in the choice: `remote` becomes `remote:MODEL`.

        Raises:
            SettingsError: the settings name an embedding server but no model of it.
        """
        return self._remote.full_name(name)

    def described(self, name: str) -> ActiveModel:
        """Return the space and the languages of a model.

        Raises:
            NotFoundError: the model is not here.
            ModelError: its manifest is damaged.
        """
        if is_remote(name):
            return ActiveModel(name, self._remote.named(name).space, self._remote.languages)
        manifest = self.manifest(name)
        return ActiveModel(name, manifest.space, manifest.languages)

    def manifest(self, name: str) -> Manifest:
        """Return what a model says of itself, also when it was imported anew meanwhile.

        Raises:
            NotFoundError: the model is not here.
            ModelError: its manifest is damaged.
        """
        folder = self._folder(name)
        from jianwei.encoders.manifest import MANIFEST_FILE, read_manifest

        changed_ns = (folder / MANIFEST_FILE).stat().st_mtime_ns
        with self._lock:
            known = self._manifests.get(name)
            if known is None or known[0] != changed_ns:
                known = (changed_ns, read_manifest(folder))
                self._manifests[name] = known
            return known[1]

    def encoder(self, name: str, *, for_queries: bool = False) -> OnnxEncoder | RemoteEncoder:
        """Return the encoder of a model; `for_queries` lets one behind a server give up before people do.

        Raises:
            NotFoundError: the model is not here.
            ModelError: it is damaged, or cannot be opened.
        """
        key = self.described(name).space, for_queries and is_remote(name)
        with self._lock:
            if key not in self._encoders:
                self._encoders[key] = self._opened(name, for_queries=for_queries)
            return self._encoders[key]

    def queries(self, name: str) -> QueryEncoder:
        """Return what encodes queries with a model, which is opened by the first of them.

        Raises:
            NotFoundError: the model is not here.
            ModelError: its manifest is damaged.
        """
        space = self.described(name).space
        with self._lock:
            if space not in self._queries:
                self._queries[space] = QueryEncoder(
                    texts=lambda texts: self.encoder(name, for_queries=True).encode_texts(texts),
                    pictures=lambda pictures: self.encoder(name, for_queries=True).encode_images(pictures),
                    at_once=_REQUESTS_AT_ONCE if is_remote(name) else 1,
                )
            return self._queries[space]

    def encoded_queries(self) -> EncodedQueries:
        """Count what became of the queries so far."""
        with self._lock:
            return sum((queries.counts for queries in self._queries.values()), EncodedQueries())

    def here(self) -> list[ActiveModel]:
        """Return the active models that can be used on this machine; the others are left out."""
        usable = []
        for name in self.names():
            try:
                usable.append(self.described(name))
            except (ModelError, NotFoundError):
                continue
        return usable

    def close(self) -> None:
        """End the threads of the encoders; the next use opens them again."""
        with self._lock:
            opened, self._encoders = list(self._encoders.values()), {}
            self._queries = {}
        for encoder in opened:
            encoder.close()

    def _opened(self, name: str, *, for_queries: bool) -> OnnxEncoder | RemoteEncoder:
        if is_remote(name):
            return open_remote(self._remote.named(name), for_queries=for_queries)
        from jianwei.encoders.opening import open_encoder

        return open_encoder(self._folder(name))

    def _found(self, name: str) -> None:
        if is_remote(name):
            self._remote.named(name)
        else:
            from jianwei.encoders.hub.installed import model_folder

            model_folder(self._models_folder, name)

    def _folder(self, name: str) -> Path:
        try:
            from jianwei.encoders.hub.installed import model_folder

            return model_folder(self._models_folder, name)
        except NotFoundError as error:
            raise NotFoundError(
                f"This library makes vectors with {name}, which is not in {self._models_folder}. Bring it back with "
                f"jianwei models pull {name} (or models import), or go on without it: jianwei embed --remove {name}",
                zh=f"本库使用模型 {name} 生成向量，但 {self._models_folder} 中没有该模型。"
                f"可用 jianwei models pull {name}（或 models import）重新获取，"
                f"或不再使用它：jianwei embed --remove {name}",
                name=name,
            ) from error

    def _chosen(self) -> tuple[str, ...] | None:
        if not os.access(self._file, os.F_OK):  # as in many libraries, and every search asks
            return None
        try:
            data = self._file.read_bytes()
        except FileNotFoundError:
            return None
        try:
            names = orjson.loads(data)["models"]
            if isinstance(names, list) and all(isinstance(name, str) for name in names):
                return tuple(names)
        except (orjson.JSONDecodeError, KeyError, TypeError):
            pass
        raise ModelError(
            f"{self._file} is damaged. Delete it, then name the models again: jianwei embed --model NAME",
            zh=f"{self._file} 已损坏。请删除它，然后重新指定模型：jianwei embed --model 模型名",
            path=str(self._file),
        )

    def _write(self, names: tuple[str, ...]) -> None:
        aside = self._file.with_name(f".{CHOICE_FILE}.part")
        aside.write_bytes(orjson.dumps({"models": list(names)}, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
        aside.replace(self._file)

    def _all_here(self) -> tuple[str, ...]:
        remote = self._remote.name()
        from jianwei.encoders.hub.installed import list_models

        here = (model.name for model in list_models(self._models_folder) if model.manifest is not None)
        return (*here, *(() if remote is None else (remote,)))

    def _none_here(self) -> ModelError:
        return ModelError(
            f"There is no model in {self._models_folder}, so no vectors can be made. From a folder or file of weights: "
            "jianwei models import PATH. From a hub (ModelScope, Hugging Face): "
            "jianwei models pull chinese-clip-vit-base-patch16. Through a mirror: "
            "HF_ENDPOINT=https://hf-mirror.com jianwei models pull chinese-clip-vit-base-patch16. "
            "From an embedding server: set JIANWEI_REMOTE_ENCODER_ENDPOINT and JIANWEI_REMOTE_ENCODER_MODEL. "
            "Then run jianwei embed again.",
            zh=f"{self._models_folder} 中没有模型，无法生成向量。已有权重文件：jianwei models import 路径；"
            "从模型站点（ModelScope、Hugging Face）下载：jianwei models pull chinese-clip-vit-base-patch16；"
            "使用镜像：HF_ENDPOINT=https://hf-mirror.com jianwei models pull chinese-clip-vit-base-patch16；"
            "使用向量服务：设置 JIANWEI_REMOTE_ENCODER_ENDPOINT 和 JIANWEI_REMOTE_ENCODER_MODEL。"
            "之后再次运行 jianwei embed。",
            path=str(self._models_folder),
        )
