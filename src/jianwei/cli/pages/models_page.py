"""The pages of models: which there are, what one is, what has come in, and how fast it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group
from rich.table import Table
from rich.text import Text

from jianwei.cli.language import Both
from jianwei.cli.pages.marked_text import printable
from jianwei.cli.pages.wording import ACCENT, QUIET, size_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from rich.console import RenderableType

    from jianwei.cli.session import Session
    from jianwei.encoders.hub.bench import BenchResult
    from jianwei.encoders.hub.installed import CheckedFile, InstalledModel
    from jianwei.encoders.hub.known_models import KnownModel
    from jianwei.encoders.manifest import Manifest
    from jianwei.library.remote_model import ConfiguredRemote

_HERE = Both("Models in {folder}", "{folder} 中的模型")
_NONE = Both("No model yet. A good first one:", "尚无模型。建议先安装：")
_CAN_BE_PULLED = Both("Can be pulled by name", "可按名称下载")
_BEHIND_A_SERVER = Both("Behind an embedding server", "向量服务上的模型")
_USE_REMOTE = Both(
    "Not asked now. In use after: jianwei embed --model remote", "未连接。启用：jianwei embed --model remote"
)
_NAME = Both("Model", "模型")
_LANGUAGES = Both("Languages", "语言")
_DIMS = Both("Dims", "维数")
_PRECISION = Both("Precision", "精度")
_SIZE = Both("Size", "大小")
_ABOUT = Both("About", "约")
_LICENCE = Both("Licence", "许可证")
_FAMILY = Both("Family", "系列")
_SPACE = Both("Vector space", "向量空间")
_SOURCE = Both("Source", "来源")
_FOLDER = Both("Folder", "文件夹")
_PICTURES = Both("Pictures", "图片输入")
_PICTURE_INPUT = Both("{size} × {size} px, {resize}, {resample}", "{size} × {size} 像素，{resize}，{resample}")
_RESIZES = {"squash": Both("squashed", "压缩至方形"), "crop": Both("cropped", "居中裁剪")}
_TEXTS = Both("Texts", "文本输入")
_TEXT_INPUT = Both("up to {length} tokens, {tokenizer}", "最多 {length} 个词元，{tokenizer}")
_COSINE = Both("Closeness to fp32", "与 fp32 的接近程度")
_COSINE_VALUE = Both("cosine {cosine:.5f} on average, {drop:.5f} below 1", "平均余弦 {cosine:.5f}，比 1 低 {drop:.5f}")
_LEFT_OVER = Both("Tensors left over", "未使用的张量")
_MORE = Both("{names} … {count} in all", "{names} …… 共 {count} 个")
_UNKNOWN = Both("not stated; see the page of the model", "未注明，请查看模型主页")
_FILE = Both("File", "文件")
_STATUS = Both("Status", "状态")
_STATUSES = {
    "there": Both("there, size as stated", "存在，大小相符"),
    "ok": Both("ok, content as stated", "正常，内容相符"),
    "missing": Both("missing", "缺失"),
    "changed": Both("changed or incomplete", "已改动或不完整"),
}
_IS_READY = Both("{name} is ready.", "{name} 已就绪。")
_WAS_THERE = Both("{name} was there already.", "已有 {name}。")
_NEXT = Both("Next: jianwei embed", "下一步：jianwei embed")
_RATES = Both("Pictures per second", "每秒图片数")
_TEXT_RATES = Both("Texts per second", "每秒文本数")
_ONE_TEXT = Both("One text", "单条文本")
_ONE_TEXT_VALUE = Both("p50 {p50:.1f} ms · p99 {p99:.1f} ms", "p50 {p50:.1f} 毫秒 · p99 {p99:.1f} 毫秒")
_LOADING = Both("Loading", "加载")
_CORES = Both("Cores", "核数")

_SHOWN_TENSORS = 3


def models_page(
    folder: Path,
    models: Sequence[InstalledModel],
    known: Sequence[KnownModel],
    remote: ConfiguredRemote | None,
    session: Session,
) -> RenderableType:
    """Return the models that are here, the one behind a server, and the others that have a name."""
    there = {model.name for model in models}
    parts: list[RenderableType] = [Text(session.say(_HERE, folder=folder), style="bold", overflow="fold")]
    if models:
        parts.append(_installed_table(models, session))
    else:
        parts += [Text(session.say(_NONE)), Text("  jianwei models pull chinese-clip-vit-base-patch16", style=ACCENT)]
    if remote is not None:
        parts += [Text(""), Text(session.say(_BEHIND_A_SERVER), style="bold"), *_remote_lines(remote, session)]
    others = [model for model in known if model.name not in there]
    parts += [Text(""), Text(session.say(_CAN_BE_PULLED), style="bold"), _known_table(others, session)]
    return Group(*parts)


def model_page(model: InstalledModel, files: Sequence[CheckedFile], session: Session) -> RenderableType:
    """Return all that is known of one model, and the state of its files."""
    if model.problem is not None:
        return Group(_heading(model), Text(model.problem.text(session.language), style="bold red"))
    table = _table(_FILE, _SIZE, _STATUS, session=session)
    for file in files:
        style = "" if file.status in ("ok", "there") else "bold red"
        status = Text(session.say(_STATUSES[file.status]), style=style)
        table.add_row(Text(printable(file.name)), size_text(file.stated.size_bytes), status)
    return Group(_heading(model), _facts(model, session), Text(""), table)


def new_model_page(model: InstalledModel, session: Session, *, was_there: bool = False) -> RenderableType:
    """Return what has come in, and what to do with it."""
    verdict = session.say(_WAS_THERE if was_there else _IS_READY, name=model.name)
    return Group(Text(verdict, style="bold"), _facts(model, session), Text(session.say(_NEXT), style=ACCENT))


def bench_page(result: BenchResult, session: Session) -> RenderableType:
    """Return how fast a model ran."""
    table = _grid()
    rows = (
        (_SPACE, result.space),
        (_PRECISION, result.precision),
        (_CORES, str(result.cores)),
        (_LOADING, f"{result.load_s:.1f} s"),
        (_RATES, f"{result.pictures_per_s:.1f}"),
        (_TEXT_RATES, f"{result.texts_per_s:.1f}"),
        (_ONE_TEXT, session.say(_ONE_TEXT_VALUE, p50=result.text_p50_ms, p99=result.text_p99_ms)),
    )
    for label, value in rows:
        table.add_row(Text(session.say(label), style="bold"), Text(value, overflow="fold"))
    return table


def _installed_table(models: Sequence[InstalledModel], session: Session) -> Table:
    table = _table(_NAME, _LANGUAGES, _DIMS, _PRECISION, _SIZE, session=session)
    for model in models:
        manifest, size = model.manifest, size_text(model.size_bytes)
        if manifest is None:
            problem = "" if model.problem is None else model.problem.text(session.language)
            table.add_row(Text(printable(model.name)), Text(printable(problem), style="bold red"), "", "", size)
        else:
            languages = ", ".join(manifest.languages)
            table.add_row(Text(printable(model.name)), languages, str(manifest.dims), manifest.precision, size)
    return table


def _remote_lines(remote: ConfiguredRemote, session: Session) -> list[Text]:
    if remote.problem is not None:
        return [Text(printable(remote.problem.text(session.language)), style="bold red")]
    facts = (remote.name, ", ".join(remote.languages), f"{remote.server} ({remote.dialect})")
    lines = [Text(printable(" · ".join(facts)), overflow="fold")]
    return [*lines, Text(session.say(_USE_REMOTE), style=QUIET)]


def _known_table(models: Sequence[KnownModel], session: Session) -> Table:
    table = _table(_NAME, _LANGUAGES, _DIMS, _ABOUT, _LICENCE, session=session)
    for model in models:
        about = size_text(model.approximate_bytes)
        table.add_row(model.name, ", ".join(model.languages), str(model.dims), about, model.licence)
    return table


def _facts(model: InstalledModel, session: Session) -> Table:
    table = _grid()
    if model.manifest is not None:
        for label, value in _rows(model, model.manifest, session):
            table.add_row(Text(session.say(label), style=QUIET), Text(printable(value), overflow="fold"))
    return table


def _rows(model: InstalledModel, manifest: Manifest, session: Session) -> list[tuple[Both, str]]:
    image, text = manifest.image, manifest.text
    resize = session.say(_RESIZES[image.resize])
    rows = [
        (_SPACE, manifest.space),
        (_FAMILY, manifest.family),
        (_LANGUAGES, ", ".join(manifest.languages)),
        (_DIMS, str(manifest.dims)),
        (_PRECISION, manifest.precision),
        (_PICTURES, session.say(_PICTURE_INPUT, size=image.size_px, resize=resize, resample=image.resample)),
        (_TEXTS, session.say(_TEXT_INPUT, length=text.context_length, tokenizer=text.tokenizer)),
        (_SIZE, size_text(model.size_bytes)),
        (_FOLDER, str(model.folder)),
        (_SOURCE, manifest.source),
        (_LICENCE, manifest.licence or session.say(_UNKNOWN)),
    ]
    cosine = manifest.cosine_to_fp32
    if cosine is not None:
        rows.append((_COSINE, session.say(_COSINE_VALUE, cosine=cosine, drop=1 - cosine)))
    if manifest.unused_tensors:
        rows.append((_LEFT_OVER, _shortened(manifest.unused_tensors, session)))
    return rows


def _shortened(names: Sequence[str], session: Session) -> str:
    shown = ", ".join(names[:_SHOWN_TENSORS])
    return shown if len(names) <= _SHOWN_TENSORS else session.say(_MORE, names=shown, count=len(names))


def _heading(model: InstalledModel) -> Text:
    return Text(printable(model.name), style="bold")


def _table(*headings: Both, session: Session) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for heading in headings:
        # A name is what is typed next: it stays on one line as long as there is room.
        table.add_column(session.say(heading), overflow="fold", no_wrap=heading is _NAME)
    return table


def _grid() -> Table:
    return Table.grid(padding=(0, 2))
