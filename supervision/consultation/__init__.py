"""The daily consultation 每日会商 (body §3(五)): the air of units day by day, what to watch, which way to control."""
