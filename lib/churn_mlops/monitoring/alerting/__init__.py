"""Alerts over time: one a cause, opened and ended with patience, told through channels, counted for Prometheus."""
