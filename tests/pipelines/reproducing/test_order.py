"""What it takes to make a version again, by its records: stages, parameters, the moment, champions, data."""

import json

import pytest
from tests.registry.published import publish

from churn_mlops.archive.files import write_json
from churn_mlops.archive.versions import read_manifest
from churn_mlops.errors import ConfigError
from churn_mlops.pipelines.reproducing.order import read_order
from churn_mlops.registry.pointer import Champion, append_missing

STARTED = "2026-03-31T22:59:00Z"


def stage(name, status="succeeded", **watches):
    return {"name": name, "status": status, "inputs": {"watches": watches, "parameters": {}}, "outputs": {"x": "1"}}


def version_with(runs, given=None, config="", **changes):
    """A published version whose manifest is changed afterwards: nothing here verifies it."""
    stages = [stage("01_data", today="2026-03-31", last_data=None), stage("03_train"), stage("05_deploy")]
    facts = {"stages": stages, "started": STARTED, "parameters": {}, **changes}
    version = publish(runs, record=False, **facts)
    manifest = read_manifest(runs, version)
    manifest["files"]["source.tar"] = {"sha256": "0" * 64, "bytes": 1}
    path = runs / version / "manifest.json"
    path.unlink()
    write_json(path, manifest | {"files": manifest["files"]})
    write_json(runs / version / "parameters.json", given or {"01_data": {"config": "x.toml"}, "03_train": {"seed": 1}})
    (runs / version / "config.toml").write_text(config)
    return version


def test_stages_get_what_was_set_and_not_what_only_the_runner_knows(tmp_path):
    given = {
        "01_data": {"config": "../x.toml", "run_dir": "a", "min_rows": 3},
        "03_train": {"runs_dir": "b", "seed": 1},
    }
    order = read_order(tmp_path, version_with(tmp_path, given, as_of="2026-03-01"))
    assert order.facts["parameters"] == {"01_data": {"min_rows": 3}, "03_train": {"seed": 1}}
    assert order.facts["as_of"] == "2026-03-01"
    assert json.dumps(order.facts)


@pytest.mark.parametrize(
    ("day", "as_of", "now"),
    [
        ("2026-03-31", "", STARTED),
        ("2026-04-01", "", "2026-04-01T00:00:00Z"),  # it began before midnight
        ("simulated", "", STARTED),
        ("2026-01-01", "2026-01-01", STARTED),  # the day that it looked from is another matter
    ],
)
def test_they_see_the_time_and_the_last_data_of_then(tmp_path, day, as_of, now):
    last = {"version": "d", "rows": 9}
    stages = [stage("01_data", today=day, last_data=last), stage("03_train")]
    order = read_order(tmp_path, version_with(tmp_path, stages=stages, as_of=as_of))
    assert order.facts["moment"] == {"now": now, "last_data": last}


def test_stages_that_did_not_run_are_not_asked_for(tmp_path):
    stages = [stage("01_data"), stage("03_train", "reused"), stage("05_deploy", "not run")]
    order = read_order(tmp_path, version_with(tmp_path, stages=stages))
    assert (order.stages, order.last) == (("01_data", "03_train"), "03_train")


def served(runs, *generations):
    """A registry in which these versions were champion, one after the other, with the newest day that each knew."""
    folder = runs / "registry" / "shop"
    folder.mkdir(parents=True)
    for generation, (version, day) in enumerate(generations, 1):
        digest = f"{generation}" * 64
        write_json(runs / version / "artifacts/data_version.json", {"newest": day})
        append_missing(folder / "history.jsonl", Champion("shop", version, generation, STARTED, digest, None))
    return folder


def watching(generation, version):
    return stage("05_deploy", champion={"version": version, "digest": f"{generation}" * 64, "generation": generation})


@pytest.mark.parametrize(
    ("as_of", "seen"), [("", [2]), ("2026-02-15", [1, 2]), ("2026-03-15", [2]), ("2025-12-31", [2])]
)
def test_the_champion_of_then_is_laid_out_and_for_a_run_that_looked_back_that_of_its_day(tmp_path, as_of, seen):
    first, second, third = (publish(tmp_path, record=False) for _ in range(3))
    served(tmp_path, (first, "2026-01-31"), (second, "2026-02-28"), (third, "2026-03-31"))
    version = version_with(tmp_path, stages=[stage("01_data"), watching(2, second)], as_of=as_of)
    order = read_order(tmp_path, version)
    assert [champion.generation for champion in order.champions] == seen
    assert order.gone == ""


def test_without_the_champion_of_then_only_what_came_before_is_compared(tmp_path):
    first = publish(tmp_path, record=False)
    served(tmp_path, (first, "2026-01-31"))
    stages = [stage("01_data"), stage("03_train"), watching(1, "20260101-000000-aaaaaa")]
    order = read_order(tmp_path, version_with(tmp_path, stages=stages))
    assert order.stages == ("01_data", "03_train")
    assert "20260101-000000-aaaaaa" in order.gone


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"status": "failed"}, "the run failed"),
        ({"stages": [{"name": "01_data", "status": "succeeded"}]}, "what 01_data depended on is not on record"),
        ({"given": {"03_train": {"token": "[secret TOKEN]"}}}, r"the parameter 03_train\.token was a secret"),
        ({"config": 'password = "[secret DB]"'}, r"a value of config\.toml was a secret"),
        ({"given": {"01_data": {"data": "../x.csv"}}}, "01_data read data that is not archived"),
    ],
)
def test_what_cannot_be_made_again_is_refused_with_the_reason_and_a_cure(tmp_path, changes, reason):
    version = version_with(tmp_path, **changes)
    with pytest.raises(ConfigError, match=rf"{version}.*{reason}.*Cure: "):
        read_order(tmp_path, version)


def test_a_version_from_before_sources_were_archived_is_refused(tmp_path):
    version = publish(tmp_path, record=False, stages=[stage("01_data")], started=STARTED)
    with pytest.raises(ConfigError, match=r"it has no source\.tar.*Cure: run the pipeline again"):
        read_order(tmp_path, version)


def test_data_that_is_said_to_be_elsewhere_is_refused(tmp_path):
    version = version_with(tmp_path, given={"01_data": {"data": "../x.csv"}})
    write_json(tmp_path / version / "artifacts/read/tables.json", {"table": {"file": "../../../secret.parquet"}})
    with pytest.raises(ConfigError, match="which is no artifact of it"):
        read_order(tmp_path, version)
