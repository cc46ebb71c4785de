"""Alerts at work: put on record, acknowledged, sent, told to whoever asks."""
