"""`geshao demo`: the whole service on one machine, with real readings playing and short deadlines."""

import asyncio
from datetime import UTC, datetime, timedelta
from importlib.resources import as_file, files
from pathlib import Path

import structlog
import typer
from sqlalchemy.ext.asyncio import AsyncSession

from app.auth.scope import EVERYTHING, Caller
from app.commands import demo_months, demo_play, demo_supervision
from app.commands import serve as serving
from app.commands.history import connected
from app.commands.play import Line, play, read_history
from app.commands.start import clear_faults
from app.context import Context
from app.database import transaction
from app.flows import joint, requests
from app.publisher import MqttPublisher
from app.registry import default_registry_text
from app.registry.load import load_text
from app.roles import Service
from app.settings import PREFIX, load_settings
from dispatch.commands import Withdraw
from dispatch.requests.asked import Decision, VoidOrder
from models.bulk import fetch
from models.enums import Role, StationKind
from models.errors import ConfigurationError, DomainError, SecondPersonNeeded

log = structlog.get_logger()
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
"""The instant of the recorded readings that is moved to the start of the demonstration."""
# Short enough that the first breach is seen within a minute, long enough to answer an order by hand.
DEADLINES = {
    "ACKNOWLEDGE": "PT20S",
    "FEEDBACK": "PT40S",
    "REPORT": "PT90S",
    "REVIEW": "PT10M",
    "REWORK": "PT3M",
    "DECISION": "PT1M",
    "TRIAGE": "PT2M",
}
GOES_ON = timedelta(hours=2, minutes=30)
"""Of the three hours that are recorded; after that a run begins anew."""
ANEW = "演示重新开始 the demonstration begins anew"
PASSWORD = "geshao-demo"  # noqa: S105 (printed for everybody on a demonstration)


SHOWN = (
    ("签收", "acknowledge"), ("现场反馈", "feedback"), ("处置上报", "report"), ("审核", "review"), ("整改", "rework"),
    ("请示审批", "decision"), ("上报研判", "triage"),
)  # fmt: skip


def demo() -> None:
    """Runs the demonstration in this process until it is told to stop."""
    with clear_faults():
        settings = load_settings(
            defaults={f"{PREFIX}SLA__{name}": value for name, value in DEADLINES.items()}
        )
        serving.run("all", settings=settings, on_ready=lambda service: _announce(service), beside=_play)


def _announce(service: Service) -> None:
    serving.say_ready(service)
    sla = service.context.settings.sla
    limits = " ".join(f"{name} {getattr(sla, field).total_seconds():.0f}s" for name, field in SHOWN)
    lines = [
        "",
        f"  格哨 Geshao  {service.http}",
        f"  演示时限 demonstration deadlines: {limits} (正式 real: 10 min, 1 h, 2 h, 1 d, 2 h, 10 min, 2 h)",
        "    已启用的时限规则优先 a policy that somebody has put in force goes before these",
        f"  登录 sign in, password {PASSWORD}:",
        "    zhiban-1       州大气办值班员  duty officer",
        "    cj-supervisor  昌吉市监督员    supervisor of 昌吉市",
        "    nb-1           宁边路街道监督员 supervisor of 宁边路街道, a township of 昌吉市",
        "    zhou-chief     昌吉州网格长    chief of the prefecture, who signs",
        "    admin          管理员          administrator",
        "  其余人员自行办理若干工单 the other people work on some orders by themselves",
        "  真实数据，非昌吉实测 real readings, not measured in Changji (app/data/demo/README.md)",
        "  Ctrl-C 结束 stops",
        "",
    ]
    typer.echo("\n".join(lines))


async def _play(service: Service) -> None:
    context = service.context
    if context.settings.database_url is not None and not _marker(context).exists():
        async with context.sessions() as session:
            await refuse_what_is_in_use(session)
    async with transaction(context.sessions) as session:
        parsed, _ = await load_text(
            session, default_registry_text(), "changji.yaml", now=context.clock.now(), author="demo"
        )
    if parsed.faults:
        raise ConfigurationError(f"the shipped registry has faults: {parsed.faults[0].shown('changji.yaml')}")
    async with context.sessions() as session:
        await context.directory.refresh(session)
    service.broker.admit(context.directory.credentials)
    start = await _start(service)
    async with asyncio.TaskGroup() as group:
        scenes = demo_play.SCENES | demo_supervision.SCENES | demo_months.SCENES
        group.create_task(
            demo_play.play(service.http, begun=start, password=PASSWORD, clock=context.clock, scenes=scenes)
        )
        await _play_readings(service, start)


async def refuse_what_is_in_use(session: AsyncSession) -> None:
    """Raises ConfigurationError where people are known: a demonstration withdraws orders and acts for people."""
    if await fetch(session, "SELECT 1 FROM person LIMIT 1"):
        raise ConfigurationError(
            "GESHAO_DATABASE_URL names a database that is in use; a demonstration wants an empty one, or none"
        )


def _marker(context: Context) -> Path:
    return context.settings.data_dir / "demo.start"


async def _play_readings(service: Service, start: datetime) -> None:
    context = service.context
    grids = {station.code: station.grid_code for station in context.directory.stations}
    hourly = {s.code for s in context.directory.stations if s.kind == StationKind.REFERENCE}
    with as_file(files("app.data") / "demo" / "readings.csv.gz") as path:
        moved = [_moved(line, start, hourly) for line in read_history(path)]
    moved.sort(key=lambda line: line.observed_at)
    now = context.clock.now()
    publisher = MqttPublisher(service.broker.url, "geshao-demo")
    await publisher.start()
    try:
        await connected(publisher)
        past = [line for line in moved if line.observed_at <= now]
        await play(publisher, past, grids, clock=context.clock, speed=0, rebase=False)
        log.info("demo.history_played", readings=len(past))
        coming = [line for line in moved if line.observed_at > now]
        if coming:
            await asyncio.sleep(max(0.0, (coming[0].observed_at - context.clock.now()).total_seconds()))
        await play(publisher, coming, grids, clock=context.clock, speed=1, rebase=False)
        log.info("demo.over", readings=len(moved))
    finally:
        await publisher.stop()


async def _start(service: Service) -> datetime:
    """When the demonstration began: a run that follows soon goes on with it, a later one begins anew."""
    context = service.context
    now = context.clock.now()
    marker = _marker(context)
    try:
        begun = datetime.fromisoformat(marker.read_text().strip())
    except (FileNotFoundError, ValueError):
        begun = None
    if begun is not None and timedelta(0) <= now - begun < GOES_ON:
        log.info("demo.goes_on", begun=begun.isoformat())
        return begun
    await _withdraw_open(service)
    marker.parent.mkdir(parents=True, exist_ok=True)
    marker.write_text(f"{now.isoformat()}\n")
    return now


async def _withdraw_open(service: Service) -> None:
    """Orders of an earlier demonstration would take in every new alert at their stations."""
    context = service.context
    async with context.sessions() as session:
        left = await fetch(
            session, "SELECT id FROM work_order WHERE state NOT IN ('closed', 'void') ORDER BY id"
        )
        officer = await fetch(
            session,
            "SELECT p.id, p.username, p.name, d.grid_id FROM person p JOIN duty d ON d.person_id = p.id"
            " WHERE d.role = 'duty_officer' AND d.valid_to IS NULL ORDER BY p.id LIMIT 2",
        )
    if not left or not officer:
        return
    callers = [
        Caller(id_, username, name, ((Role.DUTY_OFFICER, grid_id),), EVERYTHING)
        for id_, username, name, grid_id in officer
    ]
    for (order_id,) in left:
        try:
            await _withdraw(context, order_id, callers)
        except DomainError as refused:
            log.warning("demo.order_left", order=order_id, code=refused.code)


async def _withdraw(context: Context, order_id: int, callers: list[Caller]) -> None:
    """By one duty officer; by two where a deadline has passed."""
    first, second = callers[0], callers[-1]
    try:
        async with transaction(context.sessions) as session:
            await context.pipeline.act(
                session, order_id, Withdraw(ANEW), caller=first, expected_version=None, clock=context.clock
            )
    except SecondPersonNeeded:
        async with transaction(context.sessions) as session:
            request_id = await requests.file(
                context.pipeline, session, order_id, VoidOrder(ANEW), caller=first, expected_version=None,
                clock=context.clock,
            )  # fmt: skip
        async with transaction(context.sessions) as session:
            await requests.decide(
                context.pipeline, session, request_id, Decision(approve=True), caller=second,
                expected_version=None, open_joint=joint.carry_out, clock=context.clock,
            )  # fmt: skip


def _moved(line: Line, start: datetime, hourly: set[str]) -> Line:
    """The recorded instant seen from the start; hourly values stay on the hour."""
    base = start.replace(minute=0, second=0, microsecond=0) if line.station in hourly else start
    at = base + (line.observed_at - EPOCH)
    at -= timedelta(microseconds=at.microsecond)
    return Line(line.station, at, line.values, line.met, line.location)
