"""Which values of a reading passed quality control, as pieces of SQL for whoever means over them."""

from models.enums import POLLUTANTS

PASSED = ", ".join(
    f"r.{p}, r.{p} IS NOT NULL AND NOT coalesce('{p}' = ANY(f.bad), false) AS passed_{p}" for p in POLLUTANTS
)
"""Each pollutant of `reading r` with whether it is there and passed; wants `FLAGS` joined."""
FLAGS = """
LEFT JOIN LATERAL (
  SELECT array_agg(g.pollutant) AS bad FROM reading_flag g
   WHERE g.station_id = r.station_id AND g.observed_at = r.observed_at AND g.level <> 2
) f ON true
"""
"""By reading, the pollutants whose flag is another than "not judged": these speak for no mean."""
