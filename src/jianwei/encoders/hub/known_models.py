"""The models that have a name here: which family they are, what they understand and where their weights are published.

The table says where to look, never what must be found: checksums are those that a hub states when a model is pulled,
and a licence stated there goes before the one here. Left out: what a checkpoint's tensors look like.

Sources: sizes, dimensions and languages of Chinese-CLIP from its README and `model_configs`; file names of QA-CLIP from
its `clip/utils.py`; the ModelScope ids of the base and the two large Chinese-CLIP, of CLIP ViT-L/14 and of SigLIP 2
base as other projects use them. Facts that were written from memory are named in `unread`, model by model.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from jianwei.errors import NotFoundError

if TYPE_CHECKING:
    from jianwei.encoders.manifest import Family

DEFAULT_MODEL = "chinese-clip-vit-base-patch16"
"""What a newcomer is told to pull: Chinese, and quick enough on two cores."""

_REPOSITORY_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class KnownModel:
    """One model that can be pulled by name. An empty hub id means that it is not known to be there."""

    name: str
    family: Family | None
    """None where only the weights can tell."""
    languages: tuple[str, ...] = ()
    dims: int = 0
    size_px: int = 0
    parameters: int = 0
    licence: str = ""
    huggingface: str = ""
    modelscope: str = ""
    weights: str = ""
    """The file of a repository that holds several models; empty where the usual names tell."""
    file_names: tuple[str, ...] = ()
    """Names under which people keep the weights as one file."""
    tokenizer_of: str = ""
    """The model whose tokenizer files are taken where its own repository has none."""
    unread: tuple[str, ...] = ()
    """Fields written from memory."""

    @property
    def approximate_bytes(self) -> int:
        """About how much has to be downloaded: four bytes a parameter."""
        return self.parameters * 4


def _chinese_clip(
    name: str,
    size: str,
    *,
    dims: int,
    parameters: int,
    size_px: int = 224,
    modelscope: str = "AI-ModelScope",
    unread: tuple[str, ...] = (),
) -> KnownModel:
    return KnownModel(
        name,
        "chinese-clip",
        ("zh",),
        dims,
        size_px,
        parameters,
        licence="apache-2.0",
        huggingface=f"OFA-Sys/{name}",
        modelscope=f"{modelscope}/{name}" if modelscope else "",
        file_names=(f"clip_cn_{size}.pt",),
        tokenizer_of=DEFAULT_MODEL,
        unread=unread,
    )


def _qa_clip(name: str, *, dims: int, parameters: int, repository: str = "QA-CLIP", weights: str = "") -> KnownModel:
    return KnownModel(
        name,
        "chinese-clip",
        ("zh",),
        dims,
        224,
        parameters,
        licence="apache-2.0",
        huggingface=f"TencentARC/{repository}",
        weights=weights,
        file_names=(weights,) if weights else (),
        tokenizer_of=DEFAULT_MODEL,
    )


def _openai_clip(
    name: str, *, dims: int, parameters: int, size_px: int = 224, unread: tuple[str, ...] = ("parameters", "licence")
) -> KnownModel:
    return KnownModel(
        name,
        "clip",
        ("en",),
        dims,
        size_px,
        parameters,
        licence="mit",
        huggingface=f"openai/{name}",
        modelscope=f"AI-ModelScope/{name}",
        unread=unread,
    )


def _siglip2(name: str, *, dims: int, parameters: int, size_px: int) -> KnownModel:
    return KnownModel(
        name,
        "siglip2",
        ("multi",),
        dims,
        size_px,
        parameters,
        licence="apache-2.0",
        huggingface=f"google/{name}",
        modelscope=f"google/{name}",
        unread=("dims", "parameters"),
    )


_ALL_BUT_DIMS = ("modelscope", "parameters", "licence")

KNOWN_MODELS: tuple[KnownModel, ...] = (
    _chinese_clip("chinese-clip-rn50", "rn50", dims=1024, parameters=77_000_000, modelscope=""),
    _chinese_clip("chinese-clip-vit-base-patch16", "vit-b-16", dims=512, parameters=188_000_000),
    _chinese_clip("chinese-clip-vit-large-patch14", "vit-l-14", dims=768, parameters=406_000_000),
    _chinese_clip(
        "chinese-clip-vit-large-patch14-336px",
        "vit-l-14-336",
        dims=768,
        parameters=407_000_000,
        size_px=336,
    ),
    _chinese_clip(
        "chinese-clip-vit-huge-patch14",
        "vit-h-14",
        dims=1024,
        parameters=958_000_000,
        unread=("modelscope",),
    ),
    _qa_clip("qa-clip-rn50", dims=1024, parameters=77_000_000, weights="QA-CLIP-RN50.pt"),
    _qa_clip("qa-clip-vit-base-patch16", dims=512, parameters=188_000_000, weights="QA-CLIP-base.pt"),
    _qa_clip("qa-clip-vit-large-patch14", dims=768, parameters=406_000_000, repository="QA-CLIP-ViT-L-14"),
    _openai_clip("clip-vit-base-patch32", dims=512, parameters=151_000_000, unread=_ALL_BUT_DIMS),
    _openai_clip("clip-vit-base-patch16", dims=512, parameters=150_000_000, unread=_ALL_BUT_DIMS),
    _openai_clip("clip-vit-large-patch14", dims=768, parameters=428_000_000),
    _openai_clip("clip-vit-large-patch14-336", dims=768, parameters=428_000_000, size_px=336),
    _siglip2("siglip2-base-patch16-224", dims=768, parameters=375_000_000, size_px=224),
    _siglip2("siglip2-base-patch16-256", dims=768, parameters=375_000_000, size_px=256),
    _siglip2("siglip2-so400m-patch14-384", dims=1152, parameters=1_136_000_000, size_px=384),
    _siglip2("siglip2-so400m-patch16-256", dims=1152, parameters=1_136_000_000, size_px=256),
)


def find_model(name: str) -> KnownModel:
    """Return the model of a name, or of a hub id `OWNER/NAME`, which need not be in the table; case does not matter.

    Raises:
        NotFoundError: it is neither; tells the names that are near.
    """
    wanted = name.strip().lower()
    for model in KNOWN_MODELS:
        ids = {model.huggingface.lower(), model.modelscope.lower()} - {""}
        if wanted == model.name or (wanted in ids and not model.weights):
            return model
    if _REPOSITORY_ID.fullmatch(name.strip()):
        repository = name.strip()
        short = re.sub(r"[^a-z0-9._-]", "-", repository.rpartition("/")[2].lower())
        return KnownModel(short, None, huggingface=repository, modelscope=repository)
    raise _unknown(name)


def _unknown(name: str) -> NotFoundError:
    names = [model.name for model in KNOWN_MODELS]
    near = difflib.get_close_matches(name.lower(), names, n=3, cutoff=0.5) or [DEFAULT_MODEL]
    return NotFoundError(
        f"There is no model named {name!r}. Near it: {', '.join(near)}; all of them: jianwei models list. "
        "A hub id such as OFA-Sys/chinese-clip-vit-base-patch16 works too.",
        zh=f"没有名为 {name!r} 的模型。相近的有：{'、'.join(near)}；查看全部：jianwei models list。"
        "也可以使用 OFA-Sys/chinese-clip-vit-base-patch16 这样的仓库名。",
        name=name,
    )
