"""Improvement and ranking of the level-2 units (R12), and the days that falsification voids (R4)."""
