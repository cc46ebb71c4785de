"""Where the tables of a dataset come from: files, folders, databases, or the simulator. Nothing is loaded at once."""

from churn_mlops.data.sources.locating import check_location, locate
from churn_mlops.data.sources.opening import TABLE, open_source
from churn_mlops.data.sources.places import name_of, relative_to
from churn_mlops.data.sources.source import Source, file_rows

__all__ = [
    "TABLE",
    "Source",
    "check_location",
    "file_rows",
    "locate",
    "name_of",
    "open_source",
    "relative_to",
]
