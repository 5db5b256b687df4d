"""Typical cases made public (R16, body §3(八), annex 4): only final ones, without a name, signed step by step."""
