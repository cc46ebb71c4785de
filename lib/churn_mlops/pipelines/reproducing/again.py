"""The process that runs a version again, in the folder that `laying` has made: python -m, with that source's library.

It answers on standard output with the version that it made. Hooks and tracking servers are not told of it.
"""

import json
import os
import runpy
import sys
from dataclasses import replace
from pathlib import Path

ANSWER = "again: "  # begins the line that answers


def main(folder: Path, order: dict) -> int:
    """Run it, whatever comes of it an experiment; the exit code is that of the run."""
    from churn_mlops.archive.moment import VARIABLE

    os.environ[VARIABLE] = json.dumps(order["moment"])
    from churn_mlops.pipelines.interruption import end_with_parent
    from churn_mlops.pipelines.progress import make_progress
    from churn_mlops.pipelines.project import Project
    from churn_mlops.pipelines.request import wanted_stages
    from churn_mlops.pipelines.runner import run

    end_with_parent()
    stages = runpy.run_path(str(folder / "pipeline.py"), run_name="pipeline")["STAGES"]
    request = _request(folder, order)
    progress = make_progress(len(wanted_stages(stages, request)))
    result = run(Project(folder, folder / "runs", stages), request, progress)
    print(ANSWER + json.dumps({"version": result.version}), flush=True)
    return result.exit_code


def _request(folder: Path, order: dict):
    from churn_mlops.config import SIMULATOR, read_config
    from churn_mlops.data.asof import as_known
    from churn_mlops.pipelines.plan import locate_data
    from churn_mlops.pipelines.request import Request

    config = read_config(folder / order["config"])
    config = replace(config, definition=as_known(config.definition, order["as_of"]))
    data = str(folder / order["data"]) if order["data"] else ""
    request = Request(config, data, "", order["parameters"], force=True, last=order["last"], experiment=True)
    return locate_data(request) if data or config.definition.dataset.source == SIMULATOR else request


if __name__ == "__main__":
    here = Path.cwd()
    try:
        sys.exit(main(here, json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))))
    except Exception as error:
        from churn_mlops.errors import ChurnError

        if not isinstance(error, ChurnError):
            raise
        print(f"error: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
