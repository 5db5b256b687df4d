"""Group robots of WeCom, DingTalk and Feishu: how each is spoken to, and how its answer reads.

All three answer 200 whatever happened and say in a code whether the message is in the group. Where the codes are from,
as looked up in November 2026; one that stands here nowhere is tried again as often as any failure:

- WeCom: the global error codes, developer.work.weixin.qq.com/document/path/90313 (as kept, code by code with its
  words, in the Go package go-workwx/errcodes): -1 busy, 45009 called too often, 45033 called too often at once,
  93000 URL wrong or robot removed from the group, 93004 robot stopped, 93008 not in the group.
- DingTalk: "custom robot access", open.dingtalk.com/document/orgapp/custom-robot-access. 130101 (more than 20 a
  minute), 310000 (keyword, signature or address list, told apart by words alone), 300001 and 300005 (no such token)
  are widely quoted from real answers; 410100 (too fast), 400013 (group dissolved), 400101, 400102 and 400106 (no such
  token, robot stopped, no such robot) were found only in copies of its table.
- Feishu: "custom bot guide", open.feishu.cn/document/client-docs/bot-v3/add-custom-bot. 11232 (frequency limited),
  19001 (token invalid), 19021 (signature, or its time) and 19024 (keyword) are widely quoted from real answers;
  99991400 is the platform's general limit; 19022 (address list) was not found a second time.

What says that the message itself is wrong (WeCom 40058, 44004, Feishu 19002) is no fault of the way. Feishu's 9499 is
said of malformed and of too many requests alike, so it is tried again.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx
import msgspec

from models.enums import Channel
from notify.exchange import Answered, exchange, taken_or
from notify.gateway import Message
from notify.outcome import Outcome, delivered, retry, undeliverable, unknown


@dataclass(frozen=True, slots=True)
class Robot:
    """One platform's dialect."""

    longest: int
    """Characters of a text that it surely takes."""
    body: Callable[[str], dict[str, Any]]
    signed: Callable[[str, int], tuple[dict[str, str], dict[str, Any]]]
    """Of the secret and the seconds since 1970: what goes into the query, and into the body."""
    codes: tuple[str, ...]
    """Where the answer's code is; the first that is there counts."""
    later: frozenset[int]
    """Too fast, or busy: it was not posted, and will be later."""
    never: frozenset[int]
    """Token, signature, keyword, or list of addresses: a person has to mend the robot."""
    malformed: frozenset[int] = frozenset()
    """This message will never be taken; of the way that says nothing."""


def _unsigned(_secret: str, _at: int) -> tuple[dict[str, str], dict[str, Any]]:
    return {}, {}


def dingtalk_signature(secret: str, milliseconds: int) -> str:
    signed = f"{milliseconds}\n{secret}".encode()
    return base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha256).digest()).decode()


def feishu_signature(secret: str, seconds: int) -> str:
    """The text to sign is the key here, and the message is empty."""
    return base64.b64encode(hmac.new(f"{seconds}\n{secret}".encode(), b"", hashlib.sha256).digest()).decode()


def _dingtalk(secret: str, at: int) -> tuple[dict[str, str], dict[str, Any]]:
    return {"timestamp": str(at * 1000), "sign": dingtalk_signature(secret, at * 1000)}, {}


def _feishu(secret: str, at: int) -> tuple[dict[str, str], dict[str, Any]]:
    return {}, {"timestamp": str(at), "sign": feishu_signature(secret, at)}


ROBOTS: dict[Channel, Robot] = {
    Channel.WECOM: Robot(
        longest=600,  # 2048 bytes, of which a Chinese character takes three
        body=lambda text: {"msgtype": "text", "text": {"content": text}},
        signed=_unsigned,
        codes=("errcode",),
        later=frozenset({-1, 45009, 45033}),
        never=frozenset({93000, 93004, 93008}),
        malformed=frozenset({40058, 44004}),
    ),
    Channel.DINGTALK: Robot(
        longest=5000,
        body=lambda text: {"msgtype": "text", "text": {"content": text}},
        signed=_dingtalk,
        codes=("errcode",),
        later=frozenset({-1, 130101, 410100}),
        never=frozenset({300001, 300005, 310000, 400013, 400101, 400102, 400106}),
    ),
    Channel.FEISHU: Robot(
        longest=5000,
        body=lambda text: {"msg_type": "text", "content": {"text": text}},
        signed=_feishu,
        codes=("code", "StatusCode"),
        later=frozenset({11232, 99991400}),
        never=frozenset({19001, 19021, 19022, 19024}),
        malformed=frozenset({19002}),
    ),
}


class RobotWay:
    """Posts a text to a group by its robot. Nothing tells a repeated message from a new one there."""

    def __init__(self, client: httpx.AsyncClient, channel: Channel, *, timeout: float) -> None:
        self._client = client
        self._robot = ROBOTS[channel]
        self._timeout = timeout

    async def send(self, message: Message, *, now: datetime) -> Outcome:
        robot = self._robot
        params: dict[str, str] = {}
        body = robot.body(message.text)
        if message.to.secret:
            params, more = robot.signed(message.to.secret, int(now.timestamp()))
            body |= more
        # Given as `params`, httpx would drop the token that the URL itself carries.
        url = str(httpx.URL(message.to.address).copy_merge_params(params)) if params else message.to.address
        answer = await exchange(
            self._client, "POST", url, content=msgspec.json.encode(body),
            headers={"content-type": "application/json"}, timeout=self._timeout,
        )  # fmt: skip
        taken = taken_or(answer, now)
        return self._read(taken.body) if isinstance(taken, Answered) else taken

    def _read(self, body: bytes | None) -> Outcome:
        if body is None:
            return unknown("the answer did not come to its end")
        code = _code(body, self._robot.codes)
        if code is None:
            return unknown("the answer is none of a robot's")
        if code == 0:
            return delivered()
        error = f"errcode {code}"
        if code in self._robot.later:
            return retry(error, works=None)
        if code in self._robot.never:
            return undeliverable(error, works=False)
        if code in self._robot.malformed:
            return undeliverable(error)
        # A code nobody knows: it was not posted, and whether it ever will be is for the number of attempts to say.
        return retry(error)


def _code(body: bytes, names: tuple[str, ...]) -> int | None:
    try:
        answer = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    if not isinstance(answer, dict):
        return None
    found = next((answer[name] for name in names if name in answer), None)
    return found if isinstance(found, int) and not isinstance(found, bool) else None
