"""Static checks of the list of stages and of the notebooks: before any kernel, in a tenth of a second."""

from churn_mlops.pipelines.checking.door import check_project
from churn_mlops.pipelines.checking.findings import Finding, as_text, describe

__all__ = ["Finding", "as_text", "check_project", "describe"]
