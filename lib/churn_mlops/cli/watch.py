"""`watch`: monitor, score and retrain at the times of the schedule; `--once` for a scheduler, `--show` for people."""

import sys
from pathlib import Path

import click

from churn_mlops.cli.options import answering, show


@click.command()
@click.option("--config", "configs", multiple=True, metavar="FILE", help="A definition to watch; may be given again.")
@click.option("--once", is_flag=True, help="Do what is due now and end; 1 if any of it failed. For cron.")
@click.option("--show", "showing", is_flag=True, help="Show what is due when and what was done last; do nothing.")
@answering
def watch(project, configs, once, showing, as_json):
    """Do each job of [schedule] at its times, until Ctrl-C or SIGTERM. One watcher an archive.

    Without --config: every definition in configs/ that has times. A due time is done once, whatever is killed when; of
    several that were missed the newest is made up for.
    """
    from churn_mlops.pipelines.timetable.describing import describe_watch
    from churn_mlops.pipelines.timetable.finding import find_tables
    from churn_mlops.pipelines.timetable.text import watch_text

    tables = find_tables(project, [Path(config) for config in configs])
    if showing:
        show(describe_watch(project.runs, tables), as_json, watch_text)
        return
    sys.exit(_watch(project, tables, once))


def _watch(project, tables, once: bool) -> int:
    from churn_mlops.pipelines.interruption import interruptible
    from churn_mlops.pipelines.timetable.finding import check_champions
    from churn_mlops.pipelines.timetable.holding import holding
    from churn_mlops.pipelines.timetable.watcher import Watcher, speak

    check_champions(project.runs, tables)
    with holding(project.runs, once) as held:
        watcher = Watcher(project, tables, held, speak)
        with interruptible(watcher.child.stop):
            if not once:
                speak(f"watching {', '.join(table.dataset for table in tables)}; `watch --show` says what is due when")
            return watcher.run(once)
