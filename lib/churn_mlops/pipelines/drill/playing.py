"""The whole drill: set a champion up once, play every incident on a copy of its own, say what was noticed."""

import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from churn_mlops.archive.versions import now, versions
from churn_mlops.errors import ChurnError
from churn_mlops.pipelines.drill.data import CALM, DEFINITION, make_data
from churn_mlops.pipelines.drill.incident import Incident, Outcome
from churn_mlops.pipelines.drill.people import PEOPLE
from churn_mlops.pipelines.drill.scene import Scene, lay_out
from churn_mlops.pipelines.drill.silence import SILENCE
from churn_mlops.pipelines.drill.tampering import TAMPERING
from churn_mlops.pipelines.drill.world import WORLD

_ORDER = (
    *("no run", "old data", "swapped model", "false alarms", "author gone", "unapproved"),
    *("bad model", "edited report", "drift"),
)
INCIDENTS = tuple(
    sorted((*SILENCE, *TAMPERING, *PEOPLE, *WORLD), key=lambda incident: _ORDER.index(incident.key))
)  # as the story tells them
BEFORE_APPROVAL = ("unapproved",)  # played before anybody has approved the first model
SCHEMA = 1


def play(project: Path, tell: Callable[[str], None] = lambda line: None) -> dict:
    """Play all incidents on copies of a project, which is not touched itself; the answer as JSON values.

    Raises DrillError where not even a first champion can be had.
    """
    begun, started = time.monotonic(), now()
    with tempfile.TemporaryDirectory(prefix="drill-") as folder:
        candidate, serving = set_up(project, Path(folder), tell)
        played = []
        for incident in INCIDENTS:
            stage = candidate if incident.key in BEFORE_APPROVAL else serving
            outcome = play_one(incident, stage, Path(folder) / incident.key.replace(" ", "_"))
            played.append({"key": incident.key, "title": incident.title, **asdict(outcome)})
            tell(f"{'detected' if outcome.detected else 'MISSED  '}  {incident.title}")
    return {
        "schema": SCHEMA,
        "started": started,
        "seconds": round(time.monotonic() - begun, 1),
        "incidents": played,
        "detected": sum(incident["detected"] for incident in played),
        "of": len(played),
    }


def set_up(project: Path, folder: Path, tell) -> tuple[Scene, Scene]:
    """A scene with a model that waits for approval, and one in which it serves."""
    tell("simulating a business of 3,000 customers, twice")
    candidate = lay_out(project, folder / "candidate", DEFINITION)
    make_data(candidate)
    tell("training its first model")
    candidate.run(CALM)
    serving = candidate.copy(folder / "serving")
    serving.serve(versions(serving.runs)[0])
    return candidate, serving


def play_one(incident: Incident, stage: Scene, folder: Path) -> Outcome:
    """Play an incident on a copy; where that fails, nothing was detected, and it is told why."""
    try:
        return incident.play(stage.copy(folder / "project"))
    except Exception as error:  # whatever it was: the other incidents are played all the same
        told = str(error) if isinstance(error, ChurnError) else f"{type(error).__name__}: {error}"
        return Outcome(False, "It could not be played to its end.", "none", "never", told, "", 0.0)


def as_text(answer: dict) -> str:
    """The answer for a reader; it ends with how many were detected."""
    lines = []
    for incident in answer["incidents"]:
        lines += [f"{'✓' if incident['detected'] else '✗'} {incident['title']}", f"    Played  {incident['played']}"]
        lines += [f"    Check   {incident['check']}", f"    When    {incident['after']}"]
        told = incident["told"].splitlines() or [""]
        lines += [f"    Told    {told[0]}", *(f"            {line}" for line in told[1:]), ""]
    return "\n".join([*lines, verdict(answer)])


def verdict(answer: dict) -> str:
    """`9 of 9 detected`."""
    return f"{answer['detected']} of {answer['of']} detected"
