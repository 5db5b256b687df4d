"""How the stations are divided among the shards of the intake: by their level-2 grid, the same in every process."""

import hashlib

from app.registry.directory import Directory
from models.facts import StationInfo


def shard_of(grid: str, shards: int) -> int:
    """The shard that a grid's messages belong to, 0 to `shards` - 1; depends on nothing but the two."""
    # Codes of neighbours differ in one digit: a checksum would put them together.
    digest = hashlib.blake2b(grid.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % shards


def of_shard(directory: Directory, shard: int, shards: int) -> list[StationInfo]:
    """The stations of a shard, by code."""
    return [station for station in directory.stations if shard_of(station.grid_code, shards) == shard]
