"""What runs on a forge: each action pinned by commit, no more rights than are needed, targets that exist."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
PINNED = re.compile(r"^\s*(?:- )?uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")


def steps(workflow: dict):
    return [step for job in workflow["jobs"].values() for step in job["steps"]]


@pytest.fixture(params=WORKFLOWS, ids=lambda path: path.stem)
def path(request):
    return request.param


@pytest.fixture
def workflow(path):
    return yaml.safe_load(path.read_text())


def test_there_is_one_for_changes_one_for_the_night_and_one_on_a_schedule():
    assert [path.stem for path in WORKFLOWS] == ["nightly", "pull-request", "retrain"]


def test_every_action_is_pinned_by_its_commit_and_says_which_release_that_is(path):
    used = [line for line in path.read_text().splitlines() if "uses:" in line]
    assert used
    assert [line for line in used if not PINNED.match(line)] == []


def test_one_action_is_one_commit_everywhere():
    used = {line.split("uses: ")[1] for path in WORKFLOWS for line in path.read_text().splitlines() if "uses:" in line}
    assert len(used) == len({line.split("@")[0] for line in used})


def test_images_are_pinned_by_digest_to_the_base_of_the_image_that_ships(workflow):
    template = ROOT / "lib" / "churn_mlops" / "pipelines" / "packaging" / "templates" / "Dockerfile"
    (base,) = re.findall(r"^ARG BASE=(\S+@sha256:[0-9a-f]{64})$", template.read_text(), re.MULTILINE)
    assert {job["container"] for job in workflow["jobs"].values() if "container" in job} <= {base}


def test_rights_are_none_but_those_that_a_job_asks_for(workflow):
    assert workflow["permissions"] == {}
    for job in workflow["jobs"].values():
        assert job["permissions"]["contents"] == "read"
        assert job["timeout-minutes"]
        if "write" in job["permissions"].values():  # then nothing of the change is checked out, and no fork asks
            assert not any("checkout" in step.get("uses", "") or "run" in step for step in job["steps"])
            assert "head.repo.full_name == github.repository" in job["if"]


def test_nothing_that_others_write_stands_in_a_script(workflow):
    for step in steps(workflow):
        assert "${{" not in step.get("run", "") + str(step.get("with", {}).get("script", ""))


def test_no_checkout_leaves_a_credential(workflow):
    for step in steps(workflow):
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False


def test_make_targets_that_are_called_exist(workflow):
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    commands = [step.get("run", "") for step in steps(workflow)]
    called = {name for text in commands for name in re.findall(r"^(?:make|\.ci/run) ([a-z]+)", text, re.MULTILINE)}
    assert called
    assert called <= targets


def test_the_sample_is_strict_and_smaller_than_the_default():
    text = (ROOT / ".github" / "workflows" / "pull-request.yml").read_text()
    assert "pipeline.py run --strict" in text
    assert re.search(r"^customers = ", (ROOT / "configs" / "simulator.toml").read_text(), re.MULTILINE)
