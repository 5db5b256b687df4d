"""What the level above does with a report, and what follows when it was not put right.

`policy`, `rules`, `sample` and `recurrence` are pure; the services `reviews`, `verdicts`, `spot_checks` and
`candidates` take a session and `now`, and give facts.
"""
