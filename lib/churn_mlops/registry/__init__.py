"""Which model serves, since when, and what stood between it and that: gates, decision, champion pointer."""
