"""Replay: policies of retraining, gone through month by month on one's own history, as if each day were today."""
