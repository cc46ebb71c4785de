"""The process that tells an MLflow server of a version: FOLDER SECONDS. Its last line is what came of it, as JSON."""

import json
import sys
import time
from pathlib import Path


def main(folder: str, seconds: str) -> None:
    """Publish the version in a folder; trials until two thirds of the time are over."""
    begun = time.monotonic()
    try:
        from mlflow.tracking.client import MlflowClient
    except ImportError as error:
        print(json.dumps({"missing": str(error)}))
        return
    from churn_mlops.pipelines.tracking.record import read_record
    from churn_mlops.pipelines.tracking.server import publish

    try:
        told = publish(MlflowClient(), read_record(Path(folder)), begun + float(seconds) * 2 / 3)
    except Exception as error:
        told = {"error": _first(error)}
    print(json.dumps(told))


def _first(error: BaseException) -> str:
    """The error; of a connection that failed only what that came from, which the client wraps into a page of text."""
    seen = [error]
    while (cause := seen[-1].__cause__ or seen[-1].__context__) and cause not in seen:
        seen.append(cause)
    told = seen[-1] if isinstance(seen[-1], OSError) else error
    return f"{type(told).__name__}: {told}"


if __name__ == "__main__":
    main(*sys.argv[1:])
