"""Incidents that need no training, played on a published run: the real commands tell, and without them nothing does."""

from pathlib import Path

import pytest
from tests.registry.published import publish

from churn_mlops.errors import DrillError
from churn_mlops.pipelines.drill import people, playing, silence, tampering
from churn_mlops.pipelines.drill.data import CALM, DEFINITION
from churn_mlops.pipelines.drill.incident import Incident
from churn_mlops.pipelines.drill.scene import ANN, DATASET, lay_out

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
FILES = {"artifacts/baselines.skops": b"another model", "index.html": b"<p>profit 7,042 EUR</p>"}
DATES = {"started": "2026-11-01T03:00:00Z", "finished": "2026-11-01T03:01:00Z"}
CODE = {"git_commit": None, "git_dirty": False, "library": "0" * 64}
PLAIN = (
    "from pathlib import Path\n\nfrom churn_mlops.cli import main\n\n{}\n\n"
    'if __name__ == "__main__":\n    main((), root=Path(__file__).resolve().parent)\n'
)
OFF = {
    "verification": "import churn_mlops.registry.verify as v; v.verify = lambda runs, version=None: []",
    "the audit": "import churn_mlops.registry.auditing as a; a._pointers = a._versions = lambda *given: []",
    "the schedule": "import churn_mlops.pipelines.status.trouble as t; t._stale = lambda told: iter(())",
    "the policy": "import churn_mlops.registry.approval as a; a.NEEDED.update(one=0, two=0)",
}


def candidate(folder, off=""):
    """A scene with one published run that waits for approval; one of the checks may be switched off in it."""
    (folder / "project").mkdir()
    (folder / "project" / "pipeline.py").write_text(PLAIN.format(OFF.get(off, "")))
    scene = lay_out(folder / "project", folder / "scene", DEFINITION)
    publish(scene.runs, dataset=DATASET, author=ANN, files=FILES, code=CODE, **DATES)
    return scene


def serving(folder, off=""):
    scene = candidate(folder, off)
    scene.serve(playing.versions(scene.runs)[0])
    return scene


@pytest.mark.parametrize(
    ("incident", "told"),
    [(tampering.swapped_model, "artifacts/model.skops"), (tampering.edited_report, "index.html")],
)
def test_a_file_changed_by_hand_is_told_also_when_all_beside_it_was_made_to_fit(tmp_path, incident, told):
    outcome = incident(serving(tmp_path))
    assert outcome.detected
    first, second = outcome.told.splitlines()
    assert told in first
    assert "not the one that was registered" in second
    assert str(tmp_path) not in outcome.told


@pytest.mark.parametrize("off", ["verification", "the audit"])
def test_a_file_changed_by_hand_is_missed_where_a_check_is_off(tmp_path, off):
    assert not tampering.swapped_model(serving(tmp_path, off)).detected


def test_what_nobody_approved_is_refused_and_a_pointer_written_by_hand_is_told(tmp_path):
    scene = candidate(tmp_path)
    outcome = people.unapproved(scene)
    assert outcome.detected
    own, refused, found = outcome.told.splitlines()
    assert "self-approval does not count" in own
    assert "one person must still approve it" in refused
    assert "champion.json" in found


@pytest.mark.parametrize("off", ["the policy", "the audit"])
def test_what_nobody_approved_is_missed_where_a_check_is_off(tmp_path, off):
    assert not people.unapproved(candidate(tmp_path, off)).detected


def test_a_pipeline_that_has_not_run_for_weeks_is_told_by_status(tmp_path):
    outcome = silence.no_run(serving(tmp_path))
    assert outcome.detected
    assert "A run was due on" in outcome.told


def test_a_pipeline_that_has_not_run_for_weeks_is_missed_where_the_check_is_off(tmp_path):
    assert not silence.no_run(serving(tmp_path, "the schedule")).detected


def test_a_champion_that_cannot_be_set_up_ends_the_drill_with_the_command_and_its_words(tmp_path):
    scene = candidate(tmp_path)
    with pytest.raises(DrillError, match=r"--config configs/drill.toml --data configs/calm.csv` ended with"):
        scene.run(CALM)
    with pytest.raises(DrillError, match="did not make it the champion: error: "):
        scene.serve("20200101-000000-aaaaaa")


@pytest.mark.parametrize(
    ("error", "told"), [(DrillError("no luck"), "drill: no luck."), (KeyError("x"), "KeyError: 'x'")]
)
def test_an_incident_that_cannot_be_played_is_missed_and_says_why(tmp_path, error, told):
    def fails(scene):
        raise error

    outcome = playing.play_one(Incident("x", "X", fails), candidate(tmp_path), tmp_path / "copy")
    assert not outcome.detected
    assert outcome.told.startswith(told)


def test_each_incident_has_a_copy_of_its_own(tmp_path):
    scene = serving(tmp_path)
    before = (scene.runs / scene.champion() / "index.html").read_bytes()
    assert playing.play_one(tampering.TAMPERING[1], scene, tmp_path / "copy").detected
    assert (scene.runs / scene.champion() / "index.html").read_bytes() == before


def test_there_are_nine_incidents_in_the_order_of_the_story():
    assert [incident.key for incident in playing.INCIDENTS] == list(playing._ORDER)
    assert len({incident.title for incident in playing.INCIDENTS}) == 9


def test_the_answer_ends_with_how_many_were_detected():
    one = {"title": "A", "detected": True, "played": "p", "check": "c", "after": "a", "told": "first\nsecond"}
    answer = {"incidents": [one, {**one, "detected": False, "told": ""}], "detected": 1, "of": 2}
    lines = playing.as_text(answer).splitlines()
    assert (lines[0], lines[-1]) == ("✓ A", "1 of 2 detected")
    assert "            second" in lines
