"""Who has to answer in a county and does not, and its lists as filed and published (R1; annex 1 art. 5, 11–15, 19)."""
