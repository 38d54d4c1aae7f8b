"""What an open_clip_config.json states, and which of OpenCLIP's many options we cannot build."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jianwei.encoders.conversion.architecture_of import Statements
from jianwei.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jianwei.encoders.conversion.architecture import Activation

_REFUSED: Mapping[str, frozenset[str]] = {
    "vision_cfg": frozenset(
        {"timm_model_name", "attentional_pool", "ls_init_value", "no_ln_pre", "final_ln_after_pool", "input_patchnorm"}
    ),
    "text_cfg": frozenset(
        {"hf_model_name", "hf_tokenizer_name", "no_causal_mask", "ls_init_value", "embed_cls", "act_kwargs"}
    ),
}
"""Options that change the computation or the tokens."""

_POOLS: Mapping[str, str] = {"vision_cfg": "tok", "text_cfg": "argmax"}


def openclip_statements(model: Mapping[str, Any], activation: Activation | None) -> Statements:
    """Return what the `model_cfg` of a configuration says; an empty one leaves the activation open.

    Raises:
        ModelError: the model has an option that we cannot build; names it.
    """
    for tower, refused in _REFUSED.items():
        options = model.get(tower) or {}
        used = sorted(option for option in refused if options.get(option))
        if options.get("pool_type", _POOLS[tower]) != _POOLS[tower]:
            used.append("pool_type")
        if used:
            raise ModelError(
                f"This OpenCLIP model uses {tower}.{used[0]}={options[used[0]]!r}, which cannot be imported.",
                zh=f"该 OpenCLIP 模型使用了 {tower}.{used[0]}={options[used[0]]!r}，目前无法导入。",
                option=f"{tower}.{used[0]}",
            )
    if not model:
        return Statements(activation=activation)
    vision, text = model.get("vision_cfg") or {}, model.get("text_cfg") or {}
    image_heads = int(vision.get("width", 768)) // int(vision.get("head_width", 64))
    stated: Activation = "quick_gelu" if model.get("quick_gelu") else "gelu"
    return Statements(
        image={"num_attention_heads": image_heads, **_epsilon(vision)},
        text={"num_attention_heads": int(text.get("heads", 8)), **_epsilon(text)},
        activation=activation or stated,
    )


def _epsilon(options: Mapping[str, Any]) -> dict[str, Any]:
    found = (options.get("norm_kwargs") or {}).get("eps")
    return {} if found is None else {"layer_norm_eps": found}
