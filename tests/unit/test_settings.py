import os
from pathlib import Path

import pytest

from jianwei.errors import SettingsError
from jianwei.settings import Settings, settings_from_environment


def test_without_variables_the_defaults_hold() -> None:
    assert settings_from_environment({"PATH": "x"}) == Settings()


def test_each_setting_has_a_variable() -> None:
    settings = settings_from_environment(
        {
            "JIANWEI_OCR_ENGINE": "off",
            "JIANWEI_WORKERS": "3",
            "JIANWEI_KEEP_ORIGINALS": "all",
            "JIANWEI_MAX_PICTURE_BYTES": "1000",
            "JIANWEI_MAX_PICTURE_PIXELS": "2000",
            "JIANWEI_URL_TIMEOUT_S": "2.5",
            "JIANWEI_ALLOW_PRIVATE_URLS": "yes",
            "JIANWEI_MODELS": "/models",
            "JIANWEI_URL_PROXY": "http://proxy:3128/",
            "JIANWEI_MODEL_SOURCES": os.pathsep.join(("/a", "/b")),
            "JIANWEI_HUB_ORDER": "huggingface, local",
            "JIANWEI_HUGGINGFACE_ENDPOINT": "https://mirror.example/",
            "JIANWEI_MODELSCOPE_ENDPOINT": "http://scope.example",
            "JIANWEI_HUGGINGFACE_CACHE": "/cache/hf",
            "JIANWEI_MODELSCOPE_CACHE": "/cache/ms",
            "JIANWEI_HUB_TIMEOUT_S": "4",
            "JIANWEI_REMOTE_ENCODER_ENDPOINT": "http://10.0.0.5:8000/v1/",
            "JIANWEI_REMOTE_ENCODER_MODEL": "clip",
            "JIANWEI_REMOTE_ENCODER_DIALECT": "infinity",
            "JIANWEI_REMOTE_ENCODER_KEY": "secret",
            "JIANWEI_MAX_UPLOAD_BYTES": "5000",
            "JIANWEI_REQUESTS_PER_MINUTE": "60",
            "JIANWEI_SEARCHES_WAITING": "7",
        }
    )
    assert settings == Settings(
        ocr_engine="off",
        workers=3,
        keep_originals="all",
        max_picture_bytes=1000,
        max_picture_pixels=2000,
        url_timeout_s=2.5,
        allow_private_urls=True,
        url_proxy="http://proxy:3128",
        models_folder=Path("/models"),
        model_sources=(Path("/a"), Path("/b")),
        hub_order=("huggingface", "local"),
        huggingface_endpoint="https://mirror.example",
        modelscope_endpoint="http://scope.example",
        huggingface_cache=Path("/cache/hf"),
        modelscope_cache=Path("/cache/ms"),
        hub_timeout_s=4.0,
        remote_encoder_endpoint="http://10.0.0.5:8000/v1",
        remote_encoder_model="clip",
        remote_encoder_dialect="infinity",
        remote_encoder_key="secret",
        max_upload_bytes=5000,
        requests_per_minute=60,
        searches_waiting=7,
    )


def test_a_key_is_not_shown() -> None:
    assert "secret" not in repr(Settings(remote_encoder_key="secret", url_proxy="http://me:secret@proxy:3128"))


@pytest.mark.parametrize(
    ("environment", "cache"),
    [
        ({"HF_HOME": "/home/hf"}, Path("/home/hf/hub")),
        ({"XDG_CACHE_HOME": "/xdg"}, Path("/xdg/huggingface/hub")),
        ({"HF_HUB_CACHE": "/hub", "HF_HOME": "/home/hf"}, Path("/hub")),
        ({"JIANWEI_HUGGINGFACE_CACHE": "/ours", "HF_HUB_CACHE": "/hub"}, Path("/ours")),
    ],
)
def test_the_cache_of_hugging_face_is_where_its_own_variables_say(environment: dict[str, str], cache: Path) -> None:
    assert settings_from_environment(environment).huggingface_cache == cache


def test_the_mirror_that_other_tools_use_is_used_too_unless_ours_is_named() -> None:
    mirror = {"HF_ENDPOINT": "https://mirror.example/"}

    assert settings_from_environment(mirror).huggingface_endpoint == "https://mirror.example"
    ours = mirror | {"JIANWEI_HUGGINGFACE_ENDPOINT": "https://ours.example"}
    assert settings_from_environment(ours).huggingface_endpoint == "https://ours.example"
    assert settings_from_environment({"HF_ENDPOINT": ""}).huggingface_endpoint == "https://huggingface.co"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("JIANWEI_OCR_ENGINE", "tesseract"),
        ("JIANWEI_WORKERS", "-1"),
        ("JIANWEI_WORKERS", "two"),
        ("JIANWEI_URL_TIMEOUT_S", "nan"),
        ("JIANWEI_ALLOW_PRIVATE_URLS", "maybe"),
        ("JIANWEI_HUB_ORDER", "local,github"),
        ("JIANWEI_HUB_ORDER", ""),
        ("HF_ENDPOINT", "mirror.example"),
    ],
)
def test_a_value_that_cannot_be_used_is_named_with_what_is_allowed(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name) as caught:
        settings_from_environment({name: value})
    assert repr(value) in str(caught.value)
    assert name in caught.value.message_zh
    assert not {"an", "address", "number", "several"} & set(caught.value.message_zh.split())
