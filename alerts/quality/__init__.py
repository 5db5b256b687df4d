"""Streaming quality control of single values; pure: no I/O, no clock. See docs/quality.md."""

from alerts.quality.defaults import DEFAULT_QUALITY, DEFAULT_QUALITY_RULES
from alerts.quality.outcome import Check, Flag, Level, Screened, Timing, Values
from alerts.quality.rules import QualityRules, parse_quality
from alerts.quality.screen import Screen
from alerts.quality.twins import TwinRule, agreement

__all__ = [
    "DEFAULT_QUALITY",
    "DEFAULT_QUALITY_RULES",
    "Check",
    "Flag",
    "Level",
    "QualityRules",
    "Screen",
    "Screened",
    "Timing",
    "TwinRule",
    "Values",
    "agreement",
    "parse_quality",
]
