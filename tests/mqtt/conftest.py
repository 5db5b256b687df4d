"""Every contract test runs against the embedded broker and against Mosquitto."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.credentials import hash_secret
from tests.mqtt.brokers import RunningBroker, embedded_broker, mosquitto_binary, mosquitto_broker

STATION = "WZ-652301-001"
OTHER = "WZ-652301-002"
SECRETS = {STATION: "first-secret", OTHER: "第二个"}


@pytest.fixture(params=["embedded", pytest.param("mosquitto", marks=pytest.mark.mosquitto)])
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RunningBroker]:
    credentials = [(code, hash_secret(secret)) for code, secret in SECRETS.items()]
    if request.param == "mosquitto" and mosquitto_binary() is None:
        pytest.skip("mosquitto is not installed (Debian: apt-get install mosquitto)")
    make = embedded_broker if request.param == "embedded" else mosquitto_broker
    with make(tmp_path / "data", credentials) as running:
        yield running
