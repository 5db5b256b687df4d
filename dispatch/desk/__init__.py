"""The desk where duty officers sit, and how one shift takes over from another 交接班."""
