"""Where the tables of a dataset come from: files, folders, databases, or the simulator. Nothing is loaded at once."""

from churn_mlops.data.sources.locating import locate
from churn_mlops.data.sources.opening import TABLE, open_source
from churn_mlops.data.sources.source import Source, file_rows

__all__ = ["TABLE", "Source", "file_rows", "locate", "open_source"]
