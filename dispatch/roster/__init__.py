"""Who is on duty: turns out of rotations, overrides, absences and duties, kept by the database as one timeline."""
