"""Requests 请示 beside the states of an order: what may be asked and decided, a module a kind, and their life.

None of them stops or moves a clock of the order while it is pending.
"""
