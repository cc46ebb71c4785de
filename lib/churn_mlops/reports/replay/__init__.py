"""The page of a replay, and the same in short for the terminal."""

from churn_mlops.reports.replay.page import newest_replay, write_page
from churn_mlops.reports.replay.text import text

__all__ = ["newest_replay", "text", "write_page"]
