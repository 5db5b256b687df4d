"""How the stations are divided among the shards of the intake: by their level-2 grid, the same in every process."""

import hashlib


def shard_of(grid: str, shards: int) -> int:
    """The shard that a grid's messages belong to, 0 to `shards` - 1; depends on nothing but the two."""
    # Codes of neighbours differ in one digit: a checksum would put them together.
    digest = hashlib.blake2b(grid.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % shards
