"""Import a published model: from the files its authors publish to a model folder that the encoder opens."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from jianwei.encoders.conversion.architecture_of import infer_architecture
from jianwei.encoders.conversion.checkpoint import open_checkpoint
from jianwei.encoders.conversion.checkpoint_formats import FAMILY_OF, check_family, check_unknown
from jianwei.encoders.conversion.model_folder import new_model_folder
from jianwei.encoders.conversion.model_inputs import LANGUAGES, stated_image_input, text_input
from jianwei.encoders.conversion.model_names import default_name
from jianwei.encoders.conversion.onnx_pair import find_onnx_pair, stated_preprocessing, wrap_onnx_pair
from jianwei.encoders.conversion.revision import revision_of
from jianwei.encoders.conversion.tensor_names import canonical_tensors
from jianwei.encoders.conversion.tokenizer_files import copy_tokenizer
from jianwei.encoders.conversion.towers import TowerSource, write_towers
from jianwei.encoders.manifest import Manifest, file_entry, write_manifest
from jianwei.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from jianwei.encoders.conversion.architecture import Activation
    from jianwei.encoders.manifest import Family, Precision
    from jianwei.images.pixels import RgbPixels

ImportStep = Literal["reading", "hashing", "converting", "measuring", "finishing"]


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What an import may be told beside the path."""

    activation: Activation | None = None
    """Overrides what the source states or its name implies; an OpenCLIP file may need it."""

    source: str = ""
    """Where the weights came from, for people; empty means the name of the file or folder."""

    licence: str = ""
    """As the source states it."""

    replace: bool = False
    """Whether a model of the same name is replaced."""

    pictures: Sequence[RgbPixels] = ()
    """Pictures of the kind that will be searched, to measure smaller precisions on and to calibrate int8."""


def import_model(
    path: Path,
    *,
    models_folder: Path,
    name: str | None = None,
    family: Family | None = None,
    precision: Precision = "fp32",
    progress: Callable[[ImportStep], None] | None = None,
    options: ImportOptions | None = None,
) -> Manifest:
    """Make a model folder of a published model and return its manifest.

    `path` is a Hugging Face or OpenCLIP folder, a .pt, .bin or .safetensors file of cn_clip, OpenAI or OpenCLIP, or a
    folder with one ONNX file per tower. No name means one made from the path. `family` is needed for ONNX files; else
    it is checked. Tensors that no tower uses are listed in the manifest. The folder appears whole or not at all.

    Raises:
        ModelError: the source is damaged, incomplete or of another family; a name is taken; the tokenizer is missing.
        StorageFullError: the disk is full.
        MissingPackageError: the onnx package is not installed.
    """
    options = options or ImportOptions()
    report = progress or (lambda _: None)
    report("reading")
    pair = find_onnx_pair(path)
    job = _Job(path, models_folder, name or default_name(path), precision, report, options)
    if pair is not None:
        return _import_pair(pair, family, job)
    return _import_checkpoint(job, family)


@dataclass(frozen=True, slots=True)
class _Job:
    path: Path
    models_folder: Path
    name: str
    precision: Precision
    report: Callable[[ImportStep], None]
    options: ImportOptions


def _import_checkpoint(job: _Job, family: Family | None) -> Manifest:
    checkpoint = open_checkpoint(job.path, activation=job.options.activation)
    where = str(checkpoint.path)
    check_family(FAMILY_OF[checkpoint.form], family, where=where)
    tensors, unknown = canonical_tensors(checkpoint.tensors, checkpoint.form)
    check_unknown(unknown, where=where)
    architecture = infer_architecture(tensors, checkpoint.form, checkpoint.statements, where=where)
    needed = architecture.shapes()
    image = stated_image_input(architecture.family, architecture.image.size_px, checkpoint.preprocessing)
    text = text_input(architecture.family, architecture.context_length)
    with new_model_folder(job.models_folder, job.name, replace=job.options.replace) as folder:
        tokenizer_files = copy_tokenizer(
            text.tokenizer,
            folder,
            beside=checkpoint.folder,
            models_folder=job.models_folder,
            vocabulary=architecture.text.vocabulary,
        )
        job.report("hashing")
        manifest = Manifest(
            name=job.name,
            revision=revision_of(tensors, needed, masks_padding=architecture.text.pooling == "first"),
            family=architecture.family,
            dims=architecture.dims,
            precision=job.precision,
            languages=LANGUAGES[architecture.family],
            image=image,
            text=text,
            source=job.options.source or job.path.name,
            licence=job.options.licence,
            logit_scale=math.exp(float(tensors["logit_scale"].read())) if "logit_scale" in tensors else None,
            unused_tensors=(*unknown, *sorted(set(tensors) - set(needed) - {"logit_scale"})),
        )
        source = TowerSource({name: tensors[name] for name in needed}, architecture)
        written = write_towers(folder, source, manifest, job.options.pictures, job.report)
        return _finished(folder, manifest, [*tokenizer_files, *written.files], written.cosine_to_fp32, job)


def _import_pair(pair: tuple[Path, Path], family: Family | None, job: _Job) -> Manifest:
    if family is None or job.precision != "fp32":
        raise ModelError(
            f"{job.path} holds ONNX files, which do not tell their family and are taken as they are. "
            "State the family (clip, chinese-clip or siglip2) and leave the precision out.",
            zh=f"{job.path} 中是 ONNX 文件，无法得知其系列，且只能原样使用。"
            "请指明系列（clip、chinese-clip 或 siglip2），不要指定精度。",
            path=str(job.path),
        )
    with new_model_folder(job.models_folder, job.name, replace=job.options.replace) as folder:
        job.report("converting")
        wrapped = wrap_onnx_pair(pair, family, folder, stated=stated_preprocessing(pair[0].parent))
        tokenizer_files = copy_tokenizer(
            wrapped.text.tokenizer, folder, beside=job.path, models_folder=job.models_folder, vocabulary=None
        )
        manifest = Manifest(
            name=job.name,
            revision=wrapped.revision,
            family=family,
            dims=wrapped.dims,
            precision="fp32",
            languages=LANGUAGES[family],
            image=wrapped.image,
            text=wrapped.text,
            source=job.options.source or job.path.name,
            licence=job.options.licence,
        )
        return _finished(folder, manifest, [*tokenizer_files, *wrapped.files], None, job)


def _finished(folder: Path, manifest: Manifest, files: Sequence[Path], cosine: float | None, job: _Job) -> Manifest:
    job.report("finishing")
    entries = {file.name: file_entry(file) for file in sorted(files)}
    manifest = replace(manifest, files=entries, cosine_to_fp32=cosine)
    write_manifest(folder, manifest)
    return manifest
