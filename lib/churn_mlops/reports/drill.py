"""The page of a drill: what was played, whether it was noticed, by which check, and what the operator reads."""

from pathlib import Path

from churn_mlops.reports import page


def render_drill(path: Path, answer: dict) -> None:
    """Write the page of a drill from what its drill.json holds."""
    rows = [{**incident, "told": incident["told"].splitlines()} for incident in answer["incidents"]]
    missed = [incident["title"] for incident in answer["incidents"] if not incident["detected"]]
    page.write(path, page.render("drill.html.j2", drill=answer, rows=rows, missed=missed))
