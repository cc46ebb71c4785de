"""The world moves, or is told wrongly: what monitoring and rollback are for."""

from churn_mlops.archive.versions import versions
from churn_mlops.monitoring.alerts import INPUTS_MOVED, PERFORMANCE_FELL
from churn_mlops.pipelines.drill.data import CALM, RISE, UNITS, WRONG
from churn_mlops.pipelines.drill.incident import Incident, Outcome
from churn_mlops.pipelines.drill.scene import Scene


def false_alarms(scene: Scene) -> Outcome:
    """The team calls three times as many customers in vain."""
    ran = scene.run(UNITS)
    alert = _alert(scene, PERFORMANCE_FELL, "false alarms")
    return Outcome(
        alert is not None,
        "From four snapshots ago on, a new customer system reports hours of use for minutes and years for months.",
        f"06_monitor: alert `{PERFORMANCE_FELL}`, precision of those contacted",
        "in the first run for which a month with its labels is in: 30 days after it",
        alert or "No alert about it.",
        ran.command,
        ran.seconds,
    )


def drift(scene: Scene) -> Outcome:
    """Prices rise by a quarter."""
    ran = scene.run(RISE)
    alert = _alert(scene, INPUTS_MOVED, "`price`")
    return Outcome(
        alert is not None,
        "The same business, in which every plan costs a quarter more since last month.",
        f"06_monitor: alert `{INPUTS_MOVED}`",
        "in the first run on a snapshot from after the rise; no label is needed",
        alert or "No alert about it.",
        ran.command,
        ran.seconds,
    )


def bad_model(scene: Scene) -> Outcome:
    """A model that passed its gates and was approved turns out to be wrong, and goes back."""
    good = scene.champion()
    scene.run(WRONG)
    bad = versions(scene.runs)[0]
    scene.serve(bad)
    scene.run(CALM)
    alert = _alert(scene, PERFORMANCE_FELL, "")
    back = scene.command("rollback", "--reason", "it finds the loyal ones")
    again = scene.command("promote", bad)
    return Outcome(
        alert is not None and not back.code and bool(again.code) and scene.champion() == good,
        'A model was trained on an export that takes "renewed" for "left", passed all gates and was approved; then the '
        "export was put right, and a successor waits for its approval.",
        f"06_monitor: alert `{PERFORMANCE_FELL}`; rollback; and promote, which does not let it come back",
        f"in the first run after the first right labels; the rollback took {back.seconds:.1f} s",
        f"{alert or 'No alert about it.'}\n{back.line('champion')}\n{again.line('error')}",
        back.command,
        back.seconds,
    )


def _alert(scene: Scene, name: str, word: str) -> str | None:
    """The message of an open alert of that name with a word in it."""
    found = [a["message"] for a in scene.alerts() if a["name"] == name and word in a["message"]]
    return found[0] if found else None


WORLD = (
    Incident("false alarms", "False alarms tripled", false_alarms),
    Incident("bad model", "A bad model to be rolled back", bad_model),
    Incident("drift", "Drift after a price rise", drift),
)
