"""`gc`: what no kept run needs, shown, and freed when told so."""

import sys

import click

from churn_mlops.cli.options import answering, show


@click.command()
@click.option("--keep", "rules", multiple=True, metavar="RULE", help="Runs that stay; may be repeated. See above.")
@click.option("--yes", is_flag=True, help="Do it without asking.")
@answering
def gc(project, rules, yes, as_json):
    """Free what no kept run needs; shows first what that is.

    \b
    --keep 10         the 10 newest runs of each dataset; experiments
                      do not count, and stay if they are as new
    --keep 90d        runs of the last 90 days
    --keep champions  every run that was ever champion
    --keep VERSION    a run: its id, the beginning of one, latest,
                      champion:DATASET

    Repeated, each keeps its own. --keep 0 keeps nothing by itself; without --keep every run stays, and only what
    belongs to none goes. The champion of each dataset, the one before it, and a run that may still become champion
    always stay. Only --yes, or a typed yes in a terminal, removes anything.
    """
    from churn_mlops.pipelines.garbage.collecting import collect, make_plan
    from churn_mlops.pipelines.garbage.text import describe, plan_text

    plan = make_plan(project.runs, rules)
    if plan.empty or not (yes or _asks(as_json)):
        show(describe(plan, False) if as_json else plan_text(plan, False), as_json, str)
        if not (plan.empty or as_json):
            print("Nothing was removed. Cure: --yes removes it.")
        return
    if not yes:
        print(plan_text(plan, False))
        if click.prompt("Type yes to remove it", default="", show_default=False).strip().lower() != "yes":
            print("Nothing was removed.")
            return
    done = collect(project.runs, plan)
    show(describe(done, True) if as_json else plan_text(done, True) if yes else "Removed.", as_json, str)


def _asks(as_json: bool) -> bool:
    return not as_json and sys.stdin.isatty() and sys.stdout.isatty()
