"""What levels 3 and 4 report upward, and what is decided about it (annex 1 art. 7, 8, 18)."""
