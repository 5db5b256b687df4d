"""Yearly targets broken into months, and where a month stands on its way (R8, body §3(二))."""
