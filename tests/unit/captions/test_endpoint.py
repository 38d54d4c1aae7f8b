from __future__ import annotations

from dataclasses import replace

import pytest

from jianwei.captions.endpoint import vision_endpoint
from jianwei.errors import SettingsError
from jianwei.settings import Settings


def test_without_a_setting_there_is_no_endpoint() -> None:
    assert vision_endpoint(Settings()) is None


def test_an_address_without_a_model_is_told() -> None:
    with pytest.raises(SettingsError, match="JIANWEI_VISION_MODEL"):
        vision_endpoint(replace(Settings(), vision_endpoint="http://127.0.0.1:1/v1"))


def test_the_settings_become_an_endpoint() -> None:
    endpoint = vision_endpoint(
        replace(
            Settings(),
            vision_endpoint="http://127.0.0.1:1/v1",
            vision_model="m",
            vision_key="sk-1",
            vision_requests_per_minute=7,
        )
    )
    assert endpoint is not None
    assert (endpoint.model, endpoint.requests_per_minute, endpoint.server.api_key) == ("m", 7, "sk-1")
    assert "sk-1" not in repr(endpoint.server)
