"""A small county world in a real database, and the service's context around it."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from alerts import rulebook
from alerts.integrity import cases
from alerts.integrity.rules import IntegrityRules
from alerts.integrity.sign import Sign
from app.auth.callers import scope_of
from app.auth.passwords import hash_password
from app.auth.scope import Caller
from app.context import Context
from app.database import Sessions, transaction
from app.feed import FeedHub
from app.health import Health
from app.ingest.partitions import Partitions
from app.integrity.written import written
from app.metrics import Metrics
from app.notices.ways import notifier_of
from app.outgoing import MQTT
from app.pipeline import Pipeline
from app.registry.directory import Directory
from app.settings import load_settings
from dispatch.commands import Accept, Acknowledge, Command, FileReport, GiveFeedback, Return, Withdraw
from models.alert import Alert
from models.enums import (
    AlertKind,
    AlertScope,
    AlertState,
    CaseState,
    OrderState,
    Role,
    Severity,
    SignKind,
)
from models.facts import CaseSigned
from models.ids import GridId
from models.order import Unrouted
from models.reading import Quarantined, ReadingRow
from models.registry import Duty, Grid, Person, Station
from sla import service as sla
from tests.fakes import START, FakeClock

PASSWORD = "correct horse battery"
SECRET_KEY = "a secret key that only tests know, long enough"
LONG_AGO = START - timedelta(days=30)
AS_THE_OWNER = "SET LOCAL session_replication_role = replica"
"""What a superuser can do and the service never does: triggers are passed by until the transaction ends."""
COUNTY, OTHER_COUNTY, PREFECTURE, TOWNSHIP = "652301", "652302", "652300", "652301100"


@lru_cache(maxsize=1)
def password_hash() -> str:
    """Of PASSWORD; argon2 is slow on purpose, so it is made once."""
    return hash_password(PASSWORD)


async def make_grid(
    session: AsyncSession, code: str, *, level: int = 2, parent: Grid | None = None, name: str | None = None
) -> Grid:
    grid = Grid(code=code, name=name or f"网格{code}", level=level, parent_id=parent.id if parent else None)
    session.add(grid)
    await session.flush()
    return grid


def _person(username: str) -> Person:
    return Person(username=username, name=f"姓名 {username}", password_hash=password_hash())


def _duties(person: Person, duties: Sequence[tuple[Role, Grid]], since: datetime) -> list[Duty]:
    return [
        Duty(person_id=person.id, grid_id=grid.id, role=role.value, valid_from=since) for role, grid in duties
    ]


async def make_person(
    session: AsyncSession, username: str, *duties: tuple[Role, Grid], since: datetime = LONG_AGO
) -> Person:
    """A person who signs in with PASSWORD."""
    person = _person(username)
    session.add(person)
    await session.flush()
    session.add_all(_duties(person, duties, since))
    await session.flush()
    return person


async def make_station(session: AsyncSession, code: str, grid: Grid, **over: Any) -> Station:
    values = {"name": f"微站 {code}", "kind": "micro", "lon": 87.3, "lat": 44.0} | over
    station = Station(code=code, grid_id=grid.id, **values)
    session.add(station)
    await session.flush()
    return station


@dataclass
class World:
    """A prefecture with two counties, a township, people of every role and two stations."""

    context: Context
    clock: FakeClock
    grids: dict[str, Grid] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    stations: dict[str, Station] = field(default_factory=dict)
    duties: dict[str, tuple[tuple[Role, int], ...]] = field(default_factory=dict)

    @property
    def sessions(self) -> Sessions:
        return self.context.sessions

    def caller(self, username: str) -> Caller:
        person = self.people[username]
        scope = scope_of(self.duties[username], self.context.directory)
        return Caller(person.id, person.username, person.name, self.duties[username], scope)

    async def order(self, county: str = COUNTY, *, station: str | None = None, reason: str = "巡查") -> int:
        """An order by hand, dispatched now; gives its id."""
        directory = self.context.directory
        async with transaction(self.sessions) as session:
            return await self.context.pipeline.open_by_hand(
                session,
                grid_id=self.grids[county].id,
                station=directory.station(station) if station else None,
                reason=reason,
                severity=Severity.NOTICE,
                caller=self.caller("duty"),
                clock=self.clock,
            )

    async def act(self, order_id: int, *commands: Command) -> None:
        """Each command by somebody who may."""
        for command in commands:
            handling = isinstance(command, Acknowledge | GiveFeedback | FileReport)
            caller = self.caller("supervisor" if handling else "duty")
            async with transaction(self.sessions) as session:
                await self.context.pipeline.act(
                    session, order_id, command, caller=caller, expected_version=None, clock=self.clock
                )

    async def order_in(self, state: OrderState, county: str = COUNTY) -> int:
        """An order that has come to this state by the shortest way; gives its id."""
        order_id = await self.order(county)
        await self.act(order_id, *WAYS[state])
        return order_id

    async def alert(self, station: str = "WZ-1", **over: Any) -> int:
        """An open alert, not through the detectors; gives its id."""
        row = self.stations[station]
        now = self.clock.now()
        values: dict[str, Any] = {
            "kind": AlertKind.EXCEEDANCE_HOUR.value,
            "pollutant": "pm25",
            "scope": AlertScope.LOCAL.value,
            "severity": Severity.SERIOUS.value,
            "state": AlertState.OPEN.value,
            "started_at": now,
            "detected_at": now,
            "last_at": now,
            "peak": 312.5,
            "why": {"rule": "exceedance_hour", "threshold": 150, "values": [312.5]},
            "rule_version": 1,
            "created_at": now,
        } | over
        async with transaction(self.sessions) as session:
            alert = Alert(station_id=row.id, grid_id=row.grid_id, **values)
            session.add(alert)
            await session.flush()
            return alert.id

    async def sign(
        self,
        station: str = "WZ-1",
        kind: SignKind = SignKind.MUFFLED,
        *,
        ago_h: float = 12.0,
        lasted_h: float = 6.0,
    ) -> CaseSigned | None:
        """A sign of interference as the search would hand it over, told on the feed."""
        directory, now = self.context.directory, self.clock.now()
        began = now.timestamp() - 3600 * ago_h
        sign = Sign(
            kind,
            began,
            began + 3600 * lasted_h,
            {"level_factor": {"pm25": 0.35, "pm10": 0.34}, "neighbours": 5},
            {"at": [began, began + 3600.0], "pm25": [12.0, None], "pm25_neighbours": [36.0, 35.0]},
        )
        info = directory.station(station)
        assert info is not None
        body = written(
            sign,
            neighbours=[self.stations["WZ-2"].id],
            rules=IntegrityRules(),
            silences=(),
            directory=directory,
        )
        prefecture = self.grids[PREFECTURE]
        async with transaction(self.sessions) as session:
            fact = await cases.sign(
                session, sign, station=info, prefecture=(GridId(prefecture.id), prefecture.code), evidence=body,
                rule_version=1, now=now,
            )  # fmt: skip
            await self.context.pipeline.told(session, [] if fact is None else [fact], now=now)
        return fact

    async def decide(self, case_id: int, decision: CaseState, *, by: str = "duty") -> None:
        async with transaction(self.sessions) as session:
            await self.context.pipeline.decide_case(
                session, await cases.find(session, case_id), decision, reason="现场核查", caller=self.caller(by),
                clock=self.clock,
            )  # fmt: skip

    async def second(self, case_id: int, *, by: str = "leader") -> None:
        async with transaction(self.sessions) as session:
            found = await cases.find(session, case_id)
            await self.context.pipeline.second_case(session, found, caller=self.caller(by), clock=self.clock)

    async def unrouted(self, station: str = "WZ-1") -> int:
        alert_id = await self.alert(station)
        async with transaction(self.sessions) as session:
            row = Unrouted(
                alert_id=alert_id,
                grid_id=self.stations[station].grid_id,
                reason="no_supervisor",
                created_at=self.clock.now(),
            )
            session.add(row)
            await session.flush()
            return row.id

    async def readings(self, station: str, instants: Sequence[datetime]) -> None:
        await Partitions(self.sessions).ensure({at.date() for at in instants})
        async with transaction(self.sessions) as session:
            for number, at in enumerate(instants):
                session.add(
                    ReadingRow(
                        station_id=self.stations[station].id,
                        observed_at=at,
                        received_at=at,
                        version=1,
                        pm25=float(number),
                    )
                )

    async def quarantined(self, payload: bytes, *, topic: str | None = None, reason: str = "not_json") -> int:
        now = self.clock.now()
        async with transaction(self.sessions) as session:
            row = Quarantined(
                received_at=now,
                last_received_at=now,
                topic=topic or f"geshao/v1/{COUNTY}/WZ-1/reading",
                station="WZ-1",
                reason=reason,
                detail="as the decoder said",
                payload=payload,
                digest=hashlib.sha256(payload).digest(),
            )
            session.add(row)
            await session.flush()
            return row.id


_FEEDBACK = GiveFeedback("工地未覆盖")
_REPORT = FileReport("已洒水", "浓度下降")
WAYS: dict[OrderState, tuple[Command, ...]] = {
    OrderState.DISPATCHED: (),
    OrderState.ACKNOWLEDGED: (Acknowledge(),),
    OrderState.ON_SITE: (Acknowledge(), _FEEDBACK),
    OrderState.REPORTED: (Acknowledge(), _FEEDBACK, _REPORT),
    OrderState.RETURNED: (Acknowledge(), _FEEDBACK, _REPORT, Return("照片不清")),
    OrderState.CLOSED: (Acknowledge(), _FEEDBACK, _REPORT, Accept("好")),
    OrderState.VOID: (Withdraw("误报"),),
}


async def _registry(session: AsyncSession, world: World) -> None:
    prefecture = await make_grid(session, PREFECTURE, level=1, name="昌吉州")
    county = await make_grid(session, COUNTY, parent=prefecture, name="昌吉市")
    other = await make_grid(session, OTHER_COUNTY, parent=prefecture, name="阜康市")
    township = await make_grid(session, TOWNSHIP, level=3, parent=county, name="中山路街道")
    for grid in (prefecture, county, other, township):
        world.grids[grid.code] = grid
    roles: dict[str, tuple[tuple[Role, Grid], ...]] = {
        "admin": ((Role.ADMINISTRATOR, prefecture),),
        "duty": ((Role.DUTY_OFFICER, prefecture),),
        "both": ((Role.SUPERVISOR, county), (Role.DUTY_OFFICER, prefecture)),
        "chief": ((Role.CHIEF, county),),
        "leader": ((Role.CHIEF, prefecture),),
        "supervisor": ((Role.SUPERVISOR, county),),
        "neighbour": ((Role.SUPERVISOR, other),),
        "patroller": ((Role.PATROLLER, township),),
        "viewer": ((Role.VIEWER, county),),
        "nobody": (),
    }
    # In few round trips: a thousand tests begin with this.
    world.people |= {username: _person(username) for username in roles}
    session.add_all(world.people.values())
    await session.flush()
    for username, duties in roles.items():
        session.add_all(_duties(world.people[username], duties, LONG_AGO))
        world.duties[username] = tuple((role, grid.id) for role, grid in duties)
    await session.flush()
    world.stations["WZ-1"] = await make_station(session, "WZ-1", county)
    world.stations["WZ-2"] = await make_station(session, "WZ-2", other)


async def make_world(sessions: Sessions, clock: FakeClock, data_dir: Path, **settings: Any) -> World:
    """Everything a request needs, over a migrated and empty database."""
    chosen = load_settings({}, data_dir=data_dir, **settings)
    directory, metrics = Directory(), Metrics()
    limits = chosen.sla.limits()
    async with transaction(sessions) as session:
        await sla.ensure_policy(session, limits, author="tests", now=clock.now())
        await rulebook.ensure_first(session, now=clock.now())
    context = Context(
        settings=chosen,
        clock=clock,
        sessions=sessions,
        secret_key=SECRET_KEY,
        directory=directory,
        pipeline=Pipeline(
            directory,
            channels=frozenset({MQTT}),
            metrics=metrics,
            notifier=notifier_of(chosen, directory),
        ),
        feed=FeedHub(sessions, clock=clock, metrics=metrics),
        metrics=metrics,
        health=Health(sessions, timedelta(seconds=10)),
    )
    world = World(context, clock)
    async with transaction(sessions) as session:
        await _registry(session, world)
        await directory.refresh(session)
    return world


def reading_payload(at: datetime, **values: float) -> bytes:
    """A reading as a station publishes it."""
    return json.dumps({"observed_at": at.isoformat(), "values": values or {"pm25": 35.0}}).encode()
