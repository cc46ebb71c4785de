"""The champion behind `mlflow models serve`: the same fitted object, in a virtual environment of the benchmark's own.

Full mlflow wants an older pyarrow than we use, so it cannot stand in ours; mlflow-skinny, which can, saves the model.
"""

import os
import subprocess
from importlib.metadata import version
from pathlib import Path

from churn_mlops.models.persistence import TRUSTED
from churn_mlops.models.predictor import load_predictor

SAME = ("numpy", "pandas", "scikit-learn", "lightgbm", "skops")  # in the versions that have trained the model
QUIET = {"MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true", "GIT_PYTHON_REFRESH": "quiet"}


def install(folder: Path) -> Path:
    """Make the environment; returns its Python."""
    wanted = [f"mlflow=={version('mlflow-skinny')}", *(f"{name}=={version(name)}" for name in SAME)]
    subprocess.run(["uv", "venv", "--quiet", folder], check=True)
    python = folder / "bin" / "python"
    subprocess.run(["uv", "pip", "install", "--quiet", "--python", python, "--compile-bytecode", *wanted], check=True)
    return python


def save(artifacts: Path, folder: Path) -> None:
    """Write the fitted object as an MLflow model whose predict gives probabilities."""
    os.environ.update(QUIET)
    import mlflow.sklearn
    from mlflow.models import infer_signature

    predictor = load_predictor(artifacts)
    rows = _first_row(artifacts, predictor)
    mlflow.sklearn.save_model(
        predictor.model,
        folder,
        signature=infer_signature(rows, predictor.model.predict_proba(rows)),
        pyfunc_predict_fn="predict_proba",
        serialization_format="skops",
        skops_trusted_types=list(TRUSTED),
        pip_requirements=[],
    )


def serve_command(python: Path, folder: Path, port: int, library: Path) -> tuple[list, dict]:
    """How it is started, and with what environment: one worker, the library for the model's own classes."""
    command = [python, "-m", "mlflow", "models", "serve", "--model-uri", folder, "--port", port, "--workers", 1]
    return [*command, "--env-manager", "local"], {**QUIET, "PYTHONPATH": library}


def request_of(artifacts: Path, request: dict) -> dict:
    """The request as MLflow takes it, conformed by us: its gaps are what the model was trained with."""
    import pandas as pd

    from churn_mlops.features.signature import conform

    row = conform(pd.DataFrame([request]), load_predictor(artifacts).signature)
    return {"dataframe_split": json_ready(row)}


def json_ready(row) -> dict:
    """One row as columns and values, gaps in numbers as null."""
    values = [None if value != value else value for value in row.iloc[0].tolist()]
    return {"columns": list(row), "data": [values]}


def _first_row(artifacts: Path, predictor):
    import pandas as pd

    from churn_mlops.archive.files import read_json
    from churn_mlops.features.signature import conform

    return conform(pd.DataFrame([read_json(artifacts / "example.json")["request"]]), predictor.signature)
