"""What a replay comes to: what each policy earned, what it noticed, and which of them to take."""

from churn_mlops.monitoring.replaying.comparing import compare

__all__ = ["compare"]
