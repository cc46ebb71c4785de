"""The pages that people read, one a stage, one a run, one over all runs: single files that run and load nothing."""

from churn_mlops.reports.archive import render_archive
from churn_mlops.reports.grid import render_grid
from churn_mlops.reports.run import render_run
from churn_mlops.reports.stage import render_not_run, render_stage

__all__ = ["render_archive", "render_grid", "render_not_run", "render_run", "render_stage"]
