"""Work that a level-2 grid hands down to its levels 3 and 4 (annex 1 art. 6-8)."""
