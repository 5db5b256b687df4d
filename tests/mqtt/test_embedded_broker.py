"""The embedded broker's life: started, taken over, shared, stopped, and what it keeps meanwhile."""

import asyncio
import json
import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psutil
import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from app.credentials import hash_secret
from app.embedded.broker import EmbeddedBroker
from models.errors import ConfigurationError
from tests.mqtt.stations import Refused, Station
from tests.mqtt.test_source import ROOT, until

_KILLED_SERVICE = """
import os, pathlib, signal, sys
from app.embedded.broker import EmbeddedBroker
broker = EmbeddedBroker(pathlib.Path(sys.argv[1]), 0)
broker.start()
print(broker.port, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[EmbeddedBroker]:
    broker = EmbeddedBroker(tmp_path, 0)
    broker.start()
    yield broker
    broker.stop()


def process_of(data_dir: Path) -> psutil.Process:
    return psutil.Process(json.loads((data_dir / "broker" / "state.json").read_text())["pid"])


def gone(process: psutil.Process) -> bool:
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def start_and_kill_a_service(data_dir: Path) -> int:
    """The port of the broker that a killed service leaves behind."""
    done = subprocess.run(
        [sys.executable, "-c", _KILLED_SERVICE, str(data_dir)],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr
    return int(done.stdout)


async def test_stop_ends_the_process_and_a_second_start_works(broker: EmbeddedBroker, tmp_path: Path) -> None:
    process = process_of(tmp_path)
    broker.stop()
    assert gone(process)
    broker.start()
    async with Station(broker.url) as service:
        assert service.client.is_connected()


async def test_a_killed_services_broker_is_taken_over_on_its_port(tmp_path: Path) -> None:
    port = start_and_kill_a_service(tmp_path)
    left = process_of(tmp_path)
    next_start = EmbeddedBroker(tmp_path, 0)
    next_start.start()
    try:
        assert next_start.port == port
        assert process_of(tmp_path).pid == left.pid
        async with Station(next_start.url) as service:
            assert service.client.is_connected()
    finally:
        next_start.stop()
    assert gone(left), "a killed user does not count"


async def test_another_fixed_port_starts_anew(tmp_path: Path, unused_tcp_port: int) -> None:
    start_and_kill_a_service(tmp_path)
    left = process_of(tmp_path)
    fixed = EmbeddedBroker(tmp_path, unused_tcp_port)
    fixed.start()
    try:
        assert fixed.port == unused_tcp_port
        assert gone(left)
    finally:
        fixed.stop()


def test_the_last_of_two_processes_stops_it(broker: EmbeddedBroker, tmp_path: Path) -> None:
    start_and_kill_a_service(tmp_path)
    process = process_of(tmp_path)
    code = _KILLED_SERVICE.replace("os.kill(os.getpid(), signal.SIGKILL)", "broker.stop()")
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert int(done.stdout) == broker.port
    assert not gone(process), "the first user is still there"
    broker.stop()
    assert gone(process)


async def test_an_unused_broker_ends_by_itself(tmp_path: Path) -> None:
    broker = EmbeddedBroker(tmp_path, 0, grace=0.2)
    broker.start()
    process = process_of(tmp_path)
    assert broker._lease.leave()
    await until(lambda: gone(process))
    assert not (tmp_path / "broker" / "state.json").exists()


def test_a_taken_port_is_one_clear_line(tmp_path: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        port = other.getsockname()[1]
        with pytest.raises(ConfigurationError, match=f"^GESHAO_MQTT_PORT: port {port} is taken[^\n]*$"):
            EmbeddedBroker(tmp_path, port).start()
        assert not (tmp_path / "broker" / "state.json").exists()


def test_secrets_are_for_the_owner_alone_and_made_once(broker: EmbeddedBroker, tmp_path: Path) -> None:
    for name in ("service.json", "passwords"):
        assert stat.S_IMODE((tmp_path / "broker" / name).stat().st_mode) == 0o600
    assert EmbeddedBroker(tmp_path, 0).url.rpartition("@")[0] == broker.url.rpartition("@")[0]
    assert broker.service_password not in (tmp_path / "broker" / "passwords").read_text()


async def test_new_credentials_hold_from_the_next_sign_in(broker: EmbeddedBroker) -> None:
    url = f"mqtt://S-1:one@{broker.host}:{broker.port}"
    with pytest.raises(Refused):
        async with Station(url):
            pass
    broker.write_credentials([("S-1", hash_secret("one")), (broker.service_user, hash_secret("taken over"))])
    async with Station(url), Station(broker.url):
        pass
    broker.write_credentials([("S-1", hash_secret("two"))])
    with pytest.raises(Refused):
        async with Station(url):
            pass


async def test_queues_and_retained_messages_outlive_an_orderly_stop(
    broker: EmbeddedBroker, tmp_path: Path
) -> None:
    topic = "geshao/v1/652301/S-1/reading"
    async with Station(broker.url, "keeper", clean=False) as keeper:
        assert await keeper.subscribe("geshao/v1/+/+/reading")
    async with Station(broker.url) as sender:
        await sender.send(topic, *(str(n).encode() for n in range(2000)))
        await sender.send("geshao/v1/652301/S-1/status", b"online", retain=True)
    broker.stop()
    broker.start()
    async with Station(broker.url, "keeper", clean=False) as keeper:
        assert [int((await keeper.next()).payload) for _ in range(2000)] == list(range(2000))
        assert await keeper.subscribe("geshao/v1/+/+/status")
        assert (await keeper.next()).payload == b"online"
    assert not (tmp_path / "broker" / "sessions").exists(), "what was taken up must not come again"


async def test_a_foreign_user_cannot_take_a_session_over(broker: EmbeddedBroker) -> None:
    broker.write_credentials([("S-1", hash_secret("one"))])
    async with Station(broker.url, "reader", clean=False) as reader:
        assert await reader.subscribe("geshao/#")
        for url in (
            f"mqtt://S-1:one@{broker.host}:{broker.port}",
            f"mqtt://S-1:wrong@{broker.host}:{broker.port}",
        ):
            for clean in (True, False):
                with pytest.raises(Refused):
                    async with Station(url, "reader", clean=clean):
                        pass
        async with Station(broker.url) as sender:
            await sender.send("geshao/v1/x/y/reading", b"1")
        assert (await reader.next()).payload == b"1"


@pytest.mark.parametrize(
    "garbage",
    [
        b"", b"\x00", b"GET / HTTP/1.1\r\n\r\n", b"\x10\xff\xff\xff\x7f", b"\x10\xff\xff\xff\xff\xff",
        b"\x10\x0c\x00\x04MQTT\x04\x02\x00\x3c\x00\x00", b"\x30\x05\x00\x03abc", b"\xf0\x00" * 50,
    ],
)  # fmt: skip
async def test_garbage_ends_only_its_own_connection(broker: EmbeddedBroker, garbage: bytes) -> None:
    async with Station(broker.url) as witness:
        assert await witness.subscribe("geshao/#")
        reader, writer = await asyncio.open_connection(broker.host, broker.port)
        writer.write(garbage)
        writer.write_eof()
        await reader.read()
        writer.close()
        await witness.send("geshao/x", b"alive")
        assert (await witness.next()).payload == b"alive"


async def test_a_packet_beyond_the_limit_closes_the_connection(broker: EmbeddedBroker) -> None:
    async with Station(broker.url) as sender:
        sender.client.publish("geshao/v1/a/b/reading", b"x" * (2 << 20), qos=1)
        await asyncio.wait_for(sender.gone.wait(), 20)


async def test_the_log_names_no_secret_and_a_refused_sign_in(broker: EmbeddedBroker, tmp_path: Path) -> None:
    with pytest.raises(Refused):
        async with Station(f"mqtt://S-1:hush-hush@{broker.host}:{broker.port}"):
            pass
    text = (tmp_path / "broker" / "broker.log").read_text()
    assert "sign-in refused user='S-1'" in text
    assert "hush-hush" not in text
    assert broker.service_password not in text


async def test_a_client_that_falls_silent_is_closed_and_its_will_sent(broker: EmbeddedBroker) -> None:
    broker.write_credentials([("S-1", hash_secret("one"))])
    topic = "geshao/v1/652301/S-1/status"
    silent = Client(CallbackAPIVersion.VERSION2, "S-1")
    silent.username_pw_set("S-1", "one")
    silent.will_set(topic, b"offline", qos=1, retain=True)
    async with Station(broker.url) as service:
        assert await service.subscribe(topic)
        silent.connect(broker.host, broker.port, keepalive=1)
        silent.loop(1)  # sends CONNECT; after that nobody turns its loop
        will = await service.next()
    assert (will.topic, will.payload) == (topic, b"offline")
