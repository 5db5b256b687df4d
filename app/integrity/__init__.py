"""The search for signs of interference: alerts that may be one, and every station's day once it is over."""
