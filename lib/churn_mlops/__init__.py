"""Notebooks that a business can run on: churn prediction from data to a monitored champion."""

__version__ = "0.1.0"
