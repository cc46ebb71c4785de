"""The settings of a replay, from the notebooks, the dataset's definition and the policy file."""

from dataclasses import asdict, fields

from churn_mlops.config import Config
from churn_mlops.config.replaying import Replaying
from churn_mlops.pipelines.parameters import plan_declared, read_declared
from churn_mlops.pipelines.project import Project
from churn_mlops.pipelines.replay.settings import DECLARED, Settings


def settings_of(project: Project, config: Config, replaying: Replaying) -> Settings:
    """What the notebooks and the definition say, and the budget of the replay; raises ConfigError as a run does."""
    declared = read_declared(project.stages, project.notebooks)
    planned = plan_declared(project.stages, declared, config, [])
    told = {name: one.default for stage in DECLARED for name, one in declared.get(stage, {}).items()}
    for stage in project.stages:
        told |= planned[stage.name] if stage.key in DECLARED else {}
    told |= {name: value for name, value in asdict(replaying).items() if name != "changes"}
    return Settings(**{field.name: told[field.name] for field in fields(Settings) if field.name in told})
