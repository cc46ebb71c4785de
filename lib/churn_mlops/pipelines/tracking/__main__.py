"""The process that tells an MLflow server something. Its last line is what came of it, as JSON.

`run FOLDER SECONDS`: of the run in the folder of a version, and of how the models of its dataset stand.
`models RUNS DATASET SECONDS`: of how they stand alone.
"""

import json
import sys
import time
from pathlib import Path


def main(what: str, *told: str) -> None:
    """Tell what was asked for; trials until two thirds of the time are over."""
    deadline = time.monotonic() + float(told[-1]) * 2 / 3
    try:
        from mlflow.tracking.client import MlflowClient
    except ImportError as error:
        print(json.dumps({"missing": str(error)}))
        return
    try:
        answer = _TELLING[what](MlflowClient(), deadline, *told[:-1])
    except Exception as error:
        answer = {"error": _first(error)}
    print(json.dumps(answer))


def _tell_run(client, deadline: float, folder: str) -> dict:
    from churn_mlops.archive.files import read_json
    from churn_mlops.archive.versions import MANIFEST
    from churn_mlops.pipelines.tracking.record import read_record
    from churn_mlops.pipelines.tracking.server import publish

    path = Path(folder)
    told = publish(client, read_record(path), deadline)
    dataset = read_json(path / MANIFEST)["dataset"]
    try:
        return told | _tell_models(client, deadline, str(path.parent), dataset, path.name)
    except Exception as error:  # the run is there all the same
        return told | {"models": [_first(error)]}


def _tell_models(client, deadline: float, runs: str, dataset: str, version: str = "") -> dict:
    from churn_mlops.pipelines.tracking.mirror import mirror

    return {"models": mirror(client, Path(runs), dataset, deadline, version)}


_TELLING = {"run": _tell_run, "models": _tell_models}


def _first(error: BaseException) -> str:
    """The error; of a connection that failed only what that came from, which the client wraps into a page of text."""
    seen = [error]
    while (cause := seen[-1].__cause__ or seen[-1].__context__) and cause not in seen:
        seen.append(cause)
    told = seen[-1] if isinstance(seen[-1], OSError) else error
    return f"{type(told).__name__}: {told}"


if __name__ == "__main__":
    main(*sys.argv[1:])
