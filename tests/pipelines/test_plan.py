"""A plan says before any kernel starts what a run would do, and why."""

from types import SimpleNamespace

import pytest

from churn_mlops.archive.files import write_json
from churn_mlops.archive.store import stored
from churn_mlops.archive.versions import STORE
from churn_mlops.pipelines.cache import index
from churn_mlops.pipelines.cache.inputs import key_of
from churn_mlops.pipelines.plan import PERHAPS, REUSE, RUN, already_done, default_config, make_plan, plan_text
from churn_mlops.pipelines.project import Project
from churn_mlops.pipelines.request import Request
from churn_mlops.pipelines.stage import Stage, belongs

STAGES = (
    Stage("01_load", writes=("a.txt",)),
    Stage("02_side", reads=("a.txt",), writes=("b.txt",)),
    Stage("03_train", reads=("a.txt",), writes=("c.txt",)),
    Stage("04_judge", reads=("b.txt", "c.txt"), writes=("d.txt",)),
)
OLD, OLDER = "20260102-000000-000000", "20260101-000000-000000"


class FakeInputs:
    """Inputs that are a number a stage, and what is there for it."""

    def __init__(self, **numbers):
        self.numbers = numbers

    def of(self, stage, artifacts, champion):
        reads = {name: digest for name, digest in artifacts.items() if belongs(name, stage.reads)}
        empty = {
            "schema": 1,
            "stage": stage.name,
            "writes": [],
            "watches": {},
            "modules": {},
            "packages": {},
            "python": "",
            "platform": "",
        }
        return {"cells": self.numbers.get(stage.key, 1), "parameters": {}, "reads": reads, **empty}

    def champion(self):
        return None


class World:
    def __init__(self, runs):
        self.project, self.runs = Project(runs.parent, runs, STAGES), runs

    def request(self, **asked):
        dataset = SimpleNamespace(dataset=SimpleNamespace(name="shop"))
        return Request(SimpleNamespace(definition=dataset), "", "", **asked)

    def archive(self, version, executed_by=(), dataset="shop", status="succeeded", **numbers):
        """A version with results of these inputs; `executed_by` names others' stages."""
        inputs, made, told = FakeInputs(**numbers), {}, []
        for stage in STAGES:
            found = inputs.of(stage, made, None)
            name, digest = stage.writes[0], f"{stage.key}{numbers.get(stage.key, 1)}".ljust(64, "0")
            path = stored(self.runs / STORE, digest)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("x")
            made[name] = digest
            other = dict(executed_by).get(stage.key)
            if not other:
                index.remember(self.runs, key_of(found), index.Found(version, {f"artifacts/{name}": digest}))
            told.append({"name": stage.name, "status": "succeeded", "inputs": found, "reused_from": other})
        manifest = {"version": version, "dataset": dataset, "status": status, "stages": told}
        write_json(self.runs / version / "manifest.json", manifest)

    def plan(self, inputs=None, **asked):
        return make_plan(self.project, self.request(**asked), inputs or FakeInputs())


@pytest.fixture
def world(tmp_path):
    return World(tmp_path / "runs")


def actions(plan):
    return [planned.action for planned in plan]


def test_without_any_result_all_run(world):
    plan = world.plan()
    assert actions(plan) == [RUN] * 4
    assert {planned.reason for planned in plan} == {"it has no result yet"}


@pytest.mark.parametrize(
    ("numbers", "asked", "expected"),
    [
        ({}, {}, [REUSE, REUSE, REUSE, REUSE]),
        ({"load": 2}, {}, [RUN, PERHAPS, PERHAPS, PERHAPS]),
        ({"load": 2, "judge": 2}, {}, [RUN, PERHAPS, PERHAPS, RUN]),
        ({"side": 2}, {}, [REUSE, RUN, REUSE, PERHAPS]),
        ({"judge": 2}, {}, [REUSE, REUSE, REUSE, RUN]),
        ({}, {"force": True}, [RUN] * 4),
        ({}, {"first": "train"}, [REUSE, REUSE, RUN, RUN]),
        ({"side": 2}, {"only": "train"}, [REUSE, RUN]),
        ({"train": 2}, {"last": "side"}, [REUSE, REUSE]),
    ],
)
def test_a_plan_tells_what_runs_what_is_reused_and_what_depends(world, numbers, asked, expected):
    world.archive(OLD)
    assert actions(world.plan(FakeInputs(**numbers), **asked)) == expected


def test_a_plan_names_the_reason(world):
    world.archive(OLD)
    plan = world.plan(FakeInputs(side=2))
    assert [planned.reason for planned in plan] == [
        f"nothing changed since {OLD}",
        "its code cells changed",
        f"nothing changed since {OLD}",
        "after 02_side",
    ]
    assert plan_text(plan).splitlines()[1] == "02_side   run: its code cells changed"


@pytest.mark.parametrize(
    ("newest", "done"),
    [
        ({}, OLD),  # the newer of two that hold all
        ({"executed_by": ()}, OLD),
        ({"dataset": "other"}, OLDER),
        ({"status": "failed"}, OLDER),
        ({"side": 2}, OLDER),
    ],
)
def test_nothing_is_to_be_done_where_one_succeeded_version_of_the_dataset_holds_it_all(world, newest, done):
    world.archive(OLDER)
    reused = [(stage.key, OLDER) for stage in STAGES if stage.key not in newest]
    world.archive(
        OLD, **{"executed_by": reused, **({"executed_by": reused} if newest.get("executed_by") == () else newest)}
    )
    assert already_done(world.project, world.request(), world.plan()) == done


def test_results_of_two_versions_that_no_version_holds_together_are_something_to_do(world):
    world.archive(OLDER, side=2)
    world.archive(OLD, executed_by=[("load", OLDER), ("train", OLDER)])
    plan = world.plan(FakeInputs())
    assert already_done(world.project, world.request(), plan) == OLD
    world.archive(OLD, executed_by=[("load", "20250101-000000-000000"), ("train", OLDER)])
    assert actions(plan) == [REUSE] * 4
    assert already_done(world.project, world.request(), plan) is None


def test_part_of_what_a_version_holds_is_done_too_and_a_damaged_manifest_is_passed_over(world):
    world.archive(OLDER)
    (world.runs / OLD).mkdir()
    (world.runs / OLD / "manifest.json").write_text("{")
    assert already_done(world.project, world.request(last="side"), world.plan(last="side")) == OLDER


def test_what_is_to_run_is_not_done(world):
    world.archive(OLD)
    assert already_done(world.project, world.request(), world.plan(FakeInputs(judge=2))) is None


@pytest.mark.parametrize(
    ("there", "taken"),
    [
        ([], "simulator"),
        (["simulator", "shop"], "simulator"),
        (["shop"], "shop"),
        (["shop", "people"], "simulator"),  # which is not there, as the error says
    ],
)
def test_the_default_is_the_embedded_one_or_the_only_one_there_is(tmp_path, there, taken):
    (tmp_path / "configs").mkdir()
    for name in there:
        (tmp_path / "configs" / f"{name}.toml").write_text("")
    assert default_config(Project(tmp_path, tmp_path / "runs")).stem == taken
