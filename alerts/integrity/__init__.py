"""Signs of interference with a station (annex 3 art. 6): what they are, the case they make, and its decision.

`moved`, `muffled`, `cut` and `changed` are pure: plain numbers in, a sign with its evidence out, or none. A sign is
no verdict: a person of the prefecture decides. docs/integrity.md has the method.
"""
