from __future__ import annotations

import pytest

from jianwei.encoders.remote.endpoint import Endpoint, endpoint_from_settings
from jianwei.errors import SettingsError
from jianwei.settings import Settings


def test_no_address_is_no_endpoint() -> None:
    assert endpoint_from_settings(Settings(remote_encoder_model="clip")) is None


def test_the_settings_name_the_endpoint() -> None:
    settings = Settings(
        remote_encoder_endpoint="http://10.0.0.5:8000/v1",
        remote_encoder_model="clip",
        remote_encoder_dialect="infinity",
        remote_encoder_key="secret",
    )
    expected = Endpoint("http://10.0.0.5:8000/v1", "clip", "infinity", api_key="secret")
    assert endpoint_from_settings(settings) == expected


def test_an_address_without_a_model_is_told() -> None:
    with pytest.raises(SettingsError, match="JIANWEI_REMOTE_ENCODER_MODEL"):
        endpoint_from_settings(Settings(remote_encoder_endpoint="http://10.0.0.5:8000/v1"))
