"""What the next run does: it resumes, runs what it is told to, does nothing where nothing is to be done."""

import json
import shutil
import time
from dataclasses import replace

import pytest

from churn_mlops.archive import reuse
from churn_mlops.archive.files import read_json
from churn_mlops.archive.verify import verify_version
from churn_mlops.pipelines import runner
from churn_mlops.registry.champion import read_champion

pytestmark = pytest.mark.slow

LOAD, CLEAN, SIDE, TRAIN, JUDGE = "01_load", "02_clean", "03_side", "04_train", "05_judge"
TOML = "configs/shop.toml"


def everything(folder):
    return {path for path in folder.rglob("*") if ".cache" not in path.parts}


def test_a_failed_run_resumes_with_what_had_ended(shop):
    shop.edit("configs/shop.csv", "b,0", "b,1")
    assert shop.say("--config", str(shop.root / TOML), "-p", "clean.fail=no luck") == 1
    assert shop.statuses()[:2] == ["succeeded", "failed"]
    ended = {stage["name"] for stage in shop.newest["stages"] if stage["status"] in ("succeeded", "reused")}
    failed = shop.versions[0]
    ran = shop.run()
    assert not ended & set(ran)
    assert CLEAN not in ran or shop.reasons()[CLEAN].startswith("ran: ")
    assert f"reused from {failed}" in shop.reasons()[LOAD]
    assert shop.run() == ()


@pytest.mark.parametrize(
    ("arguments", "ran"),
    [
        (("--force",), (LOAD, CLEAN, SIDE, TRAIN, JUDGE)),
        (("--from", "side"), (SIDE, TRAIN, JUDGE)),
        (("--from", "clean", "--to", "side"), (CLEAN, SIDE)),
        (("--to", "clean", "--force"), (LOAD, CLEAN)),
        (("--only", "train"), (TRAIN,)),
        (("--only", "01_load"), (LOAD,)),
        (("--to", "train"), ()),
    ],
)
def test_a_run_does_what_its_options_say(shop, arguments, ran):
    before = len(shop.versions)
    assert shop.run(*arguments) == ran
    assert len(shop.versions) == before + bool(ran)
    if ran:
        option = arguments[-1] if "--force" in arguments else arguments[0]
        assert shop.reasons()[ran[0]] == f"ran: {option}"


def test_only_is_refused_where_what_it_builds_on_has_changed_and_says_what_to_do(shop, capsys):
    shop.edit("notebooks/helpers/loading.py", "SKIP = 0", "SKIP = 1")
    before = everything(shop.runs)
    assert shop.say("--config", str(shop.root / TOML), "--only", "train") == 2
    told = capsys.readouterr().err
    assert (
        "01_load comes before it and would have to run, because `helpers/loading.py` changed. Cure: --to train." in told
    )
    assert everything(shop.runs) == before


def test_only_does_not_mind_a_change_in_a_side_branch(shop):
    shop.edit("notebooks/helpers/late.py", "1", "2")
    assert shop.run("--only", "train") == (TRAIN,)
    assert shop.statuses() == ["reused", "reused", "not run", "succeeded", "not run"]


@pytest.mark.parametrize("change", [None, ("configs/shop.csv", "b,0", "b,1")])
def test_a_dry_run_says_what_would_run_and_writes_nothing_but_caches(shop, capsys, change):
    if change:
        shop.edit(*change)
    before = everything(shop.runs)
    assert shop.run("--dry-run") == ()
    text = capsys.readouterr().out
    assert shop.run("--dry-run", "--json") == ()
    steps = json.loads(capsys.readouterr().out)
    assert [step["stage"] for step in steps] == [LOAD, CLEAN, SIDE, TRAIN, JUDGE]
    actions = ["run", *["run if what it reads changes"] * 4] if change else ["reuse"] * 5
    assert [step["action"] for step in steps] == actions
    assert all(f"{step['stage']}" in text and step["reason"] in text for step in steps)
    assert everything(shop.runs) == before


def test_with_nothing_to_do_the_answer_is_the_version_that_there_is(shop, capsys):
    before = everything(shop.runs)
    assert shop.run() == ()
    (version,) = shop.versions
    text = capsys.readouterr().out
    assert f"nothing has changed since {version}" in text
    assert f"{version}/index.html" in text
    assert shop.run("--json") == ()
    answer = json.loads(capsys.readouterr().out)
    assert (answer["version"], answer["status"], answer["dataset"]) == (version, "succeeded", "shop")
    assert set(answer) == {"version", "status", "verdict", "dataset", "seconds", "error", "metrics", "folder"}
    assert everything(shop.runs) == before


def test_after_its_own_promotion_there_is_nothing_to_do(shop):
    assert shop.newest["promotion"]["promoted"]
    assert read_champion(shop.runs, "shop").version == shop.versions[0]
    assert shop.run() == ()
    assert shop.run("-p", "train.seed=2") == (TRAIN, JUDGE)
    assert read_champion(shop.runs, "shop").version == shop.versions[0]
    assert shop.run("-p", "train.seed=2") == ()


def test_after_anothers_promotion_what_watches_the_champion_runs_again(shop):
    assert shop.run("-p", "train.seed=2") == (TRAIN, JUDGE)
    assert shop.run() == (JUDGE,)
    assert shop.reasons()[JUDGE] == "ran: `model.json`, `model.skops` changed", "which is what the newest run had"
    assert read_champion(shop.runs, "shop").generation == 3


def test_a_run_of_another_dataset_does_not_answer_for_this_one(shop):
    shop.edit(TOML, 'name = "shop"', 'name = "other"')
    ran = shop.run()
    assert LOAD in ran
    assert TRAIN not in ran
    assert shop.newest["dataset"] == "other"


def test_a_version_that_reuses_stands_alone(shop):
    (older,) = shop.versions
    assert shop.run("-p", "train.seed=2") == (TRAIN, JUDGE)
    newer = shop.versions[0]
    shutil.rmtree(shop.runs / older)
    assert verify_version(shop.runs, newer) == []
    assert {p.name for p in (shop.runs / newer / "notebooks").iterdir()} == {f"{s.name}.ipynb" for s in shop.stages}
    assert {p.name for p in (shop.runs / newer / "pages").iterdir()} == {f"{s.name}.html" for s in shop.stages}
    assert shop.run("-p", "train.seed=2") == ()


def test_a_result_that_no_file_is_left_of_is_made_again(shop):
    shutil.rmtree(shop.runs / shop.versions[0])
    shutil.rmtree(shop.runs / ".store")
    shutil.rmtree(shop.runs / "registry")
    assert shop.run() == (LOAD, CLEAN, SIDE, TRAIN, JUDGE)
    assert verify_version(shop.runs, shop.versions[0]) == []


def test_a_damaged_file_of_the_store_is_made_again(shop):
    digest = next(s for s in shop.newest["stages"] if s["name"] == SIDE)["outputs"]["side.txt"]
    kept = shop.runs / ".store" / digest[:2] / digest
    kept.chmod(0o644)
    kept.write_text("damaged")
    (shop.runs / shop.versions[0] / "artifacts/side.txt").unlink()
    shop.edit("configs/shop.toml", "folds = 3", "folds = 4")
    assert SIDE in shop.run()
    assert verify_version(shop.runs, shop.versions[0]) == []


@pytest.mark.parametrize("damage", ["removed", "torn", "list", "a file", "folders"])
def test_a_cache_that_is_lost_or_damaged_or_closed_only_costs_time(shop, damage):
    cache = shop.runs / ".cache"
    files = [path for path in cache.rglob("*") if path.is_file()]
    if damage in ("removed", "a file"):
        shutil.rmtree(cache)
    if damage == "a file":
        cache.write_text("nothing can be made below it, not even by root")
    for path in files if damage in ("torn", "list") else ():
        path.write_text(path.read_text()[:-9] if damage == "torn" else "[]")
    for path in files if damage == "folders" else ():
        path.unlink()
        path.mkdir()
    assert shop.run() == (LOAD, CLEAN, SIDE, TRAIN, JUDGE)
    assert shop.statuses() == ["succeeded"] * 5
    assert verify_version(shop.runs, shop.versions[0]) == []


def test_what_is_edited_while_the_run_goes_on_is_not_taken_for_what_it_ran_on(shop, worker, monkeypatch):
    late = shop.root / "notebooks/helpers/late.py"

    def edit(stage):
        if stage.name == SIDE:
            late.write_text("LATE = 3\n")

    shop.edit("notebooks/helpers/late.py", "1", "2")
    monkeypatch.setattr(worker, "on_go", staticmethod(edit))
    assert shop.run() == (SIDE, JUDGE)
    monkeypatch.setattr(worker, "on_go", staticmethod(lambda stage: None))
    assert SIDE in shop.run(), "the result of the edited helper is not known"
    late.write_text("LATE = 2\n")
    assert SIDE in shop.run(), "nor is it that of the one before"


def test_a_notebook_that_is_broken_while_the_run_goes_on_does_not_end_it(shop, worker, monkeypatch):
    path = shop.root / "notebooks/04_train.ipynb"
    text = path.read_text()
    monkeypatch.setattr(
        worker, "on_go", staticmethod(lambda stage: path.write_text("{" if stage.name == JUDGE else text))
    )
    shop.edit("notebooks/helpers/late.py", "1", "2")
    assert shop.run() == (SIDE, JUDGE)


def late(work, seconds):
    def delayed(*arguments):
        time.sleep(seconds)
        return work(*arguments)

    return delayed


@pytest.mark.parametrize(("keeping", "linking"), [(0, 0), (0.1, 0.1)])
def test_a_stage_that_writes_over_anothers_file_runs_again_with_it(shop, monkeypatch, keeping, linking):
    monkeypatch.setattr(reuse, "keep", late(reuse.keep, keeping))
    monkeypatch.setattr(runner, "link_in", late(runner.link_in, linking))
    shop.stages = tuple(replace(s, writes=(*s.writes, "clean.txt")) if s.name == TRAIN else s for s in shop.stages)
    new = "Path(run_dir, 'new').write_text(model)\nPath(run_dir, 'new').replace(Path(run_dir, 'clean.txt'))\n"
    shop.cell(TRAIN, "Path(run_dir, 'model.skops')", f"{new}Path(run_dir, 'model.skops')")
    assert TRAIN in shop.run()
    for change in (("b,0", "d,0"), ("d,0", "b,0"), ("b,0", "d,0")):
        shop.edit("configs/shop.csv", *change)
        shop.run()
        artifacts = shop.runs / shop.versions[0] / "artifacts"
        assert artifacts.joinpath("clean.txt").read_text() == artifacts.joinpath("model.skops").read_text()
        assert change[1][0] in artifacts.joinpath("clean.txt").read_text()


def test_a_partial_run_is_answered_by_the_whole_one_and_does_not_hide_reasons(shop):
    assert shop.run("--to", "side") == ()
    assert shop.run("--to", "side", "--force") == (LOAD, CLEAN, SIDE)
    assert shop.run("-p", "train.seed=3") == (TRAIN, JUDGE)
    assert shop.reasons()[TRAIN] == "ran: parameter `seed` changed"


def test_the_manifest_says_what_was_reused_from_where(shop):
    (older,) = shop.versions
    shop.run("-p", "train.seed=2")
    newer = shop.newest
    assert [stage["reused_from"] for stage in newer["stages"]] == [older, older, older, None, None]
    shop.run("-p", "train.seed=3")
    assert [stage["reused_from"] for stage in shop.newest["stages"]] == [older, older, older, None, None]
    assert read_json(shop.runs / older / "manifest.json")["stages"][0]["reused_from"] is None
