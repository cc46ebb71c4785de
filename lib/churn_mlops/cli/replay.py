"""`replay`: would a policy have paid? One's own history, month by month, under several policies."""

import json
import sys
import time
from pathlib import Path

import click

from churn_mlops.cli.options import answering, shown


@click.command()
@click.option("--policy", metavar="FILE", help="Policies, like configs/policy.toml. Default: those built in.")
@click.option("--config", metavar="FILE", help="Dataset definition. Default: configs/simulator.toml.")
@click.option("--data", default="", metavar="FILE", help="The data, in place of the source in the definition.")
@click.option("--from", "first", default="", metavar="DAY", help="First month replayed, like 2026-01-01.")
@click.option("--to", "last", default="", metavar="DAY", help="Last month replayed.")
@click.option(
    "--scheduler", default="", envvar="CHURN_SCHEDULER", metavar="URL", help="Dask scheduler, tcp://HOST:PORT."
)
@answering
def replay(project, policy, config, data, first, last, scheduler, as_json):
    """Go through the history month by month with what was known on each day, under each policy, and count.

    Changes nothing but runs/replays/ and a cache. One that was stopped goes on where it was.
    """
    from churn_mlops.pipelines.replay.asking import Asked, replay_history

    begun = time.monotonic()

    def tell(line: str) -> None:
        print(f"[{time.monotonic() - begun:6.1f} s] {line}", file=sys.stderr, flush=True)

    asked = Asked(policy and Path(policy), config and Path(config), data, first, last, scheduler)
    done = replay_history(project, asked, tell)
    if as_json:
        print(json.dumps(done.answer, indent=2))
        return
    print(f"\n{done.text}\n\n  Replay  {shown(done.page)}")
