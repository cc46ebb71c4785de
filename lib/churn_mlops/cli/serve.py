"""`serve`: the champion behind HTTP."""

import click

from churn_mlops.cli.options import dataset_option, debug_option, pass_project, runs_option
from churn_mlops.errors import ConfigError


@click.command()
@click.option("--host", default="127.0.0.1", help="Address to answer on. Another than this machine's needs keys.")
@click.option("--port", default=8000, type=click.IntRange(0, 65535), help="0: one that is free.")
@click.option("--workers", default=1, type=click.IntRange(1, 256), help="Processes that answer.")
@click.option("--quiet", is_flag=True, help="No line a request.")
@dataset_option
@runs_option
@debug_option
@pass_project
def serve(project, host, port, workers, quiet, dataset):
    """Answer for the champion: POST /predict, a page at /, and what it is at /model."""
    from churn_mlops.pipelines.governance.asking import chosen_dataset
    from churn_mlops.registry.auditing import audited_datasets
    from churn_mlops.serving.http.keys import VARIABLE, check_host, read_keys
    from churn_mlops.serving.http.running import Settings, bind, without_extra
    from churn_mlops.serving.http.running import serve as run

    if lacking := without_extra():
        raise ConfigError(f"serve: {lacking}")
    if not audited_datasets(project.runs):
        raise ConfigError(
            "serve: there is no model yet. Cure: python pipeline.py makes one, which may become champion."
        )
    keys = read_keys()
    check_host(host, keys)
    settings = Settings(str(project.runs), chosen_dataset(project.runs, dataset), keys, quiet=quiet)
    try:
        bound = bind(host, port)
    except OSError as error:
        raise ConfigError(f"--host {host} --port {port}: {error.strerror}. Cure: --port 0 takes a free one.") from None
    address = f"http://{f'[{host}]' if ':' in host else host}:{bound.getsockname()[1]}/"
    whom = f"{len(keys)} key{'s' * (len(keys) > 1)}" if keys else f"this machine alone, because {VARIABLE} is not set"
    print(f"{settings.dataset}: {address} for {whom}. Ctrl-C ends it.", flush=True)
    run(settings, bound, workers)
