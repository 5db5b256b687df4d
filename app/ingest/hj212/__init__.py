"""HJ 212 frames → the same readings as from JSON. Pure: no I/O, no clock, and no bytes make it raise.

bytes → `frame.cut` → `segment` (fields, CP items) → `reading` under a station's `profile`; `message` is the door.
Source of the rules: HJ 212-2017 §6 and annexes A to C; what devices make of them is in docs/hj212.md.
"""
