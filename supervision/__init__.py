"""The duties around the chain: the air of a month, targets, problems, assessment and ladders, each in its own folder.

It computes and proposes; a named person signs. Imports `airquality` and `models` only.
"""
