"""A small honest detector: sums by station and over all, events where they pass a threshold, state that matters."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from math import isnan
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from app.detection.parcel import Parcel
from app.detection.port import Payload
from models.bulk import fetch

FORMAT = 3


@dataclass
class Adder:
    """Deterministic, and every event depends on everything before it."""

    sums: dict[str, float] = field(default_factory=dict)
    total: float = 0.0
    heard: dict[str, float] = field(default_factory=dict)
    step: float = 100.0
    rule_version: str = "1"
    now: float = 0.0
    cut: int = 40
    """Bytes of a piece of the dump."""

    def take(self, parcel: Parcel) -> list[Any]:
        events: list[Any] = []
        for row in parcel.rows:
            station, value = str(int(row["station"])), float(row["values"][0])
            if isnan(value):
                continue
            if value == POISON:
                raise ArithmeticError("cannot add this")
            if row["correction"]:
                value = -value
            before, all_before = self.sums.get(station, 0.0), self.total
            self.sums[station], self.total = before + value, all_before + value
            self.heard[station] = float(row["observed_at"])
            if before // self.step != self.sums[station] // self.step:
                events.append(["station", station, self.sums[station], self.rule_version])
            if all_before // (3 * self.step) != self.total // (3 * self.step):
                events.append(["all", self.total, sorted(self.sums)])
        return events

    def advance(self, now: float) -> list[Any]:
        passed = int(now // 60) - int(self.now // 60) if self.now else 0
        self.now = max(now, self.now)
        return [["minute", int(now // 60), self.total]] if passed > 0 else []

    def control(self, kind: str, payload: Payload) -> list[Any]:
        if kind == "rules":
            self.step, self.rule_version = payload["step"], str(payload["version"])
            return [["rules", self.rule_version, self.total]]
        if kind == "status":
            return [["status", payload["said"], self.total]]
        if kind == "explode":
            raise RuntimeError("cannot hear this")
        return []

    def dump(self) -> Iterator[bytes]:
        body = json.dumps(self.__dict__).encode()
        for at in range(0, len(body), self.cut):
            yield body[at : at + self.cut]


POISON = 666.0


class Adders:
    """Makes them; counts restores and fresh ones."""

    format = FORMAT
    reads = frozenset({FORMAT})

    def __init__(self) -> None:
        self.fresh_ones = 0
        self.restored = 0

    def fresh(self, stations: Payload, rules: Payload) -> Adder:
        self.fresh_ones += 1
        return Adder(step=rules["step"], rule_version=str(rules["version"]))

    def restore(self, version: int, parts: Iterator[bytes]) -> Adder:
        assert version == FORMAT
        self.restored += 1
        return Adder(**json.loads(b"".join(parts)))


RULES: Payload = {"version": 1, "step": 100.0}


async def situation(session: AsyncSession) -> Mapping[str, Payload]:
    return {"stations": {"all": []}, "rules": RULES}


async def make_table(session: AsyncSession) -> None:
    await fetch(
        session, "CREATE TABLE carried_out (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, event text)"
    )


async def carry_out(session: AsyncSession, events: Sequence[Any], now: datetime) -> None:
    """Events become rows: what is committed is in the table."""
    for event in events:
        await fetch(session, "INSERT INTO carried_out (event) VALUES ($1)", json.dumps(event))


async def carried_out(session: AsyncSession) -> list[Any]:
    return [json.loads(row[0]) for row in await fetch(session, "SELECT event FROM carried_out ORDER BY id")]
