"""The snapshot in memory says what the database said at its last refresh."""

from sqlalchemy import update

from app.database import Sessions, transaction
from app.registry import default_registry_text
from app.registry.directory import Directory
from app.registry.load import load_text
from models.registry import Station
from tests.fakes import START as NOW

MORE = """
grids: [{code: "V1", name: 示范村, level: 4, parent: "652302101"}]
stations:
  - {code: T1, name: 镇站, grid: "652301100", lon: 87.3, lat: 44.0, kind: micro, secret: t1-secret}
  - {code: V1, name: 村站, grid: V1, lon: 87.9, lat: 44.1, kind: micro, cadence_s: 300}
  - {code: Z1, name: 州站, grid: "652300", lon: 87.3, lat: 44.0, kind: reference}
"""


async def filled(sessions: Sessions) -> Directory:
    for text in (default_registry_text(), MORE):
        async with transaction(sessions) as session:
            parsed, _ = await load_text(session, text, "r.yaml", now=NOW, author="test")
        assert parsed.faults == ()
    directory = Directory()
    async with sessions() as session:
        await directory.refresh(session)
    return directory


def test_it_is_empty_at_first() -> None:
    directory = Directory()
    assert (directory.stations, directory.grids, directory.credentials) == ((), (), [])
    assert (directory.station("S1"), directory.grid(1), directory.level2(1)) == (None, None, None)
    assert directory.subtree(1) == frozenset()


async def test_a_station_belongs_to_the_level_2_grid_above_it(sessions: Sessions) -> None:
    directory = await filled(sessions)
    answering = {}
    for code in ("WZ-652301-001", "T1", "V1", "Z1"):
        station = directory.station(code)
        assert station is not None
        assert directory.station_by_id(station.id) is station
        assert directory.grid_by_code(station.grid_code) == directory.grid(station.grid_id)
        answering[code] = (station.grid_code, station.cadence_s)
    assert answering == {
        "WZ-652301-001": ("652301", 150),
        "T1": ("652301", 60),
        "V1": ("652302", 300),
        "Z1": ("652300", 60),
    }


async def test_the_tree_is_known_downwards_and_upwards(sessions: Sessions) -> None:
    directory = await filled(sessions)
    prefecture, county, village, park = (
        grid for code in ("652300", "652302", "V1", "6523ZD") if (grid := directory.grid_by_code(code))
    )
    assert len(directory.subtree(prefecture.id)) == len(directory.grids) == 117
    below = {grid.code for grid in directory.grids if grid.id in directory.subtree(county.id)}
    assert {"652302", "652302101", "V1"} <= below
    assert "652301" not in below
    assert directory.subtree(village.id) == {village.id}
    assert directory.level2(village.id) == directory.level2(county.id) == county
    assert directory.level2(prefecture.id) is None
    assert (park.kind, park.parent_id, park.level) == ("park", prefecture.id, 2)


async def test_only_stations_with_a_secret_may_sign_in(sessions: Sessions) -> None:
    codes = [code for code, _ in (await filled(sessions)).credentials]
    assert "T1" in codes
    assert not {"V1", "Z1", "2690A"} & set(codes)
    assert len(codes) == 21


async def test_a_retired_station_is_gone_after_the_next_refresh(sessions: Sessions) -> None:
    directory = await filled(sessions)
    async with transaction(sessions) as session:
        await session.execute(update(Station).where(Station.code == "T1").values(retired_at=NOW))
    assert directory.station("T1") is not None
    async with sessions() as session:
        await directory.refresh(session)
    assert directory.station("T1") is None
    assert "T1" not in {station.code for station in directory.stations}
    assert "T1" not in {code for code, _ in directory.credentials}
