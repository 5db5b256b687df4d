"""Every channel against a real server on this machine: what each answer, and each silence, means for the message."""

import asyncio
import email
import email.policy
import json
import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import pytest_asyncio
from aiosmtpd.smtp import SMTP

from app.notices.ways import LIMITS
from models.enums import Channel
from notify.gateway import Message, Way, WebhookGateway
from notify.mail import MailServer, MailWay
from notify.outbox import Claimed
from notify.outcome import Fate, Outcome
from notify.robots import RobotWay, dingtalk_signature, feishu_signature
from notify.rules import ROBOTS
from notify.seal import Address
from notify.sms import SmsTemplate, SmsWay
from tests.fakes import START
from tests.receivers import Answer, HttpReceiver, MailReceiver, http_receiver, mail_receiver, said

PHONE, TOKEN, SECRET, MAIL = "13800138000", "token-nobody-may-see", "SEC-nobody-may-see", "li@example.org"
PATIENCE = 0.3
OK = {Channel.WECOM: said(errcode=0), Channel.DINGTALK: said(errcode=0), Channel.FEISHU: said(code=0)}


@pytest_asyncio.fixture
async def receiver() -> AsyncIterator[HttpReceiver]:
    async with http_receiver() as made:
        yield made


@pytest_asyncio.fixture
async def mail() -> AsyncIterator[MailReceiver]:
    async with mail_receiver() as made:
        yield made


@pytest_asyncio.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(limits=LIMITS, trust_env=False) as made:
        yield made


def robot(client: httpx.AsyncClient, channel: Channel) -> Way:
    return RobotWay(client, channel, timeout=PATIENCE)


def sms(client: httpx.AsyncClient, receiver: HttpReceiver, **more: object) -> Way:
    body = {"to": ["{phone}"], "content": "{text}", "id": "{key}"}
    return SmsWay(client, SmsTemplate(f"{receiver.url}/send", body, **more), timeout=PATIENCE)  # type: ignore[arg-type]  # of the test's choice


def to(receiver: HttpReceiver, secret: str | None = None) -> Message:
    return Message(
        "evt_1_target:1", "标题", "工单 2026-1", Address(f"{receiver.url}/robot?token={TOKEN}", secret)
    )


def to_phone() -> Message:
    return Message("evt_1_contact:1", "标题", '工单 "2026-1"', Address(PHONE))


# ---------------------------------------------------------------- what all HTTP channels share

HTTP = [
    (Answer(429, headers={"retry-after": "77"}), Fate.RETRY, timedelta(seconds=77)),
    (
        Answer(429, headers={"retry-after": "Mon, 23 Nov 2026 00:00:30 GMT"}),
        Fate.RETRY,
        timedelta(seconds=30),
    ),
    (Answer(429, headers={"retry-after": "99999999"}), Fate.RETRY, timedelta(hours=1)),
    (Answer(429, headers={"retry-after": "soon"}), Fate.RETRY, None),
    (Answer(500), Fate.RETRY, None),
    (Answer(503, headers={"retry-after": "5"}), Fate.RETRY, timedelta(seconds=5)),
    (Answer(504), Fate.UNKNOWN, None),
    (Answer(302, headers={"location": "http://127.0.0.1:1/"}), Fate.RETRY, None),
    (Answer(401), Fate.UNDELIVERABLE, None),
    (Answer(404), Fate.UNDELIVERABLE, None),
    (Answer(then="cut"), Fate.UNKNOWN, None),
    (Answer(then="silence"), Fate.UNKNOWN, None),
]


@pytest.mark.parametrize("channel", [*ROBOTS, Channel.SMS])
@pytest.mark.parametrize(("answer", "fate", "wait"), HTTP)
async def test_what_did_not_arrive_is_told_from_what_may_have(
    client: httpx.AsyncClient,
    receiver: HttpReceiver,
    channel: Channel,
    answer: Answer,
    fate: Fate,
    wait: timedelta | None,
) -> None:
    receiver.answers = [answer]
    way = sms(client, receiver) if channel is Channel.SMS else robot(client, channel)
    outcome = await way.send(to_phone() if channel is Channel.SMS else to(receiver), now=START)
    assert (outcome.fate, outcome.retry_after) == (fate, wait)
    assert len(receiver.got) == 1
    assert outcome.error
    assert not any(secret in outcome.error for secret in (PHONE, TOKEN, SECRET, "127.0.0.1"))


@pytest.mark.parametrize("channel", ROBOTS)
async def test_nobody_there_is_surely_not_arrived(client: httpx.AsyncClient, channel: Channel) -> None:
    message = Message("k", "t", "x", Address("http://127.0.0.1:9/hook?key=" + TOKEN))
    outcome = await robot(client, channel).send(message, now=START)
    assert outcome.fate is Fate.RETRY
    assert outcome.works is False
    assert TOKEN not in (outcome.error or "")


# ---------------------------------------------------------------- robots


@pytest.mark.parametrize("channel", ROBOTS)
async def test_a_robot_says_it_in_a_code(
    client: httpx.AsyncClient, receiver: HttpReceiver, channel: Channel
) -> None:
    receiver.answers = [OK[channel]]
    outcome = await robot(client, channel).send(to(receiver), now=START)
    assert outcome == Outcome(Fate.DELIVERED, works=True)
    (request,) = receiver.got
    assert parse_qs(urlsplit(request.target).query)["token"] == [TOKEN]
    assert "工单 2026-1" in json.dumps(request.json, ensure_ascii=False)


CODES = [
    (Channel.WECOM, said(errcode=45009, errmsg="api freq out of limit"), Fate.RETRY, None),
    (Channel.WECOM, said(errcode=93000, errmsg=f"invalid webhook url {TOKEN}"), Fate.UNDELIVERABLE, False),
    (Channel.WECOM, said(errcode=93004, errmsg="robot stopped"), Fate.UNDELIVERABLE, False),
    (Channel.WECOM, said(errcode=44004, errmsg="empty content"), Fate.UNDELIVERABLE, None),
    (Channel.WECOM, said(errcode=12345), Fate.RETRY, False),
    (Channel.DINGTALK, said(errcode=130101, errmsg="send too fast"), Fate.RETRY, None),
    (Channel.DINGTALK, said(errcode=310000, errmsg="sign not match"), Fate.UNDELIVERABLE, False),
    (Channel.DINGTALK, said(errcode=300005, errmsg="token is not exist"), Fate.UNDELIVERABLE, False),
    (Channel.FEISHU, said(code=11232, msg="frequency limited"), Fate.RETRY, None),
    (Channel.FEISHU, said(code=19021, msg="sign match fail"), Fate.UNDELIVERABLE, False),
    (Channel.FEISHU, said(code=19002, msg="param invalid"), Fate.UNDELIVERABLE, None),
    (Channel.FEISHU, said(code=9499, msg="Too Many Requests"), Fate.RETRY, False),
    (Channel.FEISHU, said(StatusCode=0, StatusMessage="success"), Fate.DELIVERED, True),
    (Channel.WECOM, Answer(body=b"<html>please sign in</html>"), Fate.UNKNOWN, False),
    (Channel.DINGTALK, said(errmsg="ok"), Fate.UNKNOWN, False),
    (Channel.FEISHU, Answer(body=b"[0]"), Fate.UNKNOWN, False),
    (Channel.WECOM, Answer(body=b'{"errcode": 0, "errmsg": "ok"}', then="drip"), Fate.UNKNOWN, False),
    (Channel.WECOM, Answer(body=b'{"errcode": 0}' + b" " * 70_000), Fate.UNKNOWN, False),
]


@pytest.mark.parametrize(("channel", "answer", "fate", "works"), CODES)
async def test_two_hundred_is_no_success_by_itself(
    client: httpx.AsyncClient,
    receiver: HttpReceiver,
    channel: Channel,
    answer: Answer,
    fate: Fate,
    works: bool | None,
) -> None:
    receiver.answers = [answer]
    outcome = await robot(client, channel).send(to(receiver), now=START)
    assert (outcome.fate, outcome.works) == (fate, works)
    assert TOKEN not in (outcome.error or "")


async def test_dingtalk_and_feishu_are_signed_as_their_platforms_ask(
    client: httpx.AsyncClient, receiver: HttpReceiver
) -> None:
    receiver.answers = [OK[Channel.DINGTALK], OK[Channel.FEISHU]]
    for channel in (Channel.DINGTALK, Channel.FEISHU):
        outcome = await robot(client, channel).send(to(receiver, SECRET), now=START)
        assert outcome.fate is Fate.DELIVERED
    at = int(START.timestamp())
    query = parse_qs(urlsplit(receiver.got[0].target).query)
    assert query == {
        "token": [TOKEN],
        "timestamp": [f"{at}000"],
        "sign": [dingtalk_signature(SECRET, at * 1000)],
    }
    body = receiver.got[1].json
    assert (body["timestamp"], body["sign"]) == (str(at), feishu_signature(SECRET, at))


# ---------------------------------------------------------------- SMS


async def test_the_template_is_filled_in_and_cannot_be_broken_out_of(
    client: httpx.AsyncClient, receiver: HttpReceiver
) -> None:
    way = sms(client, receiver, headers={"authorization": f"Bearer {TOKEN}"}, ok="code=0")
    receiver.answers = [said(code=0)]
    outcome = await way.send(to_phone(), now=START)
    assert outcome == Outcome(Fate.SENT, works=True)
    (request,) = receiver.got
    assert request.json == {"to": [PHONE], "content": '工单 "2026-1"', "id": "evt_1_contact:1"}
    assert request.headers["authorization"] == f"Bearer {TOKEN}"


async def test_a_form_and_a_number_in_the_url(client: httpx.AsyncClient, receiver: HttpReceiver) -> None:
    template = SmsTemplate(f"{receiver.url}/{{phone}}/send", {"m": "{text}", "p": "{phone}"}, form=True)
    outcome = await SmsWay(client, template, timeout=PATIENCE).send(to_phone(), now=START)
    assert outcome.fate is Fate.SENT
    (request,) = receiver.got
    assert request.target == f"/{PHONE}/send"
    assert parse_qs(request.body.decode()) == {"m": ['工单 "2026-1"'], "p": [PHONE]}


@pytest.mark.parametrize(
    ("answer", "fate"),
    [
        (said(result={"codes": ["Ok"]}), Fate.SENT),
        (said(result={"codes": ["Limit"]}), Fate.RETRY),
        (said(result={"codes": ["BadNumber"]}), Fate.UNDELIVERABLE),
        (said(result={"codes": [f"no {PHONE}"]}), Fate.UNDELIVERABLE),
        (said(result={}), Fate.UNKNOWN),
        (Answer(body=b"\xff\xfe"), Fate.UNKNOWN),
        (Answer(body=b'{"result": {"codes": ["Ok"]}}', then="drip"), Fate.UNKNOWN),
    ],
)
async def test_what_an_sms_gateway_says_decides(
    client: httpx.AsyncClient, receiver: HttpReceiver, answer: Answer, fate: Fate
) -> None:
    receiver.answers = [answer]
    way = sms(client, receiver, ok="result.codes.0=Ok", later=frozenset({"Limit"}))
    outcome = await way.send(to_phone(), now=START)
    assert outcome.fate is fate
    assert PHONE not in (outcome.error or "")


# ---------------------------------------------------------------- mail


def mailer(port: int, **more: str) -> Way:
    server = MailServer("127.0.0.1", port, "geshao@example.org", "none", **more)  # type: ignore[arg-type]  # names of the class
    return MailWay(server, timeout=PATIENCE)


def to_mail() -> Message:
    return Message("evt_1_contact:2", "【格哨】新工单", "新工单2026-1\nNew order", Address(MAIL))


class Box:
    """Keeps what a real mail server was given."""

    def __init__(self) -> None:
        self.mails: list[bytes] = []

    async def handle_DATA(self, server: object, session: object, envelope: object) -> str:  # noqa: N802 (aiosmtpd's name)
        self.mails.append(envelope.content)  # type: ignore[attr-defined]  # an aiosmtpd Envelope
        return "250 taken"


async def test_a_mail_arrives_at_a_real_server_and_a_repeated_one_is_known_by_its_id() -> None:
    box = Box()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(box, hostname="here", loop=loop), "127.0.0.1", 0)
    try:
        port = server.sockets[0].getsockname()[1]
        way = MailWay(MailServer("127.0.0.1", port, "geshao@example.org", "none"), timeout=20)
        for _ in range(2):
            assert await way.send(to_mail(), now=START) == Outcome(Fate.SENT, works=True)
    finally:
        server.close()
        await server.wait_closed()
    mails = [email.message_from_bytes(raw, policy=email.policy.default) for raw in box.mails]
    assert [m["subject"] for m in mails] == ["【格哨】新工单"] * 2
    assert mails[0]["to"] == MAIL
    assert mails[0].get_content().splitlines() == ["新工单2026-1", "New order"]
    assert len({m["message-id"] for m in mails}) == 1


@pytest.mark.parametrize(
    ("says", "fate", "works"),
    [
        ({}, Fate.SENT, True),
        ({"GREETING": b"554 not you"}, Fate.RETRY, False),
        ({"GREETING": None}, Fate.RETRY, False),
        ({"MAIL": b"451 later"}, Fate.RETRY, None),
        ({"RCPT": b"450 greylisted"}, Fate.RETRY, None),
        ({"RCPT": b"550 no li@example.org here"}, Fate.UNDELIVERABLE, None),
        ({"RCPT": None}, Fate.RETRY, False),
        ({"TEXT": b"452 full"}, Fate.RETRY, None),
        ({"TEXT": b"554 spam"}, Fate.UNDELIVERABLE, False),
        ({"TEXT": None}, Fate.UNKNOWN, False),
        ({"QUIT": None}, Fate.SENT, True),
    ],
)
async def test_at_which_step_a_mail_failed_decides(
    mail: MailReceiver, says: dict[str, bytes | None], fate: Fate, works: bool | None
) -> None:
    mail.says = says
    outcome = await mailer(mail.port).send(to_mail(), now=START)
    assert (outcome.fate, outcome.works) == (fate, works)
    assert "example" not in (outcome.error or "")


@pytest.mark.parametrize(("step", "fate"), [("RCPT", Fate.RETRY), ("TEXT", Fate.UNKNOWN)])
async def test_a_mail_server_that_falls_silent(mail: MailReceiver, step: str, fate: Fate) -> None:
    mail.silent_at = step
    assert (await mailer(mail.port).send(to_mail(), now=START)).fate is fate


async def test_no_mail_server_and_wrong_credentials_are_tried_again(mail: MailReceiver) -> None:
    assert (await mailer(9).send(to_mail(), now=START)).fate is Fate.RETRY
    mail.says = {"EHLO": b"250-here\r\n250 AUTH PLAIN", "AUTH": b"535 wrong"}
    outcome = await mailer(mail.port, username="u", password=SECRET).send(to_mail(), now=START)
    assert (outcome.fate, outcome.works, outcome.error) == (Fate.RETRY, False, "SMTP 535")


# ---------------------------------------------------------------- webhook

HOOK = Claimed(1, "webhook", "target:1", "evt_1", b"{}", 1, START)


@pytest.mark.parametrize(
    ("answer", "fate", "wait"),
    [
        (Answer(204), Fate.DELIVERED, None),
        (Answer(200, b"x" * 100, then="drip"), Fate.DELIVERED, None),
        (Answer(410), Fate.UNDELIVERABLE, None),
        (Answer(429, headers={"retry-after": "9"}), Fate.RETRY, timedelta(seconds=9)),
        (Answer(then="cut"), Fate.RETRY, None),
        (Answer(then="silence"), Fate.RETRY, None),
        (Answer(302, headers={"location": "/elsewhere"}), Fate.RETRY, None),
    ],
)
async def test_a_webhook_never_is_unknown_since_it_knows_repetitions(
    client: httpx.AsyncClient, receiver: HttpReceiver, answer: Answer, fate: Fate, wait: timedelta | None
) -> None:
    receiver.answers = [answer]
    gateway = WebhookGateway(client, f"{receiver.url}/hook", SECRET, timeout=PATIENCE)
    outcome = await gateway.send(HOOK, now=START)
    assert (outcome.fate, outcome.retry_after) == (fate, wait)
    assert [request.target for request in receiver.got] == ["/hook"]


async def test_no_address_and_no_secret_is_ever_logged(
    client: httpx.AsyncClient, receiver: HttpReceiver, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    receiver.answers = [Answer(500), Answer(then="cut"), Answer(500), Answer(400)]
    for message in (to(receiver, SECRET), to(receiver, SECRET)):
        await robot(client, Channel.DINGTALK).send(message, now=START)
    for _ in range(2):
        await sms(client, receiver).send(to_phone(), now=START)
    shown = caplog.text + repr(to(receiver, SECRET)) + repr(to_phone()) + repr(Address(MAIL, SECRET))
    shown += repr(SmsTemplate(f"http://x/{TOKEN}", {}, {"a": SECRET})) + repr(
        MailServer("h", 1, "s", "none", "u", SECRET)
    )
    for secret in (PHONE, TOKEN, SECRET, MAIL):
        assert secret not in shown
