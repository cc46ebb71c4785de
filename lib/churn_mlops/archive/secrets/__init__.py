"""Values that must not reach the disk: which they are, and their removal from all that a run writes."""

from churn_mlops.archive.secrets.finding import Secret, find_secrets, is_secret_name, worth_hiding
from churn_mlops.archive.secrets.redactor import Redactor

__all__ = ["Redactor", "Secret", "find_secrets", "is_secret_name", "worth_hiding"]
