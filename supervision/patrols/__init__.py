"""Daily patrols of levels 3 and 4, and what those above make of them (R13; annex 1 art. 7, 8, 17)."""
