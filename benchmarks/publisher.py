"""A sender that is never the bottleneck: packets made beforehand, written in large pieces, a window of 1,000.

Runs as its own process: `python -m benchmarks.publisher PORT COUNT STATIONS RATE SPAN_S BACK_S`. RATE 0 is as fast as
the broker takes them. Prints one line of JSON: when the first and the last packet left, and with a rate the send
time of each reading.
"""

import json
import socket
import struct
import sys
import time
from datetime import UTC, datetime, timedelta

from benchmarks.ground import COUNTY, PUBLISHER, PUBLISHER_SECRET

WINDOW = 1000


def _text(value: str) -> bytes:
    raw = value.encode()
    return struct.pack("!H", len(raw)) + raw


def _packet(kind: int, body: bytes) -> bytes:
    length, size = b"", len(body)
    while True:
        size, digit = divmod(size, 128)
        length += bytes([digit | (128 if size else 0)])
        if not size:
            return bytes([kind]) + length + body


def connect(port: int) -> socket.socket:
    link = socket.create_connection(("127.0.0.1", port))
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    body = _text("MQTT") + bytes([4, 0b11000010]) + struct.pack("!H", 0)
    link.sendall(_packet(0x10, body + _text("bench-publisher") + _text(PUBLISHER) + _text(PUBLISHER_SECRET)))
    answer = link.recv(4)
    assert answer[3] == 0, f"refused: {answer.hex()}"
    return link


def packets(count: int, stations: int, span_s: float, back_s: float) -> list[bytes]:
    """Readings of all stations in turn over `span_s` of event time, the last of them `back_s` ago."""
    rounds = (count + stations - 1) // stations
    step = timedelta(seconds=span_s / max(rounds, 1))
    first = datetime.now(UTC) - timedelta(seconds=span_s + back_s)
    made = []
    for n in range(count):
        turn, station = divmod(n, stations)
        at = first + step * turn
        wobble = (n * 7919) % 97 / 10
        body = {
            "observed_at": at.isoformat(),
            "seq": n,
            "values": {
                "pm25": 30 + wobble, "pm10": 55 + wobble, "so2": 8.0, "no2": 31 + wobble, "co": 0.7, "o3": 55.0,
            },
            "met": {"temperature": -3.1, "humidity": 61.0, "wind_speed": 1.8, "wind_direction": 240.0},
        }  # fmt: skip
        payload = json.dumps(body, separators=(",", ":")).encode()
        topic = _text(f"geshao/v1/{COUNTY}/WZ-{station:05d}/reading")
        mid = struct.pack("!H", n % 65535 + 1)
        made.append(_packet(0x32, topic + mid + payload))
    return made


def send(link: socket.socket, made: list[bytes]) -> tuple[float, float]:
    """Everything as fast as the broker takes it."""
    begun = time.time()
    acknowledged, sent, rest = 0, 0, b""
    while acknowledged < len(made):
        room = min(WINDOW - (sent - acknowledged), len(made) - sent)
        if room > 0:
            link.sendall(b"".join(made[sent : sent + room]))
            sent += room
        rest += link.recv(65536)
        whole = len(rest) // 4
        acknowledged += whole
        rest = rest[whole * 4 :]
    return begun, time.time()


def paced(link: socket.socket, made: list[bytes], rate: float) -> list[float]:
    """One after the other at a rate; gives when each left."""
    link.setblocking(False)
    begun = time.time()
    left = []
    for n, packet in enumerate(made):
        pause = begun + n / rate - time.time()
        if pause > 0:
            time.sleep(pause)
        left.append(time.time())
        link.sendall(packet)
        try:
            link.recv(65536)
        except BlockingIOError:
            continue
    return left


def main() -> None:
    port, count, stations, rate, span, back = (float(value) for value in sys.argv[1:7])
    made = packets(int(count), int(stations), span, back)
    link = connect(int(port))
    if rate:
        left = paced(link, made, rate)
        print(json.dumps({"begun": left[0], "ended": left[-1], "left": left}))
    else:
        begun, ended = send(link, made)
        print(json.dumps({"begun": begun, "ended": ended}))
    time.sleep(0.2)
    link.close()


if __name__ == "__main__":
    main()
