"""The prediction log: what was asked and answered, as Parquet in the archive."""

from churn_mlops.serving.log.entry import Entry, new_id
from churn_mlops.serving.log.files import LogFile, log_folder
from churn_mlops.serving.log.writer import LogFull, LogWriter

__all__ = ["Entry", "LogFile", "LogFull", "LogWriter", "log_folder", "new_id"]
