"""The reasons of a prediction of the service: computed anew, by the archived model from the request in the log."""

import json
from pathlib import Path

from churn_mlops.errors import ChurnError

NEAR = 1e-6  # between the probability that was answered, maybe by a faster engine, and the model's own


def explain_served(artifacts: Path, entry: dict) -> tuple[list[dict], str | None]:
    """The three strongest reasons, and why there are none where they would not be those of what was answered."""
    if not artifacts.is_dir():
        return [], f"the run of the model that answered, {entry['version']}, is gone from the archive"
    try:
        row = json.loads(entry["request"] or "")
        if not isinstance(row, dict):
            raise ValueError("it is no object")
    except ValueError as error:
        return [], f"the log does not hold the request as JSON: {error}"
    try:
        return _explain(artifacts, row, entry)
    except (ChurnError, OSError, KeyError) as error:
        return [], str(error)


def _explain(artifacts: Path, row: dict, entry: dict) -> tuple[list[dict], str | None]:
    import pandas as pd

    from churn_mlops.models.explaining import reasons
    from churn_mlops.models.predictor import load_predictor
    from churn_mlops.pipelines.why.scores import reasons_of

    predictor = load_predictor(artifacts)
    if predictor.digest != entry["digest"]:
        return [], f"the archive has model {predictor.digest[:12]}, and {entry['digest'][:12]} answered"
    asked = pd.DataFrame([row]).reindex(columns=predictor.signature.names)
    probability = float(predictor.predict(asked)[0])
    if not abs(probability - entry["probability"]) <= NEAR:
        seen = f"{probability:.6f} of the request in the log, and {entry['probability']:.6f} was answered"
        return [], f"the model makes {seen}"
    return reasons_of(reasons(predictor.model, predictor.signature, asked).iloc[0].to_dict()), None
