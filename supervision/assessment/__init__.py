"""The monthly assessment of each level-2 unit (R10, annex 2), each point with its article and its record."""
