"""What notices say, how long they may be, and that addresses are kept sealed and shown masked."""

import re
from typing import Any

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

from app.notices import texts
from app.notices.texts import Item, composed, page_of
from models.enums import Channel, NoticeClass
from notify import links
from notify.links import Link, Signer
from notify.robots import ROBOTS
from notify.rules import PERSONAL
from notify.seal import Address, Seal, Unreadable, masked, tidy
from notify.sms import fitted, units
from tests.fakes import START

KEY, OTHER = "k" * 40, "o" * 40
PAYLOAD = {
    "number": "2026-652301-000123", "place": "昌吉市 第三小学微站", "reason": "PM10 突增 " + "很长的原因" * 30,
    "due_at": "2026-11-23T01:10:00+00:00", "clock": "acknowledge", "level": 2, "remaining_s": 541,
    "grid": "652301", "station": "WZ-1", "way": "sms",
}  # fmt: skip
URL = "https://geshao.example.org/a/1f3.ABCDEFGHIJKLMNOPQRSTUV"


def test_a_dispatch_reads_like_this() -> None:
    title, text = composed(
        Channel.EMAIL, [Item(NoticeClass.DISPATCHED, PAYLOAD | {"reason": "PM10 突增"}, url=URL)]
    )
    assert title == "【格哨】新工单2026-652301-000123：昌吉市 第三小学微站，PM10 突增，请于11-23 09:10前签收"
    assert text.splitlines()[1:] == [
        "新工单2026-652301-000123：昌吉市 第三小学微站，PM10 突增，请于11-23 09:10前签收",
        "New order 2026-652301-000123: 昌吉市 第三小学微站, PM10 突增; acknowledge by 11-23 09:10",
        f"点击签收：{URL}",
    ]


@pytest.mark.parametrize(
    ("payload", "page"),
    [
        ({"number": "UP-2026-652301-000007", "clock": "triage"}, "/reports/UP-2026-652301-000007"),
        ({"number": "2026-652301-000123", "task": 5}, "/tasks/5"),
        ({"number": "UP-2026-652301-000007", "task": 5}, "/tasks/5"),
        (
            {"event": "public_report.received", "number": "PR-2026-000007", "report": 7},
            "/supervision/public-reports/7",
        ),
        ({"event": "ladder.proposed"}, "/supervision/ladders"),
        ({"number": "2026-652301-000123"}, None),
        ({"way": "sms"}, None),
    ],
)
def test_what_comes_from_below_leads_to_its_page(payload: dict[str, Any], page: str | None) -> None:
    base = "https://geshao.example.org"
    found = page_of(f"{base}/", payload)
    assert found == (None if page is None else base + page)
    assert page_of(None, payload) is None
    item = Item(NoticeClass.UPWARD, payload, page=found)
    for channel in PERSONAL:
        _, text = composed(channel, [item])
        assert (f"查看：{found}" in text) is (found is not None and channel is not Channel.SMS)
        if channel in ROBOTS:
            _, text = composed(channel, [item] * 10)
            assert len(text) <= ROBOTS[channel].longest


@pytest.mark.parametrize("channel", PERSONAL)
@pytest.mark.parametrize("count", [1, 4, 10])
def test_every_class_is_said_within_the_length_and_no_number_is_lost(channel: Channel, count: int) -> None:
    if channel is Channel.SMS and count > 4:
        return
    for about in NoticeClass:
        items = [
            Item(about, PAYLOAD | {"number": f"2026-652301-{n:06d}"}, n % 2 == 0, URL if count == 1 else None)
            for n in range(count)
        ]
        _, text = composed(channel, items)
        assert "%(" not in text
        assert text.startswith("【格哨】")
        if channel is Channel.SMS:
            assert units(text) <= 3 * 67
        if channel in ROBOTS:
            assert len(text) <= ROBOTS[channel].longest
        if count == 1:
            assert URL in text
        if about in (NoticeClass.DISPATCHED, NoticeClass.BREACH, NoticeClass.ESCALATION, NoticeClass.WARNING):
            assert all(item.payload["number"] in text for item in items)
        assert ("（可能重复）" in text) == any(item.again for item in items)


@given(st.text(max_size=400), st.text(max_size=60), st.integers(1, 5))
def test_an_sms_keeps_its_tail_and_its_length(text: str, tail: str, segments: int) -> None:
    done = fitted(text, tail, segments)
    assert done.endswith(tail)
    most = 70 if segments == 1 else 67 * segments
    assert units(done) <= max(most, units(tail) + 1)


def test_every_text_has_its_translation_and_every_translation_its_text() -> None:
    with (texts.LOCALE / "zh_CN" / "LC_MESSAGES" / "notices.po").open("rb") as file:
        catalogue = {m.id: m for m in read_po(file, abort_invalid=True) if m.id}
    used = {
        message
        for _, _, message, _, _ in extract_from_dir(
            texts.LOCALE.parent, method_map=[("**.py", "python")], keywords={"N_": None}
        )
    }
    assert used == set(catalogue)
    holes = re.compile(r"%\((\w+)\)s")
    for msgid, message in catalogue.items():
        assert set(holes.findall(str(msgid))) >= set(holes.findall(str(message.string))), msgid


# ---------------------------------------------------------------- addresses


@given(st.text(max_size=200), st.one_of(st.none(), st.text(max_size=50)))
def test_what_is_sealed_is_opened_by_the_same_key_alone(address: str, secret: str | None) -> None:
    kept = Seal(KEY).close(Address(address, secret))
    assert Seal(KEY).open(kept) == Address(address, secret)
    with pytest.raises(Unreadable):
        Seal(OTHER).open(kept)


@pytest.mark.parametrize(
    ("channel", "given_", "kept", "shown"),
    [
        (Channel.SMS, "138 0013-8000", "13800138000", "138****00"),
        (Channel.SMS, "+8613800138000", "+8613800138000", "+86****00"),
        (Channel.SMS, "12a", None, None),
        (Channel.EMAIL, " li.na@example.org ", "li.na@example.org", "l***@example.org"),
        (Channel.EMAIL, "li@example.org\r\nBcc: x@y.z", None, None),
        (Channel.EMAIL, "a b@example.org", None, None),
        (
            Channel.WECOM,
            "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=abc",
            "=",
            "https://qyapi.weixin.qq.com/…",
        ),
        (Channel.WEBHOOK, "https://u:p@example.org/", None, None),
        (Channel.WEBHOOK, "file:///etc/passwd", None, None),
        (Channel.WEBHOOK, "http://[::1", None, None),
        (Channel.MQTT, "a", None, None),
    ],
)
def test_addresses_are_tidied_and_masked(
    channel: Channel, given_: str, kept: str | None, shown: str | None
) -> None:
    found = tidy(channel, given_)
    assert found == (given_ if kept == "=" else kept)
    if found is not None:
        assert masked(channel, found) == shown


# ---------------------------------------------------------------- links


def test_a_token_is_for_one_person_one_order_one_act_and_one_end() -> None:
    signer = Signer(KEY)
    link = Link(7, 1, 2, links.OrderAct.ACKNOWLEDGE, START)
    token = signer.token(link)
    assert links.link_id(token) == 7
    assert signer.fits(token, link)
    others = [
        Link(7, 9, 2, link.act, START), Link(7, 1, 9, link.act, START), Link(8, 1, 2, link.act, START),
        Link(7, 1, 2, links.OrderAct.REPORT, START), Link(7, 1, 2, link.act, START.replace(microsecond=1)),
    ]  # fmt: skip
    assert not any(signer.fits(token, other) for other in others)
    assert not Signer(OTHER).fits(token, link)


@given(st.text(max_size=60))
def test_nonsense_is_no_token(text: str) -> None:
    found = links.link_id(text)
    assert found is None or 0 < found < 2**63
