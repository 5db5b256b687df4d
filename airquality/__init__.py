"""The air-quality standards as data and exact arithmetic: limits, breakpoints, AQI; pure, no I/O, no clock."""
