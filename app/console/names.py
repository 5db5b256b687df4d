"""What the values of the domain are called on screen: every group of names, by the group's own word."""

from collections.abc import Mapping
from typing import Any

from app.console.act_names import ACT_NAMES
from app.console.admin_names import ADMIN_NAMES
from app.console.air_names import AIR_NAMES
from app.console.assessment_names import ASSESSMENT_NAMES
from app.console.duty_names import DUTY_NAMES
from app.console.event_names import EVENT
from app.console.exposure_names import EXPOSURE_NAMES
from app.console.order_names import ORDER_NAMES
from app.console.problem_names import PROBLEM_NAMES
from app.console.public_report_names import PUBLIC_REPORT_NAMES
from app.console.report_names import REPORT_NAMES
from app.console.source_names import SOURCE_NAMES
from app.console.supervision_names import SUPERVISION_NAMES
from app.console.texts import N_, Texts
from models.enums import Role, WatchdogCode

THEME = {"auto": N_("Theme of the device"), "light": N_("Light"), "dark": N_("Dark")}
ROLE = {
    Role.ADMINISTRATOR: N_("Administrator"),
    Role.DUTY_OFFICER: N_("Duty officer"),
    Role.CHIEF: N_("Grid chief"),
    Role.SUB_CHIEF: N_("Sub-chief"),
    Role.SUPERVISOR: N_("Grid supervisor"),
    Role.PATROLLER: N_("Patroller"),
    Role.VIEWER: N_("Viewer"),
    Role.IDENTITY_KEEPER: N_("Keeper of reporters' identities"),
}
WATCHDOG = {
    WatchdogCode.CLOCK_UNJUDGED: N_("Deadlines are not judged"),
    WatchdogCode.ESCALATION_MISSING: N_("Escalations are missing"),
    WatchdogCode.ORDER_WITHOUT_CLOCKS: N_("Orders without their clocks"),
    WatchdogCode.ORDER_WITHOUT_HOLDER: N_("Orders that nobody holds"),
    WatchdogCode.ALERT_WITHOUT_ORDER: N_("Alerts without an order"),
    WatchdogCode.UNROUTED_WAITING: N_("Alerts wait for somebody to answer"),
    WatchdogCode.OUTBOX_OLD: N_("What is to go out waits too long"),
    WatchdogCode.ENGINE_STOPPED: N_("An engine has stopped"),
    WatchdogCode.DETECTION_BEHIND: N_("Detection is behind"),
}
# Members of a StrEnum are their values: a name is found by either.
_NAMES: Mapping[str, Mapping[Any, str]] = {
    "role": ROLE,
    "watchdog": WATCHDOG,
    "event": EVENT,
    **ORDER_NAMES,
    **REPORT_NAMES,
    **PROBLEM_NAMES,
    **PUBLIC_REPORT_NAMES,
    **AIR_NAMES,
    **ADMIN_NAMES,
    **SUPERVISION_NAMES,
    **EXPOSURE_NAMES,
    **ACT_NAMES,
    **ASSESSMENT_NAMES,
    **DUTY_NAMES,
    **SOURCE_NAMES,
}


def named(words: Texts, group: str, value: str) -> str:
    """The name of a value in this language; the bare value where it has none."""
    return words.say(_NAMES[group].get(value, value)) if value else ""
