"""The documents of a pack, as bytes: the same contents give the same bytes. Pure."""

from pathlib import Path
from typing import Any

import msgspec

from app.chain import instant
from app.pack.contents import Contents, Linked
from app.pack.told import timeline_page, timeline_text

VERIFIER = Path(__file__).with_name("verify.py")
_README = """\
证据包 Evidence pack  {number}{drill}

order.json      工单及反馈、上报、审核、证据清单   the order with feedback, reports, reviews, list of evidence
timeline.*      全部事件（JSON、网页、文本）     every event: JSON, page, text (in Beijing time)
alert.json      触发报警及当时依据                 the alerts behind it, with what was known then
policy.json     派发时加盖的时限政策版本           the version of the deadlines that the order was stamped with
clocks.json     时钟、超时、督办、承办段           clocks, breaches, escalations, who held it from when to when
media/          现场照片与文件，以摘要命名         photos and documents, named by their SHA-256
chain.json      工单链与总链的链节                 every event with its links in the two chains
SHA256SUMS      各文件摘要                         the hash of every file
verify.py       离线核验：python3 verify.py       verifies the pack offline: python3 verify.py

核验通过说明：文件未被改动，事件未增、删、改、换序，文件与链上所述一致。
若连同链整体伪造，须与平台核对：链头见 chain.json 的 head；证据包的摘要记在平台该工单的 order.packed 事件中。
What holds when it verifies: no file was changed; no event was changed, left out, put in or moved; the documents say
what the chain says. A pack forged as a whole, chain and all, is told by the service: `head` of chain.json is checked
with `geshao audit verify --head HASH --count ID`, and the pack's own SHA-256 stands in the event order.packed.
"""


def documents(contents: Contents) -> dict[str, bytes]:
    """Every file but media and sums, by name, in the order in which they are packed."""
    order, events = contents.order, contents.timeline
    drill = "  演练 DRILL" if order["drill"] else ""
    return {
        "README.txt": _README.format(number=contents.number, drill=drill).encode(),
        "order.json": _json(order),
        "timeline.json": _json({"items": events}),
        "timeline.html": timeline_page(order, events).encode(),
        "timeline.txt": timeline_text(order, events).encode(),
        "alert.json": _json({"items": contents.alerts}),
        "policy.json": _json(contents.policy),
        "clocks.json": _json(contents.clocks),
        "chain.json": _json(_chain(contents)),
        "verify.py": VERIFIER.read_bytes(),
    }


def _chain(contents: Contents) -> dict[str, Any]:
    return {
        "format": 1,
        "order_id": contents.order["id"],
        "number": contents.number,
        "rows": [_row(linked) for linked in contents.chain],
        "head": {"id": contents.head[0], "hash": contents.head[1].hex()},
    }


def _row(linked: Linked) -> dict[str, Any]:
    row = linked.row
    return {
        "id": row.id,
        "kind": row.kind,
        "occurred_at": instant(row.occurred_at),
        "recorded_at": instant(row.recorded_at),
        "grid_id": row.grid_id,
        "order_id": row.order_id,
        "alert_id": row.alert_id,
        "actor_id": row.actor_id,
        "on_behalf_of_id": row.on_behalf_of_id,
        "client_at": None if row.client_at is None else instant(row.client_at),
        "data": row.data,
        "hash": row.hash.hex(),
        "previous_hash": linked.previous.hex(),
        "order_seq": row.order_seq,
        "order_hash": None if row.order_hash is None else row.order_hash.hex(),
    }


def _json(value: Any) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"
