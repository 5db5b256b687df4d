"""What months in a row bring upon a unit (R11): proposed with article and counts, never done by itself."""
