"""Summary analysis 总结分析 of single orders: the facts, the draft made from them."""
