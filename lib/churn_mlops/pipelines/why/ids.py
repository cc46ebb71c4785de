"""Ids of predictions: `VERSION/CUSTOMER` for one of a run's list, `p` and 32 hexadecimal digits for one of the service.

A version begins with a digit and holds no `/`, so what stands after the first one is the customer, whatever is in it.
"""

import re
from typing import NamedTuple

from churn_mlops.archive.versions import is_version
from churn_mlops.errors import ConfigError

_SERVED = re.compile(r"p[0-9a-f]{32}")


class Listed(NamedTuple):
    """A row of the list of scores that a run has made."""

    version: str
    customer: str


def parse(text: str) -> Listed | str:
    """What an id names; that of the service as it is. Raises ConfigError for one that is spelled otherwise."""
    if _SERVED.fullmatch(text):
        return text
    version, slash, customer = text.partition("/")
    if is_version(version) and slash and customer:
        return Listed(version, customer)
    raise ConfigError(
        f"prediction `{text}`: expected VERSION/CUSTOMER, with the whole version, or `p` and 32 hexadecimal digits. "
        "Cure: python pipeline.py why --customer ID lists the predictions of a customer."
    )


def listed(version: str, customer: str) -> str:
    """The id of a row of a run's list."""
    return f"{version}/{customer}"
