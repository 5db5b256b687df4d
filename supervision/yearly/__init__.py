"""What each grid does once a year: plan, responsibility letter, training, summary (R18; annex 1 art. 17, 21, 22)."""
