"""Files of sources 一企一档, the quarterly sweep and the yearly list of key sources (R14; annex 1 art. 16, 20)."""
