#!/usr/bin/env python3
"""证据包核验 Verifies an evidence pack offline, with nothing but Python's standard library (3.8 or later).

    python3 verify.py             the unpacked folder this file lies in
    python3 verify.py PACK.zip    a pack that was not unpacked
    python3 verify.py --head HASH ...   the service's head, as it was kept elsewhere, beside it

Exits 0 when everything holds; else names each break, the first one first, and exits 1.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import sys
import zipfile
from typing import IO, Any

SUMS, SEAL = "SHA256SUMS", "SHA256SUMS.sha256"
GENESIS = "00" * 32
CHUNK = 1 << 20


class Folder:
    """An unpacked pack."""

    def __init__(self, path: str) -> None:
        self.path = path

    def names(self) -> list[str]:
        found: list[str] = []
        for folder, _, files in os.walk(self.path):
            if os.path.basename(folder) != "__pycache__":
                found += [os.path.relpath(os.path.join(folder, name), self.path) for name in files]
        return sorted(name.replace(os.sep, "/") for name in found)

    def open(self, name: str) -> IO[bytes]:
        return open(os.path.join(self.path, *name.split("/")), "rb")


class Archive:
    """A pack as it was downloaded."""

    def __init__(self, path: str) -> None:
        self.zip = zipfile.ZipFile(path)

    def names(self) -> list[str]:
        return sorted(name for name in self.zip.namelist() if not name.endswith("/"))

    def open(self, name: str) -> IO[bytes]:
        return self.zip.open(name)


Pack = Any
"""Folder or Archive."""


def digest_of(pack: Pack, name: str) -> str:
    digest = hashlib.sha256()
    with pack.open(name) as file:
        for chunk in iter(lambda: file.read(CHUNK), b""):
            digest.update(chunk)
    return digest.hexdigest()


def read(pack: Pack, name: str) -> bytes:
    with pack.open(name) as file:
        return bytes(file.read())


def document(pack: Pack, name: str, faults: list[str]) -> Any:
    """The JSON of a file, or None with a fault."""
    try:
        return json.loads(read(pack, name).decode("utf-8"))
    except (KeyError, OSError, ValueError):
        faults.append(f"{name}: 无法读取 cannot be read")
        return None


def check_files(pack: Pack) -> tuple[list[str], dict[str, str]]:
    """Every file is what SHA256SUMS says, none is missing, none was put in; gives the faults and every hash."""
    faults: list[str] = []
    listed: dict[str, str] = {}
    actual = {name: digest_of(pack, name) for name in pack.names()}
    for name in (SUMS, SEAL):
        if name not in actual:
            return [f"{name}: 缺失 is missing"], actual
    sums = read(pack, SUMS)
    for line in sums.decode("utf-8", "replace").splitlines():
        found = re.match(r"^([0-9a-f]{64})  (.+)$", line)
        if found is None:
            faults.append(f"{SUMS}: 行无法识别 has a line that is none")
        else:
            listed[found.group(2)] = found.group(1)
    for name in sorted(listed):
        if name not in actual:
            faults.append(f"{name}: 缺失 is missing")
        elif actual[name] != listed[name]:
            faults.append(f"{name}: 内容被改动 was changed")
    faults += [f"{name}: 不属于本证据包 was put in" for name in actual if name not in {*listed, SUMS, SEAL}]
    if read(pack, SEAL) != f"{actual[SUMS]}\n".encode():
        # One of the two was changed: the list, if it no longer describes the files.
        faults.insert(0, f"{SUMS if faults else SEAL}: 内容被改动 was changed")
    for name, digest in actual.items():
        if name.startswith("media/") and os.path.basename(name).split(".")[0] != digest:
            faults.append(f"{name}: 与证据登记的摘要不符 is not the file that was uploaded")
    return faults, actual


def text_of(row: dict[str, Any]) -> bytes:
    """What a row of the journal says, exactly as the service hashes it."""
    head = [row[name] for name in ("id", "kind", "occurred_at", "recorded_at")]
    head += [row[name] for name in ("grid_id", "order_id", "alert_id", "actor_id")]
    if row["on_behalf_of_id"] is not None or row["client_at"] is not None:
        head += [row["on_behalf_of_id"], row["client_at"]]
    data: str = row["data"]
    return (json.dumps(head, separators=(",", ":"), ensure_ascii=False) + data).encode("utf-8")


def link(previous: str, text: bytes) -> str:
    return hashlib.sha256(bytes.fromhex(previous) + text).hexdigest()


def check_chain(chain: dict[str, Any]) -> list[str]:
    """Each row follows from the one before it, in the order's chain and in that of all events."""
    faults: list[str] = []
    previous, last = GENESIS, None
    for number, row in enumerate(chain["rows"], start=1):
        where = f"chain.json: 事件 event {row['id']}"
        if row["order_id"] != chain["order_id"]:
            faults.append(f"{where}: 属于另一工单 is of another order")
        elif row["order_seq"] != number:
            faults.append(f"{where}: 序号断裂，应为第 {number} 个 is out of sequence, wanted {number}")
        elif last is not None and row["id"] <= last["id"]:
            faults.append(f"{where}: 次序颠倒 stands behind a later one")
        elif link(previous, text_of(row)) != row["order_hash"]:
            faults.append(f"{where}: 与工单链不符 does not follow in the chain of the order")
        elif link(row["previous_hash"], text_of(row)) != row["hash"]:
            faults.append(f"{where}: 与总链不符 does not follow in the chain of all events")
        elif last is not None and row["id"] == last["id"] + 1 and row["previous_hash"] != last["hash"]:
            faults.append(f"{where}: 与前一事件脱节 does not follow from the event before it")
        if faults:
            return faults
        previous, last = row["order_hash"], row
    head = chain["head"]
    behind = last is not None and head["id"] < last["id"]
    other = last is not None and head["id"] == last["id"] and head["hash"] != last["hash"]
    if behind or other:
        faults.append("chain.json: 链头不符 the head is not that of the last event")
    return faults


def check_facts(
    chain: dict[str, Any], order: dict[str, Any], timeline: dict[str, Any], names: list[str]
) -> list[str]:
    """What the documents say is what the chain says."""
    faults: list[str] = []
    said = [(row["id"], row["kind"], json.loads(row["data"])) for row in chain["rows"]]
    if order["id"] != chain["order_id"]:
        faults.append("order.json: 不是链上的工单 is not the order of the chain")
    if [(e["id"], e["kind"], e["data"]) for e in timeline["items"]] != said:
        faults.append("timeline.json: 与链不符 does not say what the chain says")
    states = [data["state"] for _, kind, data in said if kind.startswith("order.") and "state" in data]
    if states and order["state"] != states[-1]:
        faults.append("order.json: 状态与链不符 the state is not that of the chain")
    for part, kind, fields in (
        ("feedback", "order.feedback", ("finding", "cause")),
        ("reports", "order.reported", ("measures", "result")),
    ):
        told = [tuple(data.get(f) for f in fields) for _, one, data in said if one == kind]
        if told != [tuple(item.get(f) for f in fields) for item in order[part]]:
            faults.append(f"order.json: {part} 与链不符 is not what the chain says")
    cited = {digest for _, _, data in said for digest in data.get("evidence_sha256", ())}
    shown = {item["sha256"] for item in order["evidence"]}
    media = {os.path.basename(name).split(".")[0] for name in names if name.startswith("media/")}
    faults += [f"order.json: 缺少证据 lacks the evidence {digest}" for digest in sorted(cited - shown)]
    faults += [f"media/{digest}: 缺失 is missing" for digest in sorted((cited | shown) - media)]
    return faults


def check(pack: Pack, head: str | None = None) -> tuple[list[str], Any]:
    faults, actual = check_files(pack)
    documents = [document(pack, name, faults) for name in ("chain.json", "order.json", "timeline.json")]
    if None in documents:
        return faults, documents[0]
    chain, order, timeline = documents
    try:
        faults += check_chain(chain)
        faults += check_facts(chain, order, timeline, sorted(actual))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        faults.append(f"chain.json: 结构不符 is not of the known form ({error})")
    if head is not None and head.lower() != str(chain["head"]["hash"]):
        faults.append("chain.json: 链头与留存的不同 the head is not the one that was kept")
    return faults, chain


def main() -> int:
    parser = argparse.ArgumentParser(description="证据包核验 Verifies an evidence pack offline.")
    parser.add_argument("pack", nargs="?", default=os.path.dirname(os.path.abspath(__file__)))
    parser.add_argument("--head", help="链头 the head of the service at the time of the pack")
    given = parser.parse_args()
    pack: Pack = Folder(given.pack) if os.path.isdir(given.pack) else Archive(given.pack)
    faults, chain = check(pack, given.head)
    for fault in faults:
        print("破损 BROKEN  " + fault)
    if faults:
        return 1
    files, events, newest = len(pack.names()), len(chain["rows"]), chain["head"]
    print(f"完整 intact: {chain['number']}, {files} 个文件 files, {events} 个事件 events")
    print(f"链头 head {newest['hash']} ({newest['id']})")
    return 0


if __name__ == "__main__":
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    sys.exit(main())
