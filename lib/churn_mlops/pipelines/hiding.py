"""Secrets kept from the disk: everything that a run writes of itself passes here first."""

import os
from dataclasses import asdict, replace
from pathlib import Path

from churn_mlops.archive.secrets import Redactor, find_secrets
from churn_mlops.pipelines.execution import Failure, Outcome

SECRET_WRITTEN = 4  # exit code of a stage that has put a secret into an artifact: what it made must not be used


class Hiding:
    """The secrets of one run: of the environment, of `.env` beside pipeline.py, and of the stages' parameters.

    `names` are further variables that hold one, as those of the channels that the definition names.
    """

    def __init__(self, root: Path, parameters: dict[str, dict], names: tuple[str, ...] = ()):
        known = dict(os.environ)
        for values in parameters.values():
            known |= {name: value for name, value in values.items() if isinstance(value, str)}
        self.redactor = Redactor(find_secrets(known, root / ".env", names))
        self.text, self.value = self.redactor.text, self.redactor.value

    def outcome(self, outcome: Outcome, artifacts: Path, outputs) -> Outcome:
        """The outcome without secrets; failed, and the file removed, where a stage has put one into an artifact."""
        self.redactor.notebook(outcome.notebook)
        failure = outcome.failure and Failure(**self.value(asdict(outcome.failure)))
        for name in outputs:
            found = self.redactor.find_in_file(artifacts / name)
            if found:
                (artifacts / name).unlink(missing_ok=True)
                failure = failure or _written(outcome, name, found)
        return replace(outcome, failure=failure)


def _written(outcome: Outcome, name: str, found: list[str]) -> Failure:
    message = (
        f"stage {outcome.stage.name}: its artifact `{name}` held {', '.join(found)}; no secret may stand in "
        "the archive, so the file was removed. Cure: leave that value out of what the notebook writes."
    )
    return Failure(outcome.stage.name, None, "SecretWritten", message, "", SECRET_WRITTEN)
