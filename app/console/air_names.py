"""What is said of the air, the stations and where it comes from (msgids)."""

from collections.abc import Mapping
from typing import Any

from airquality.composite import RANKING_2026_TRANSITION
from alerts.upwind import Reason
from alerts.wind import WindWord
from app.console.texts import N_
from models.enums import (
    AlertKind,
    AlertScope,
    Severity,
    StationKind,
    StationPurpose,
    VerdictState,
)

SEVERITY = {
    Severity.NOTICE: N_("Notice"),
    Severity.SERIOUS: N_("Serious"),
    Severity.CRITICAL: N_("Critical"),
}
ALERT = {
    AlertKind.EXCEEDANCE_HOUR: N_("Hourly exceedance"),
    AlertKind.EXCEEDANCE_SHORT: N_("Short exceedance"),
    AlertKind.SUDDEN_RISE: N_("Sudden rise"),
    AlertKind.OFFLINE: N_("Offline"),
    AlertKind.SUSTAINED_HIGH: N_("Lasting high level"),
    AlertKind.ABOVE_NEIGHBOURS: N_("Above its neighbours"),
    AlertKind.EPISODE: N_("Region-wide episode"),
    AlertKind.FLAT_LINE: N_("Flat line"),
    AlertKind.IMPLAUSIBLE: N_("Beyond the instrument's range"),
    AlertKind.SPIKE: N_("Spike"),
    AlertKind.SPIKE_BURST: N_("Burst of spikes"),
    AlertKind.NOISE: N_("Noise"),
    AlertKind.ATTENUATED: N_("Reads too low"),
    AlertKind.OFFSET: N_("Stepped up"),
    AlertKind.DRIFT: N_("Drift"),
    AlertKind.HUMIDITY: N_("Swollen by damp air"),
    AlertKind.CLOCK_SHIFT: N_("Clock is wrong"),
    AlertKind.MOVED: N_("Moved"),
    AlertKind.NETWORK_SILENCE: N_("Whole network silent"),
}
SCOPE = {
    AlertScope.LOCAL: N_("Local"),
    AlertScope.REGIONAL: N_("Regional"),
    AlertScope.INSTRUMENT: N_("Instrument"),
}
VERDICT = {
    VerdictState.PENDING: N_("Being watched"),
    VerdictState.RECOVERED: N_("Recovered"),
    VerdictState.NOT_RECOVERED: N_("Not recovered"),
    VerdictState.REGIONAL: N_("Regional rise"),
    VerdictState.NO_DATA: N_("No valid data"),
}
WIND = {
    WindWord.STEADY: N_("steady"),
    WindWord.VARIABLE: N_("turning about, so no direction is to be relied on"),
    WindWord.CALM: N_("Calm: the air hardly moved"),
    WindWord.UNKNOWN: N_("The wind is not known"),
}
SOURCE_REASON = {
    Reason.AT_STATION: N_("at the station itself"),
    Reason.NEAR: N_("near"),
    Reason.UPWIND: N_("upwind"),
    Reason.EDGE_OF_WIND: N_("at the edge of the wind"),
    Reason.OFF_WIND: N_("off the wind"),
    Reason.WIND_CALM: N_("wind calm"),
    Reason.WIND_VARIABLE: N_("wind turning about"),
    Reason.WIND_UNKNOWN: N_("wind unknown"),
    Reason.CATEGORY_FITS: N_("its kind fits what rose"),
    Reason.CATEGORY_DIFFERS: N_("its kind hardly fits what rose"),
    Reason.CATEGORY_UNKNOWN: N_("kind unknown"),
    Reason.POLLUTANT_LISTED: N_("registered for what rose most"),
    Reason.NO_SIGNATURE: N_("what rose does not tell kinds apart"),
}
GRID_KIND = {
    "administrative": N_("administrative"),
    "park": N_("industrial park"),
    "key": N_("key grid"),
}
STATION_KIND = {
    StationKind.MICRO: N_("microstation"),
    StationKind.REFERENCE: N_("reference station"),
}
STATION_PURPOSE = {
    StationPurpose.EVALUATION: N_("counts for its unit's air"),
    StationPurpose.BACKGROUND: N_("background station, left out of its unit's air"),
}
# One vocabulary for map, lists, pages and the desk; which of them a station is says `health` of app/views/stations.py.
HEALTH = {"online": N_("online"), "offline": N_("offline"), "never": N_("has never reported")}
POLLUTANT = {"pm25": "PM₂.₅", "pm10": "PM₁₀", "so2": "SO₂", "no2": "NO₂", "co": "CO", "o3": "O₃"}
COMPOSITE = {RANKING_2026_TRANSITION.code: N_("Limits of transition of GB 3095-2026")}
"""Rules of the composite index that no document gives a name; the others are called by its number."""
AIR_NAMES: dict[str, Mapping[Any, str]] = {
    "severity": SEVERITY,
    "alert": ALERT,
    "scope": SCOPE,
    "verdict": VERDICT,
    "wind": WIND,
    "source_reason": SOURCE_REASON,
    "grid_kind": GRID_KIND,
    "station_kind": STATION_KIND,
    "station_purpose": STATION_PURPOSE,
    "health": HEALTH,
    "composite_rules": COMPOSITE,
    "pollutant": POLLUTANT | {"tsp": "TSP", "nox": "NOₓ", "voc": "VOCs", "nh3": "NH₃"},
}
