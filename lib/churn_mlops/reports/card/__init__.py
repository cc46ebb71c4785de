"""The model card of a run, as HTML and as Markdown from one content."""

from churn_mlops.reports.card.rendering import render_card

__all__ = ["render_card"]
