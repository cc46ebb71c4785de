"""Which file came of which, by what the manifest says that each stage has read and written."""

import pytest

from churn_mlops.archive.lineage import OUTSIDE, before, describe_lineage, digest_of, gathered, steps


def stage(name, reads, writes, champion=None, **changes):
    watches = {"champion": {"version": "v0", "digest": champion, "generation": 1}} if champion else {}
    inputs = {"reads": reads, "watches": watches}
    return {"name": name, "status": "succeeded", "seconds": 1.0, "inputs": inputs, "outputs": writes} | changes


TABLES = {"tables/b": "tb", "tables/a": "ta"}
MANIFEST = {
    "version": "v1",
    "stages": [
        stage("01_data", {"config": "c", "data": "d", "./prices.csv": "p"}, TABLES),
        stage("02_features", TABLES, {"features": "f1"}, status="reused", reused_from="v0"),
        stage("025_more", {"features": "f1"}, {"features": "f2"}),
        stage("03_train", {"features": "f2"}, {"model": "m"}),
        stage("035_aside", {"tables/a": "ta"}, {"chart": "x"}),
        stage("05_deploy", {"model": "m", "features": "f2"}, {"scores": "s"}, champion="m0"),
        stage("06_monitor", {}, {}, status="not run"),
    ],
}  # fmt: skip


def lineage():
    return describe_lineage(MANIFEST)


def test_what_a_stage_reads_stands_under_the_stage_that_wrote_it_last():
    reads = {one["stage"]: one["reads"] for one in lineage()}
    assert reads == {
        "01_data": {OUTSIDE: {"./prices.csv": "p", "config": "c", "data": "d"}},
        "02_features": {"01_data": {"tables/a": "ta", "tables/b": "tb"}},
        "025_more": {"02_features": {"features": "f1"}},
        "03_train": {"025_more": {"features": "f2"}},
        "035_aside": {"01_data": {"tables/a": "ta"}},
        "05_deploy": {OUTSIDE: {"champion": "m0"}, "025_more": {"features": "f2"}, "03_train": {"model": "m"}},
    }


def test_a_reused_stage_names_the_run_that_executed_it():
    assert {one["stage"]: one["executed_in"] for one in lineage()}["02_features"] == "v0"
    assert lineage()[0]["executed_in"] == "v1"


@pytest.mark.parametrize(
    ("artifact", "stages"),
    [
        ("tables/a", ["01_data"]),
        ("features", ["01_data", "02_features", "025_more"]),
        ("scores", ["01_data", "02_features", "025_more", "03_train", "05_deploy"]),
        ("chart", ["01_data", "035_aside"]),
        ("nothing", []),
    ],
)
def test_only_the_stages_count_that_something_came_of(artifact, stages):
    assert before(lineage(), artifact) == stages


def test_steps_name_the_stages_from_one_thing_to_the_next():
    found = steps(lineage(), ["features", "nothing", "model", "scores"])
    assert found == [
        ("features", ["01_data", "02_features", "025_more"]),
        ("model", ["03_train"]),
        ("scores", ["05_deploy"]),
    ]


def test_the_digest_is_the_one_that_the_last_writer_has_left():
    assert (digest_of(lineage(), "features"), digest_of(lineage(), "none")) == ("f2", None)


def test_files_of_a_folder_are_taken_together_and_a_change_in_one_changes_its_digest():
    one = gathered({"a/x": "1", "a/y": "2", "b": "3", "./c/d": "4"})
    assert [(name, count) for name, count, _ in one] == [("a/", 2), ("b", 1), ("./c/d", 1)]
    assert gathered({"a/x": "1"}) == [("a/x", 1, "1")]
    assert one[1:] == [("b", 1, "3"), ("./c/d", 1, "4")]
    assert gathered({"a/x": "1", "a/y": "5"})[0][2] != one[0][2]


@pytest.mark.parametrize("manifest", [{}, {"stages": None}, {"stages": [{"name": "01_data", "status": "succeeded"}]}])
def test_a_manifest_that_did_not_record_it_has_little_to_say(manifest):
    assert all(not one["reads"] and not one["writes"] for one in describe_lineage(manifest))
