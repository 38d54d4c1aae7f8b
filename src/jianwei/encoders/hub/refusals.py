"""What to tell a person whose model was found nowhere: what each place said, and each way on with its exact command."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jianwei.encoders.hub.repositories import TOKENIZER_FILES
from jianwei.errors import HubError, JianweiError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jianwei.encoders.hub.known_models import KnownModel
    from jianwei.errors import Language
    from jianwei.settings import Settings

_MIRROR = "https://hf-mirror.com"
"""A public mirror of Hugging Face, named as an example; nothing is asked of it unless the user says so."""

_NAMES: Mapping[str, tuple[str, str]] = {
    "local": ("your folders", "指定的文件夹"),
    "cache": ("caches of this machine", "本机缓存"),
    "modelscope": ("ModelScope", "ModelScope"),
    "huggingface": ("Hugging Face", "Hugging Face"),
}
_NOT_THERE = ("not there", "没有")


def not_found(model: KnownModel, settings: Settings, said: Mapping[str, HubError | None]) -> JianweiError:
    """Return the error for a model that no place has: NotFoundError when all of them could be asked.

    `said` holds what each place answered, in the order asked; None where it just has no such model.
    """
    errors = [error for error in said.values() if error is not None]
    all_asked = all(error.facts.get("reason") == "absent" for error in errors)
    message = _message(model, settings, said, "en", all_asked=all_asked)
    message_zh = _message(model, settings, said, "zh", all_asked=all_asked)
    if all_asked:
        return NotFoundError(message, zh=message_zh, name=model.name)
    # The model is not had because of the last thing that went wrong; the earlier places may simply not have it.
    reasons = {str(error.facts.get("reason")) for error in errors} - {"absent"}
    reason = reasons.pop() if len(reasons) == 1 else "several"
    return HubError(message, zh=message_zh, reason=reason, name=model.name)


def _message(
    model: KnownModel, settings: Settings, said: Mapping[str, HubError | None], language: Language, *, all_asked: bool
) -> str:
    zh = language == "zh"
    lines = [_first_line(model, zh=zh, all_asked=all_asked)]
    for place, error in said.items():
        what = _NOT_THERE[zh] if error is None else error.text(language)
        lines.append(f"  {_NAMES[place][zh]}{'：' if zh else ': '}{what}")
    lines.append("还可以这样做：" if zh else "What you can do:")
    lines += [f"  {text}\n    {command}" for text, command in _ways_on(model, settings, said, zh=zh)]
    return "\n".join(lines)


def _first_line(model: KnownModel, *, zh: bool, all_asked: bool) -> str:
    if all_asked:
        return f"没有找到 {model.name} 的文件。" if zh else f"The files of {model.name} were found nowhere."
    return f"无法获取 {model.name}。" if zh else f"{model.name} could not be had."


def _ways_on(
    model: KnownModel, settings: Settings, said: Mapping[str, HubError | None], *, zh: bool
) -> list[tuple[str, str]]:
    name = model.huggingface or model.name
    pull = f"jianwei models pull {model.name if model.family else name}"
    tokenizer = "vocab.txt" if model.family == "chinese-clip" else ", ".join(TOKENIZER_FILES[1:])
    weights = model.weights or "model.safetensors" + (" 或 " if zh else " or ") + "pytorch_model.bin"
    files = f"{weights}, config.json, preprocessor_config.json, {tokenizer}"
    ways = [
        (
            f"在能上网的机器上下载 {name} 的 {files}，拷到一个文件夹后导入："
            if zh
            else f"Download {files} of {name} where there is a network, copy them into a folder, and import it:",
            f"jianwei models import {'文件夹' if zh else 'FOLDER'} --name {model.name}",
        )
    ]
    if "huggingface" in said and settings.huggingface_endpoint != _MIRROR:
        ways.append(
            ("使用 Hugging Face 的镜像：" if zh else "Use a mirror of Hugging Face:", f"HF_ENDPOINT={_MIRROR} {pull}")
        )
    if model.modelscope and "modelscope" not in said:
        ways.append(("使用 ModelScope：" if zh else "Use ModelScope:", f"JIANWEI_HUB_ORDER=modelscope {pull}"))
    if not settings.model_sources:
        ways.append(
            (
                "指定存放已下载模型的文件夹：" if zh else "Name the folder that holds downloaded models:",
                f"JIANWEI_MODEL_SOURCES={'文件夹' if zh else 'FOLDER'} {pull}",
            )
        )
    return ways
