"""Who may sign in and what a station may touch: the same with the embedded broker and with Mosquitto."""

import pytest

from tests.mqtt.brokers import RunningBroker
from tests.mqtt.conftest import OTHER, SECRETS, STATION
from tests.mqtt.stations import Refused, Station

KINDS = ("reading", "hj212", "status")


@pytest.mark.parametrize(
    ("username", "secret"),
    [
        (STATION, "wrong"), (STATION, ""), (STATION, SECRETS[OTHER]),
        ("nobody", SECRETS[STATION]), ("", ""), ("geshao-service", "wrong"),
    ],
)  # fmt: skip
async def test_sign_in_is_refused(broker: RunningBroker, username: str, secret: str) -> None:
    with pytest.raises(Refused):
        async with Station(broker.url_for(username, secret)):
            pass


async def test_nobody_signs_in_without_a_name(broker: RunningBroker) -> None:
    with pytest.raises(Refused):
        async with Station(f"mqtt://{broker.host}:{broker.port}"):
            pass


@pytest.mark.parametrize("code", [STATION, OTHER])
async def test_a_station_signs_in_with_its_code_and_secret(broker: RunningBroker, code: str) -> None:
    async with Station(broker.url_for(code, SECRETS[code])) as station:
        assert station.client.is_connected()


async def test_a_station_publishes_under_its_own_topics_only(broker: RunningBroker) -> None:
    async with Station(broker.url) as service:
        assert await service.subscribe("geshao/#")
        for topic in (
            f"geshao/v1/652301/{OTHER}/reading",
            f"geshao/v1/652301/{STATION}/order",
            f"geshao/v1/652301/x/{STATION}/reading",
            "geshao/v1/652301/order",
            f"geshao/v2/652301/{STATION}/reading",
            "elsewhere",
        ):
            # Debian's Mosquitto 2.0.11 acknowledges the message, drops it, and closes the connection.
            async with Station(broker.url_for(STATION, SECRETS[STATION])) as station:
                await station.send(topic, b"foreign")
        own = [f"geshao/v1/{grid}/{STATION}/{kind}" for grid in ("652301", "652302") for kind in KINDS]
        async with Station(broker.url_for(STATION, SECRETS[STATION])) as station:
            for topic in own:
                await station.send(topic, b"own")
        received = [await service.next() for _ in own]
    assert [message.topic for message in received] == own


async def test_a_station_hears_nothing_of_others(broker: RunningBroker) -> None:
    async with (
        Station(broker.url) as service,
        Station(broker.url_for(STATION, SECRETS[STATION])) as station,
        Station(broker.url_for(OTHER, SECRETS[OTHER])) as other,
    ):
        for topic in ("#", "geshao/#", "geshao/v1/+/+/reading", f"geshao/v1/+/{OTHER}/reading"):
            await station.subscribe(
                topic
            )  # Mosquitto grants it and gives nothing, the embedded broker refuses
        assert await service.subscribe("geshao/#")
        await other.send(f"geshao/v1/652301/{OTHER}/reading", b"secret")
        await service.send("geshao/v1/652301/order", b"secret")
        assert {(await service.next()).payload for _ in range(2)} == {b"secret"}
        # Its own message came after the others', so they would have been here before its acknowledgement.
        await station.send(f"geshao/v1/652301/{STATION}/reading", b"own")
        assert station.received.empty()


async def test_the_service_may_do_everything_under_the_root(broker: RunningBroker) -> None:
    async with Station(broker.url) as service, Station(broker.url) as county:
        assert await county.subscribe("geshao/v1/+/order")
        await service.send("geshao/v1/652301/order", b"{}")
        assert (await county.next()).payload == b"{}"
