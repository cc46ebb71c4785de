"""The settings of a run, typed: a dataset definition and the parameters of the stages, from one TOML file."""

from churn_mlops.config.definition import (
    ASSUMPTIONS,
    COLUMN_TYPES,
    SIMULATOR,
    Column,
    Dataset,
    Definition,
    Money,
    Reading,
)
from churn_mlops.config.events import Events, named_columns
from churn_mlops.config.offers import Offers
from churn_mlops.config.reading import read_alert_rules, read_config, read_policy, read_retrain_rules, read_schedule
from churn_mlops.config.settings import JOBS, AlertRules, Config, Hooks, Limits, Policy, RetrainRules, Schedule
from churn_mlops.config.stakes import misnamed
from churn_mlops.config.typed import nearest

__all__ = [
    "ASSUMPTIONS",
    "COLUMN_TYPES",
    "JOBS",
    "SIMULATOR",
    "AlertRules",
    "Column",
    "Config",
    "Dataset",
    "Definition",
    "Events",
    "Hooks",
    "Limits",
    "Money",
    "Offers",
    "Policy",
    "Reading",
    "RetrainRules",
    "Schedule",
    "misnamed",
    "named_columns",
    "nearest",
    "read_alert_rules",
    "read_config",
    "read_policy",
    "read_retrain_rules",
    "read_schedule",
]
