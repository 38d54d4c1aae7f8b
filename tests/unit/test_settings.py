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
        }
    )
    assert settings == Settings("off", 3, "all", 1000, 2000, 2.5, allow_private_urls=True)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("JIANWEI_OCR_ENGINE", "tesseract"),
        ("JIANWEI_WORKERS", "-1"),
        ("JIANWEI_WORKERS", "two"),
        ("JIANWEI_URL_TIMEOUT_S", "nan"),
        ("JIANWEI_ALLOW_PRIVATE_URLS", "maybe"),
    ],
)
def test_a_value_that_cannot_be_used_is_named_with_what_is_allowed(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name) as caught:
        settings_from_environment({name: value})
    assert value in str(caught.value)
    assert name in caught.value.message_zh
