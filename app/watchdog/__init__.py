"""The service looks at itself each minute: what is late, missing or stopped, told once when it begins and ends."""
