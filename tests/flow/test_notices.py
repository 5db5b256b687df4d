"""From an order to the people who have to hear of it: letters in its transaction, sent later, each to its fate."""

import asyncio
import json
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from app.database import Sessions, transaction
from app.engine import Engine
from app.flows import joint, requests
from app.notices.ways import LIMITS
from dispatch.commands import Acknowledge, Withdraw
from dispatch.requests.asked import Decision, Transfer
from models.bulk import fetch
from models.enums import Channel, EventKind, NoticeClass, TransferReason
from models.errors import Forbidden
from models.facts import Told
from models.ids import GridId
from notify import contacts, health, notices, outbox
from notify.gateway import Message, WebhookGateway
from notify.outbox import LEASE, STUCK_AFTER, Letter
from notify.outcome import Outcome, handed_over, retry, undeliverable, unknown
from notify.rules import Quiet, Rule
from notify.seal import Address, Seal
from tests.factories import COUNTY, OTHER_COUNTY, PREFECTURE, SECRET_KEY, World, make_world
from tests.fakes import START, FakeClock
from tests.receivers import Answer, http_receiver

N = NoticeClass
SMS_URL = {"url": "http://127.0.0.1:9/sms"}
SMTP = {"host": "127.0.0.1", "sender": "geshao@example.org"}


@dataclass
class RecordingWay:
    """A way to people that keeps what it gets, and says what it is told to say."""

    got: list[Message] = field(default_factory=list)
    says: list[Outcome] = field(default_factory=list)

    async def send(self, message: Message, *, now: datetime) -> Outcome:
        self.got.append(message)
        return self.says.pop(0) if self.says else handed_over()

    @property
    def texts(self) -> list[str]:
        return [message.text for message in self.got]


@dataclass
class Office:
    """A world in which the supervisor has a telephone and a mailbox, and an engine that sends."""

    world: World
    sms: RecordingWay = field(default_factory=RecordingWay)
    email: RecordingWay = field(default_factory=RecordingWay)
    wecom: RecordingWay = field(default_factory=RecordingWay)

    def __post_init__(self) -> None:
        self.engine = self.another()

    def another(self) -> Engine:
        ways = {"sms": self.sms, "email": self.email, "wecom": self.wecom}
        return Engine(self.world.context, {}, ways)

    async def contact(self, who: str, channel: Channel, address: str) -> None:
        async with transaction(self.world.sessions) as session:
            await contacts.add(
                session, self.world.people[who].id, channel, Address(address), seal=Seal(SECRET_KEY),
                by_administrator=True, now=self.world.clock.now(),
            )  # fmt: skip

    async def robot(self, grid: str, *classes: NoticeClass) -> int:
        async with transaction(self.world.sessions) as session:
            row = await contacts.add_target(
                session, self.world.grids[grid].id, Channel.WECOM, "值班群", Address("https://example.org/x?key=k"),
                classes, seal=Seal(SECRET_KEY), author=self.world.people["admin"].id, now=self.world.clock.now(),
            )  # fmt: skip
            return row.id

    async def rules(self, who: str, *rules: Rule, quiet: Quiet | None = None) -> None:
        async with transaction(self.world.sessions) as session:
            await contacts.set_rules(session, self.world.people[who].id, rules, quiet)

    async def rows(self, channel: str = "sms") -> list[Any]:
        async with self.world.sessions() as session:
            return await fetch(
                session,
                "SELECT about, state, held, attempts, again, error, next_at, destination, carried_by, payload::text AS"
                " payload FROM outbox WHERE channel = $1 ORDER BY id",
                channel,
            )

    async def states(self, channel: str = "sms") -> list[tuple[str, str]]:
        return [(row.about, row.state) for row in await self.rows(channel)]


@pytest_asyncio.fixture
async def office(sessions: Sessions, clock: FakeClock, tmp_path: Path) -> Office:
    made = Office(
        await make_world(
            sessions, clock, tmp_path, sms=SMS_URL, smtp=SMTP, public_url="https://geshao.example.org"
        )
    )
    await made.contact("supervisor", Channel.SMS, "13800138000")
    await made.contact("supervisor", Channel.EMAIL, "li@example.org")
    return made


async def test_an_order_reaches_its_supervisor_by_every_contact_with_one_link(office: Office) -> None:
    await office.world.order(reason="巡查发现扬尘")
    assert await office.states("sms") == [("dispatched", "pending")]
    assert [r.state for r in await office.rows("email")] == ["pending"]
    assert (await office.engine.send("sms"), await office.engine.send("email")) == (1, 1)
    (text,) = office.sms.texts
    assert text.startswith("【格哨】新工单2026-652301-000001：昌吉市，巡查发现扬尘，请于11-23 08:10前签收")
    assert "https://geshao.example.org/a/" in text
    assert "New order 2026-652301-000001" in office.email.texts[0]
    assert office.sms.got[0].to == Address("13800138000")
    link = text.rpartition(" ")[2]
    assert link in office.email.texts[0]
    assert await office.states("sms") == [("dispatched", "sent")]
    async with office.world.sessions() as session:
        kept = await fetch(session, "SELECT outbox::text AS row FROM outbox")
    for secret in ("13800138000", "li@example.org", link.rpartition("/")[2]):
        assert not any(secret in row.row for row in kept)


async def test_a_refused_transaction_leaves_no_letter_and_no_link(office: Office) -> None:
    order_id = await office.world.order()
    async with office.world.sessions() as session:
        before = await fetch(session, "SELECT count(*) FROM outbox")
    with pytest.raises(Forbidden):
        async with transaction(office.world.sessions) as session:
            await office.world.context.pipeline.act(
                session, order_id, Withdraw("误报"), caller=office.world.caller("supervisor"),
                expected_version=None, clock=office.world.clock,
            )  # fmt: skip
    async with office.world.sessions() as session:
        assert await fetch(session, "SELECT count(*) FROM outbox") == before


async def test_the_registrys_number_serves_until_there_is_a_contact(office: Office) -> None:
    async with transaction(office.world.sessions) as session:
        await fetch(session, "UPDATE person SET phone = '139 0013-9000' WHERE username = 'neighbour'")
    await office.world.order(OTHER_COUNTY)
    await office.engine.send("sms")
    assert [m.to for m in office.sms.got] == [Address("13900139000")]
    await office.contact("neighbour", Channel.SMS, "13700137000")
    await office.world.order(OTHER_COUNTY)
    await office.engine.send("sms")
    assert office.sms.got[-1].to == Address("13700137000")


async def test_a_breach_and_its_escalation_go_together_and_both_are_said(office: Office) -> None:
    await office.world.order()
    await office.engine.send("sms")
    office.world.clock.advance(minutes=5, seconds=1)
    await office.engine.tick()
    office.world.clock.advance(minutes=5)
    await office.engine.tick()
    await office.engine.send("sms")
    text = office.sms.texts[-1]
    assert "2026-652301-000001：签收超时，应于11-23 08:10前完成" in text
    assert "升级1级" in text
    states = dict(await office.states("sms"))
    assert states["breach"] == states["escalation"] == "sent"
    # The warnings of the same clock were overtaken before they could go.
    assert states["warning"] == "superseded"
    carried = {r.carried_by for r in await office.rows("sms") if r.about in ("breach", "escalation")}
    assert len(carried) == 1


async def test_quiet_hours_put_off_a_warning_and_never_an_escalation(office: Office) -> None:
    at_night = office.world.clock.now().replace(hour=16)  # midnight in Beijing
    office.world.clock.set(at_night)
    await office.rules("supervisor", quiet=Quiet(time(22), time(7)))
    await office.world.order()
    await office.engine.send("sms")
    assert len(office.sms.got) == 1
    async with transaction(office.world.sessions) as session:
        await fetch(session, "UPDATE sla_clock SET next_at = NULL WHERE kind <> 'report'")
    office.world.clock.advance(minutes=61)
    await office.engine.tick()
    held = {r.about: r.held for r in await office.rows("sms") if r.state == "pending"}
    assert held == {"warning": "quiet"}
    office.world.clock.advance(minutes=60)
    await office.engine.tick()
    assert {r.held for r in await office.rows("sms") if r.about in ("breach", "escalation")} == {None}
    await office.engine.send("sms")
    assert "超时" in office.sms.texts[-1]


async def test_only_if_nobody_acknowledges(office: Office) -> None:
    rules = (Rule(N.DISPATCHED, Channel.EMAIL), Rule(N.DISPATCHED, Channel.SMS, timedelta(minutes=5)))
    await office.rules("supervisor", *rules)
    first, _ = await office.world.order(), await office.world.order()
    await office.engine.send("sms")
    assert office.sms.got == []
    await office.world.act(first, Acknowledge())
    office.world.clock.advance(minutes=5)
    await office.engine.send("sms")
    (text,) = office.sms.texts
    assert "2026-652301-000002" in text
    assert [state for _, state in await office.states("sms")] == ["superseded", "sent"]


async def test_over_the_limit_they_wait_and_then_all_go_in_one_message(office: Office) -> None:
    limit = office.world.context.settings.notify.per_minute
    for _ in range(limit):
        await office.world.order()
        await office.engine.send("sms")
    assert len(office.sms.got) == limit
    for _ in range(3):
        await office.world.order()
    assert await office.engine.send("sms") == 0
    assert {r.held for r in await office.rows("sms") if r.state == "pending"} == {"throttle"}
    office.world.clock.advance(seconds=60)
    assert await office.engine.send("sms") == 3
    assert len(office.sms.got) == limit + 1
    assert all(f"2026-652301-00000{n}" in office.sms.texts[-1] for n in (limit + 1, limit + 2, limit + 3))


async def test_a_sender_that_dies_leaves_an_sms_unknown_and_a_mail_to_be_sent_once_more_and_marked(
    office: Office,
) -> None:
    await office.world.order()
    now = office.world.clock.now()
    async with transaction(office.world.sessions) as session:
        for channel in ("sms", "email"):
            waiting = await notices.waiting(session, channel, now=now, limit=10)
            ids = tuple(n.id for lane in waiting.values() for n in lane)
            await notices.carry_out(session, notices.Plan(send=ids), now=now)
    survivor = office.another()
    office.world.clock.advance(LEASE - timedelta(seconds=1))
    assert (await survivor.send("sms"), await survivor.send("email")) == (0, 0)
    office.world.clock.advance(seconds=1)
    assert (await survivor.send("sms"), await survivor.send("email")) == (0, 1)
    (row,) = await office.rows("sms")
    assert (row.state, row.error) == ("unknown", notices.DIED)
    assert "（可能重复）" in office.email.texts[0]
    async with transaction(office.world.sessions) as session:
        ((lost,),) = await fetch(session, "SELECT id FROM outbox WHERE channel = 'sms'")
        await outbox.resend(session, lost, now=now)
    assert await survivor.send("sms") == 1
    assert "（可能重复）" in office.sms.texts[0]


async def test_each_fate_leads_where_it_should(office: Office) -> None:
    office.sms.says = [retry("HTTP 429", timedelta(seconds=90), works=None), unknown("ReadTimeout")]
    office.email.says = [unknown("SMTPServerDisconnected"), unknown("SMTPServerDisconnected")]
    await office.world.order()
    await office.engine.send("sms")
    (row,) = await office.rows("sms")
    assert (row.state, row.next_at) == ("pending", office.world.clock.now() + timedelta(seconds=90))
    office.world.clock.advance(seconds=90)
    await office.engine.send("sms")
    assert await office.states("sms") == [("dispatched", "unknown")]
    for state in ("pending", "unknown"):
        await office.engine.send("email")
        assert [r.state for r in await office.rows("email")] == [state]
        office.world.clock.advance(seconds=5)
    office.sms.says = [undeliverable("code=BadNumber")]
    await office.world.order()
    await office.engine.send("sms")
    assert (await office.states("sms"))[-1] == ("dispatched", "failed")


async def test_a_contact_that_is_gone_is_said_and_nothing_is_sent(office: Office) -> None:
    await office.world.order()
    async with transaction(office.world.sessions) as session:
        await fetch(session, "UPDATE person SET disabled_at = now() WHERE username = 'supervisor'")
    assert await office.engine.send("sms") == 0
    assert office.sms.got == []
    (row,) = await office.rows("sms")
    assert (row.state, row.error) == ("failed", "this contact or target is no longer there")


async def test_a_way_that_fails_is_told_by_the_others_and_told_again_when_it_works(office: Office) -> None:
    await office.contact("duty", Channel.SMS, "13600136000")
    await office.contact("duty", Channel.EMAIL, "duty@example.org")
    office.sms.says = [retry("ConnectError")] * 30
    await office.world.order()
    for _ in range(8):
        await office.engine.send("sms")
        office.world.clock.advance(minutes=2)
    events = await _events(office)
    assert [(e["way"], e["error"]) for e in events["channel.down"]] == [("sms", "ConnectError")]
    assert await office.world.context.health.ways_down() != {}
    assert all(r.about != "channel" for r in await office.rows("sms"))
    await office.engine.send("email")
    assert any("通知通道 sms 故障" in text for text in office.email.texts)
    await office.engine.audit()
    rendered = office.world.context.metrics.render().decode()
    assert 'geshao_channel_down{way="sms"} 1.0' in rendered
    office.sms.says = []
    office.world.clock.advance(minutes=16)
    assert await office.engine.send("sms") >= 1
    events = await _events(office)
    assert [e["way"] for e in events["channel.up"]] == ["sms"]
    assert "sms" not in await office.world.context.health.ways_down()


async def test_what_nobody_sends_is_noticed(office: Office) -> None:
    await office.world.order()
    office.world.clock.advance(STUCK_AFTER + timedelta(seconds=1))
    await office.engine.audit()
    down = {e["way"] for e in (await _events(office))["channel.down"]}
    assert down == {"sms", "email", "mqtt"}
    await office.engine.audit()
    assert len((await _events(office))["channel.down"]) == 3


async def _events(office: Office) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {"channel.down": [], "channel.up": []}
    async with office.world.sessions() as session:
        for row in await fetch(
            session, "SELECT kind, data FROM journal WHERE kind LIKE 'channel.%' ORDER BY id"
        ):
            data = row.data if isinstance(row.data, dict) else json.loads(row.data)
            found[row.kind].append(data)
    return found


async def test_robots_of_the_county_and_of_the_prefecture_hear_what_they_asked_for(office: Office) -> None:
    county = await office.robot(COUNTY, N.DISPATCHED)
    prefecture = await office.robot(PREFECTURE, N.DISPATCHED, N.BREACH)
    await office.robot(OTHER_COUNTY, N.DISPATCHED)
    await office.world.order()
    told = [r.destination for r in await office.rows("wecom")]
    assert told == [f"target:{county}", f"target:{prefecture}"]
    await office.engine.send("wecom")
    assert all("/a/" not in text for text in office.wecom.texts)
    assert len(office.wecom.got) == 2


async def test_webhooks_of_grids_have_their_own_secret_and_lane(
    sessions: Sessions, clock: FakeClock, tmp_path: Path
) -> None:
    world = await make_world(sessions, clock, tmp_path)
    async with http_receiver() as good, http_receiver() as bad:
        async with transaction(sessions) as session:
            for receiver, grid, secret in ((good, COUNTY, "one"), (bad, PREFECTURE, "two")):
                await contacts.add_target(
                    session, world.grids[grid].id, Channel.WEBHOOK, "县平台", Address(f"{receiver.url}/h", secret), (),
                    seal=Seal(SECRET_KEY), author=world.people["admin"].id, now=clock.now(),
                )  # fmt: skip
        bad.answers = [Answer(500)] * 9
        order_id = await world.order()
        await world.act(order_id, Acknowledge())
        await world.order(OTHER_COUNTY)
        async with httpx.AsyncClient(limits=LIMITS, trust_env=False) as client:
            engine = Engine(world.context, {"webhook": WebhookGateway(client, timeout=20)})
            await engine.send("webhook")
        assert [r.json["type"] for r in good.got] == ["order.dispatched", "order.acknowledged"]
        # The one that is away holds up its own lane and no other; of it only the oldest of each order was tried.
        assert [r.json["data"]["order"] for r in bad.got] == [order_id, order_id + 1]
        assert len({r.headers["webhook-signature"] for r in (*good.got, *bad.got)}) == 4


async def test_two_engines_at_once_send_each_notice_once(office: Office) -> None:
    for _ in range(5):
        await office.world.order()
    engines = [office.another() for _ in range(4)]
    sent = await asyncio.gather(*(engine.send("email") for engine in engines))
    assert sum(sent) == 5
    said = "\n".join(office.email.texts)
    assert all(said.count(f"新工单2026-652301-00000{n}") >= 1 for n in range(1, 6))
    assert {r.attempts for r in await office.rows("email")} == {1}


async def test_lanes_of_order_states_still_keep_their_order(office: Office) -> None:
    letters = [Letter("mqtt", "t", f"lane-{n % 2}", f"key-{n}", {"n": n}) for n in range(6)]
    now = office.world.clock.now()
    async with transaction(office.world.sessions) as session:
        await outbox.enqueue(session, letters, now=now)
    async with transaction(office.world.sessions) as one, transaction(office.world.sessions) as two:
        first = await outbox.claim(one, ["mqtt"], now=now)
        assert await outbox.claim(two, ["mqtt"], now=now) == []
    assert [letter.key for letter in first] == ["key-0", "key-1"]


def test_a_way_is_down_after_enough_failures_and_long_enough() -> None:
    long_enough = START + health.WITHOUT_SUCCESS
    assert health.is_down(health.FAILURES, START, long_enough)
    assert not health.is_down(health.FAILURES - 1, START, long_enough)
    assert not health.is_down(health.FAILURES, START, long_enough - timedelta(seconds=1))


async def _asked(office: Office, order: int, *, by: str = "chief") -> int:
    world = office.world
    asked = Transfer(
        TransferReason.OUTSIDE_GRID, GridId(world.grids[OTHER_COUNTY].id), OTHER_COUNTY, "在阜康"
    )
    async with transaction(world.sessions) as session:
        return await requests.file(
            world.context.pipeline, session, order, asked, caller=world.caller(by), expected_version=None,
            clock=world.clock,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("approve", "said"),
    [(True, "请示已同意：2026-652301-000001 移交"), (False, "请示未获同意：2026-652301-000001 移交")],
)
async def test_whoever_asked_and_the_holder_hear_what_became_of_it(
    office: Office, approve: bool, said: str
) -> None:
    world = office.world
    await office.contact("chief", Channel.SMS, "13700137000")
    order = await world.order()
    request = await _asked(office, order)
    async with transaction(world.sessions) as session:
        await requests.decide(
            world.context.pipeline, session, request, Decision(approve=approve, comment="核实"),
            caller=world.caller("leader"), expected_version=None, clock=world.clock, open_joint=joint.carry_out,
        )  # fmt: skip
    told = [row for row in await office.rows() if row.about == "decided"]
    assert len(told) == 2
    assert all(json.loads(row.payload)["kind"] == "transfer" for row in told)
    await office.engine.send("sms")
    heard = {m.to.address: m.text for m in office.sms.got if "请示" in m.text}
    assert set(heard) == {"13700137000", "13800138000"}
    assert all(said in text for text in heard.values())
    assert "核实" not in str(heard)


async def test_a_request_that_lapses_is_heard_by_whoever_asked(office: Office) -> None:
    world = office.world
    await office.contact("chief", Channel.SMS, "13700137000")
    order = await world.order()
    await _asked(office, order)
    await world.act(order, Withdraw("误报"))
    told = [row for row in await office.rows() if row.about == "decided"]
    assert len(told) == 2
    await office.engine.send("sms")
    # The order is withdrawn, and what became of the request is a fact all the same.
    assert len([m for m in office.sms.got if "请示已失效" in m.text]) == 2


async def test_the_watchdog_is_heard_by_the_desk_and_the_administrators(office: Office) -> None:
    world = office.world
    for number, who in enumerate(("duty", "admin", "chief")):
        await office.contact(who, Channel.SMS, f"1370013700{number}")
    grid = world.grids[PREFECTURE]
    detail = {
        "code": "engine_stopped",
        "subject": "engine-1",
        "count": 1,
        "examples": [],
        "since": START.isoformat(),
    }
    async with transaction(world.sessions) as session:
        fact = Told(EventKind.WATCHDOG_FOUND, GridId(grid.id), grid.code, world.clock.now(), detail=detail)
        await world.context.pipeline.told(session, [fact], now=world.clock.now())
    assert [(row.about, row.held) for row in await office.rows()] == [("watchdog", None)] * 2
    await office.engine.send("sms")
    assert {m.to.address for m in office.sms.got} == {"13700137000", "13700137001"}
    assert all("系统自查发现：计时引擎停止 engine-1" in text for text in office.sms.texts)
