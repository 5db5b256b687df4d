"""What a notice says: Chinese first, a short line of English, and nothing about a person.

A text is made when it is sent, out of the plain values in the outbox.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from babel.messages.pofile import read_po

from app.console.names import named
from app.console.texts import CHINESE, ENGLISH, N_, Texts, texts
from models.clock import BEIJING
from models.enums import Channel, EventKind, NoticeClass
from notify.bundling import OTHERWISE
from notify.robots import ROBOTS
from notify.sms import JOINED, fitted, units

LOCALE = Path(__file__).parent / "locale"
LONGEST_REASON = 40
"""Characters of a reason: the whole of it is on the order's page."""

LINES: dict[NoticeClass, str] = {
    NoticeClass.DISPATCHED: N_("New order %(number)s: %(place)s, %(reason)s; acknowledge by %(due)s"),
    NoticeClass.RETURNED: N_("Order %(number)s was returned for rework"),
    NoticeClass.REPORTED: N_("Order %(number)s waits for review"),
    NoticeClass.WARNING: N_("%(number)s: %(clock)s due at %(due)s, %(left)s min left"),
    NoticeClass.BREACH: N_("%(number)s: %(clock)s overdue since %(due)s"),
    NoticeClass.ESCALATION: N_("Escalation %(level)s: %(number)s, %(clock)s overdue since %(due)s"),
    NoticeClass.REQUEST: N_("A request about %(number)s waits for a decision"),
    NoticeClass.DECIDED: N_("The request about %(number)s was decided"),
    NoticeClass.TASK: N_("A task of order %(number)s was handed down"),
    NoticeClass.UPWARD: N_("A report from below waits to be judged: %(number)s"),
    NoticeClass.UNROUTED: N_("Nobody answers for the alert at %(station)s"),
    NoticeClass.GAP: N_("Nobody is on duty in %(place)s"),
    NoticeClass.CHANNEL: N_("The way out %(way)s does not work"),
    NoticeClass.WATCHDOG: N_("The service found a fault of its own: %(fault)s %(subject)s"),
}
BY_EVENT: dict[str, str] = {
    EventKind.CHANNEL_UP.value: N_("The way out %(way)s works again"),
    EventKind.REQUEST_APPROVED.value: N_("The request about %(number)s was approved: %(request)s"),
    EventKind.REQUEST_REJECTED.value: N_("The request about %(number)s was rejected: %(request)s"),
    EventKind.REQUEST_EXPIRED.value: N_("The request about %(number)s has lapsed: %(request)s"),
    EventKind.WATCHDOG_CLEARED.value: N_("A fault of the service is over: %(fault)s %(subject)s"),
    EventKind.ORDER_CATEGORISED.value: N_("Order %(number)s in %(place)s concerns your department"),
    EventKind.ORDER_TRANSFERRED.value: N_("Order %(number)s was handed over to %(place)s"),
    EventKind.PROBLEM_PUSHED.value: N_("Problem %(number)s is to be corrected by %(due)s"),
    EventKind.PROBLEM_RETURNED.value: N_("Problem %(number)s is not corrected yet; due by %(due)s"),
    EventKind.PROBLEM_CORRECTED.value: N_("Problem %(number)s is said to be corrected; please look at it"),
    EventKind.YEARLY_DUE_SOON.value: N_("Yearly duty of %(place)s, %(duty)s: due on %(day)s"),
    EventKind.YEARLY_OVERDUE.value: N_("Yearly duty of %(place)s, %(duty)s: overdue since %(day)s"),
    EventKind.SWEEP_DUE_SOON.value: N_("Sweep of the sources of %(place)s, %(quarter)s: due on %(day)s"),
    EventKind.SWEEP_OVERDUE.value: N_(
        "Sweep of the sources of %(place)s, %(quarter)s: overdue since %(day)s"
    ),
    EventKind.PUBLIC_REPORT_RECEIVED.value: N_("The public reports something in %(place)s: %(number)s"),
    EventKind.PUBLIC_REPORT_MOVED.value: N_("A report of the public was referred to %(place)s: %(number)s"),
    EventKind.LADDER_PROPOSED.value: N_(
        "A measure for %(month)s is proposed and waits for a signature: %(act)s"
    ),
    EventKind.ACT_PROPOSED.value: N_("An act entered by hand waits for a signature: %(act)s"),
    EventKind.ACT_SIGNED.value: N_("Signed of %(place)s: %(act)s %(number)s"),
    EventKind.ACT_OBJECTED.value: N_("%(place)s made a statement on %(number)s"),
}
"""What an event says instead of its class."""
_PAGES = {
    "yearly.": "/supervision/yearly",
    "sweep.": "/supervision/sweeps",
    "ladder.": "/supervision/ladders",
    "act.": "/supervision/acts",
}
MARK = N_("(maybe a repetition)")
DRILL = N_("(drill)")
TOGETHER = N_("%(count)s notices:")
ACKNOWLEDGE = N_("Acknowledge: %(url)s")
OPEN = N_("Open: %(url)s")
CODE = N_("Your code is %(code)s; it confirms this contact and is good for 15 minutes")
TEST = N_("A test message: this way works")
SIGNED = N_("[Geshao]")


@dataclass(frozen=True, slots=True)
class Item:
    """One notice to be said."""

    about: NoticeClass
    payload: Mapping[str, Any]
    again: bool = False
    url: str | None = field(default=None, repr=False)
    page: str | None = None
    """Where a person who signs in finds what it is about."""


@cache
def words(language: str) -> Texts:
    """The texts of notices in a language, over those of the console."""
    known = texts(language)
    if known.language != CHINESE:
        return known
    with (LOCALE / "zh_CN" / "LC_MESSAGES" / "notices.po").open("rb") as file:
        catalogue = read_po(file, abort_invalid=True)
    own = {m.id: m.string for m in catalogue if isinstance(m.id, str) and isinstance(m.string, str) and m.id}
    return Texts(known.language, {**known.messages, **own})


def said(language: str, item: Item) -> str:
    """One notice in one line."""
    here = words(language)
    text = here.say(_msgid(item), **_values(here, item.payload))
    marks = (here.say(DRILL) if item.payload.get("drill") else "") + (here.say(MARK) if item.again else "")
    return marks + text


def page_of(base: str | None, payload: Mapping[str, Any]) -> str | None:
    """The page of what a notice is about, where it is a task, a problem, a report or a duty; None for any other."""
    number, task = str(payload.get("number") or ""), payload.get("task")
    if base is None:
        return None
    if isinstance(task, int):
        return f"{base.rstrip('/')}/tasks/{task}"
    if number.startswith("PR-"):
        return f"{base.rstrip('/')}/supervision/public-reports/{payload.get('report')}"
    event = str(payload.get("event") or "")
    for front, page in _PAGES.items():
        if event.startswith(front):
            return f"{base.rstrip('/')}{page}"
    if number.startswith("WT-"):
        return f"{base.rstrip('/')}/supervision/problems/{quote(number)}"
    return f"{base.rstrip('/')}/reports/{quote(number)}" if number.startswith("UP-") else None


def composed(channel: Channel, items: Sequence[Item], *, segments: int = 3) -> tuple[str, str]:
    """Title and text of one message, within what the channel takes; links are never cut."""
    zh, en = words(CHINESE), words(ENGLISH)
    title = said(CHINESE, items[0]) if len(items) == 1 else zh.say(TOGETHER, count=len(items))
    title = f"{zh.say(SIGNED)}{title}"
    if channel is Channel.SMS:
        return title, _short(zh, items, segments)
    lines = [zh.say(SIGNED) + (zh.say(TOGETHER, count=len(items)) if len(items) > 1 else "")]
    for number, item in enumerate(items, start=1):
        front = f"{number}. " if len(items) > 1 else ""
        lines.append(front + said(CHINESE, item))
        if channel is Channel.EMAIL or len(items) == 1:
            lines.append(said(ENGLISH, item))
        if item.url is not None:
            lines.append(f"{zh.say(ACKNOWLEDGE, url=item.url)}")
        # Many at once lead nowhere where room is short: each says its number.
        if item.page is not None and (channel is Channel.EMAIL or len(items) == 1):
            lines.append(zh.say(OPEN, url=item.page))
    if len(items) > 1 and channel is not Channel.EMAIL:
        lines.append(en.say(TOGETHER, count=len(items)).rstrip(":"))
    text = "\n".join(line for line in lines if line)
    longest = ROBOTS[channel].longest if channel in ROBOTS else 100_000
    return title, text if len(text) <= longest else _cut(lines, longest)


def _short(zh: Texts, items: Sequence[Item], segments: int) -> str:
    """An SMS: the signature, what there is to say, and the links."""
    if len(items) == 1:
        tail = "" if items[0].url is None else " " + items[0].url
        return fitted(zh.say(SIGNED) + said(CHINESE, items[0]), tail, segments)
    lines = [f"{number}.{said(CHINESE, item)}" for number, item in enumerate(items, start=1)]
    room = max(20, (JOINED * segments - 8) // len(lines) - 1)
    # Each is cut by itself: none may push another one out. A link goes along where there is room for all of it.
    lines = [line if len(line) <= room else line[: room - 1] + "…" for line in lines]
    left = JOINED * segments - units(zh.say(SIGNED) + "\n".join(lines))
    for number, item in enumerate(items):
        if item.url is not None and units(item.url) + 1 <= left:
            lines[number] += " " + item.url
            left -= units(item.url) + 1
    return zh.say(SIGNED) + "\n".join(lines)


def _cut(lines: Sequence[str], longest: int) -> str:
    room = max(20, longest // max(1, min(len(lines), OTHERWISE * 3)) - 1)
    return "\n".join(
        line if len(line) <= room or "://" in line else line[: room - 1] + "…" for line in lines if line
    )


def _msgid(item: Item) -> str:
    if item.about is NoticeClass.TEST:
        return CODE if "code" in item.payload else TEST
    return BY_EVENT.get(str(item.payload.get("event")), LINES[item.about])


def _values(here: Texts, payload: Mapping[str, Any]) -> dict[str, str]:
    left = payload.get("remaining_s")
    reason = str(payload.get("reason") or "")
    clock = payload.get("clock")
    return {
        "number": str(payload.get("number") or payload.get("grid") or ""),
        "place": str(payload.get("place") or payload.get("grid") or ""),
        "reason": reason if len(reason) <= LONGEST_REASON else reason[: LONGEST_REASON - 1] + "…",
        "due": _time(payload.get("due_at")),
        "clock": named(here, "clock", str(clock)) if clock else "",
        "left": str(max(0, -(-int(left) // 60))) if isinstance(left, int | float) else "",
        "level": str(payload.get("level") or ""),
        "station": str(payload.get("station") or ""),
        "way": str(payload.get("way") or ""),
        "code": str(payload.get("code") or ""),
        "fault": named(here, "watchdog", str(payload.get("code") or "")),
        "subject": str(payload.get("subject") or ""),
        "day": str(payload.get("due_on") or ""),
        "duty": named(here, "yearly", str(payload.get("duty") or "")),
        "quarter": str(payload.get("quarter") or ""),
        "request": named(here, "request", str(payload.get("kind") or "")),
        "act": named(here, "act_kind", str(payload.get("kind") or "")),
        "month": str(payload.get("month") or ""),
    }


def _time(value: object) -> str:
    """`11-23 09:10`, Beijing time."""
    if not isinstance(value, str):
        return ""
    return datetime.fromisoformat(value).astimezone(BEIJING).strftime("%m-%d %H:%M")
