"""Frozen values that travel the one way: reading → finding → alert → order → clock → breach → feed.

Every instant is aware UTC. A domain returns facts; `app.pipeline` decides who hears them.
"""

from models.facts.alerts import AlertCleared, AlertDue, AlertJoined, AlertOpened, AlertRaised, AlertRescoped
from models.facts.clocks import Breach, ClockRef, DueSoon, EscalationDue, MetLate
from models.facts.integrity import CaseDecided, CaseSeconded, CaseSigned
from models.facts.orders import (
    OrderAttached,
    OrderDispatched,
    OrderMoved,
    OrderTold,
    OrderUnrouted,
    Recipient,
    Told,
)
from models.facts.readings import Reading, Rejected, StationInfo

Fact = (
    AlertOpened
    | AlertDue
    | AlertRaised
    | AlertJoined
    | AlertRescoped
    | AlertCleared
    | OrderDispatched
    | OrderAttached
    | OrderUnrouted
    | OrderMoved
    | OrderTold
    | Told
    | DueSoon
    | Breach
    | EscalationDue
    | MetLate
    | CaseSigned
    | CaseDecided
    | CaseSeconded
)

__all__ = [
    "AlertCleared",
    "AlertDue",
    "AlertJoined",
    "AlertOpened",
    "AlertRaised",
    "AlertRescoped",
    "Breach",
    "CaseDecided",
    "CaseSeconded",
    "CaseSigned",
    "ClockRef",
    "DueSoon",
    "EscalationDue",
    "Fact",
    "MetLate",
    "OrderAttached",
    "OrderDispatched",
    "OrderMoved",
    "OrderTold",
    "OrderUnrouted",
    "Reading",
    "Recipient",
    "Rejected",
    "StationInfo",
    "Told",
]
