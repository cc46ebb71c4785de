import hashlib
import json
import multiprocessing
import subprocess
import sys

import pytest

from churn_mlops.errors import ConfigError
from churn_mlops.registry.audit.log import read_log
from churn_mlops.registry.champion import (
    GenerationMoved,
    PromotionRefused,
    RegistryError,
    promote,
    read_champion,
    read_history,
    registry_folder,
)

FIRST, SECOND = "20260101-000000-aaaaaa", "20260201-000000-bbbbbb"
MOMENT = "2026-03-01T08:00:00Z"


def make_run(runs, version, model=b"model", manifest=None):
    """A published run; returns the digest of its model."""
    folder = runs / version / "artifacts"
    folder.mkdir(parents=True)
    (folder / "model.skops").write_bytes(model)
    manifest = {"version": version, "status": "succeeded", "dataset": "telco", **(manifest or {})}
    (runs / version / "manifest.json").write_text(json.dumps(manifest))
    return hashlib.sha256(model).hexdigest()


@pytest.fixture
def runs(tmp_path):
    return tmp_path / "runs"


def test_before_the_first_promotion_there_is_no_champion(runs):
    assert read_champion(runs, "telco") is None
    assert read_history(runs, "telco") == []


def test_a_promotion_moves_the_pointer_and_remembers_who_was_before(runs):
    one, two = make_run(runs, FIRST), make_run(runs, SECOND, b"other")
    promote(runs, "telco", FIRST, one, 0, MOMENT)
    champion = promote(runs, "telco", SECOND, two, 1, MOMENT)
    assert champion == read_champion(runs, "telco")
    assert (champion.version, champion.generation, champion.before) == (SECOND, 2, FIRST)
    assert (champion.digest, champion.since) == (two, MOMENT)


def test_the_pointer_file_is_as_documented(runs):
    digest = make_run(runs, FIRST)
    promote(runs, "telco", FIRST, digest, 0, MOMENT)
    assert json.loads((runs / "registry/telco/champion.json").read_text()) == {
        "schema": 1,
        "dataset": "telco",
        "version": FIRST,
        "generation": 1,
        "since": MOMENT,
        "digest": digest,
        "before": None,
        "record": read_log(registry_folder(runs, "telco"))[-1].hash,
    }


def test_a_rollback_is_a_promotion_with_a_new_generation(runs):
    one, two = make_run(runs, FIRST), make_run(runs, SECOND, b"other")
    promote(runs, "telco", FIRST, one, 0)
    promote(runs, "telco", SECOND, two, 1)
    assert promote(runs, "telco", FIRST, one, 2).generation == 3
    assert [c.version for c in read_history(runs, "telco")] == [FIRST, SECOND, FIRST]


def test_datasets_have_champions_of_their_own(runs):
    promote(runs, "telco", FIRST, make_run(runs, FIRST), 0)
    assert read_champion(runs, "simulator") is None


def test_who_compared_with_an_older_champion_is_refused(runs):
    digest = make_run(runs, FIRST)
    promote(runs, "telco", FIRST, digest, 0, MOMENT)
    with pytest.raises(GenerationMoved, match="generation 0 of the pointer, which is at 1") as caught:
        promote(runs, "telco", FIRST, digest, 0)
    assert (caught.value.expected, caught.value.seen) == (0, 1)
    assert read_champion(runs, "telco").since == MOMENT


@pytest.mark.parametrize(
    ("manifest", "rule"),
    [
        ({"status": "failed"}, "`failed`, not succeeded"),
        ({"status": None}, "not succeeded"),
        ({"dataset": "simulator"}, "made for dataset `simulator`"),
        ({"version": SECOND}, f"describes version {SECOND}"),
    ],
)
def test_a_run_whose_manifest_does_not_fit_is_refused(runs, manifest, rule):
    digest = make_run(runs, FIRST, manifest=manifest)
    with pytest.raises(PromotionRefused, match=rule):
        promote(runs, "telco", FIRST, digest, 0)
    assert read_champion(runs, "telco") is None


def test_an_absent_run_is_refused(runs):
    with pytest.raises(PromotionRefused, match="no such run"):
        promote(runs, "telco", FIRST, "a" * 64, 0)


def test_a_run_with_a_torn_manifest_is_refused(runs):
    digest = make_run(runs, FIRST)
    (runs / FIRST / "manifest.json").write_text('{"status": "succ')
    with pytest.raises(PromotionRefused, match="manifest is no JSON"):
        promote(runs, "telco", FIRST, digest, 0)


@pytest.mark.parametrize("spoil", [lambda p: p.write_bytes(b"swapped"), lambda p: p.unlink()])
def test_a_swapped_or_missing_model_file_is_refused(runs, spoil):
    digest = make_run(runs, FIRST)
    spoil(runs / FIRST / "artifacts/model.skops")
    with pytest.raises(PromotionRefused, match=r"model\.skops has digest"):
        promote(runs, "telco", FIRST, digest, 0)
    assert read_champion(runs, "telco") is None


BAD_NAMES = ["", ".", "..", "../x", "a/b", "a\\b", "/x", "a..b", ".a", "a.", "a b", "a\n", "ü", "a" * 65, None, "C:x"]


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_dataset_name_that_could_lead_elsewhere_is_refused(runs, name):
    with pytest.raises(ConfigError, match="dataset name"):
        registry_folder(runs, name)


@pytest.mark.parametrize("name", ["a", "telco", "simulator-2.1_x", "A" * 64])
def test_a_plain_dataset_name_is_a_folder_of_the_registry(runs, name):
    assert registry_folder(runs, name).parent == runs / "registry"


@pytest.mark.parametrize("version", ["../elsewhere", "registry/x", ""])
def test_a_version_that_could_lead_elsewhere_is_refused(runs, version):
    with pytest.raises(ConfigError, match="version"):
        promote(runs, "telco", version, "a" * 64, 0)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", "{}", '{"schema": 2}', '{"schema": 1, "dataset": "telco"}']
    + [
        json.dumps(dict(schema=1, dataset="telco", version=v, generation=g, since=MOMENT, digest="a", before=None))
        for v, g in [("../x", 1), (FIRST, 0), (FIRST, "1"), (FIRST, True)]
    ],
)
def test_a_damaged_pointer_is_an_error_that_names_file_and_cure(runs, text):
    promote(runs, "telco", FIRST, make_run(runs, FIRST), 0)
    (runs / "registry/telco/champion.json").write_text(text)
    with pytest.raises(RegistryError, match=r"champion\.json.*Cure"):
        read_champion(runs, "telco")


def test_a_pointer_put_back_by_hand_is_noticed(runs):
    digest = make_run(runs, FIRST)
    pointer = runs / "registry/telco/champion.json"
    promote(runs, "telco", FIRST, digest, 0)
    old = pointer.read_text()
    promote(runs, "telco", FIRST, digest, 1)
    pointer.write_text(old)
    with pytest.raises(RegistryError, match="generation 1, its history at 2"):
        promote(runs, "telco", FIRST, digest, 1)


def test_a_deleted_pointer_does_not_start_the_count_again(runs):
    digest = make_run(runs, FIRST)
    promote(runs, "telco", FIRST, digest, 0)
    (runs / "registry/telco/champion.json").unlink()
    with pytest.raises(RegistryError, match="changed by hand"):
        promote(runs, "telco", FIRST, digest, 0)


@pytest.mark.parametrize("kept", [0, 5, -1])
def test_a_promotion_that_a_kill_kept_out_of_the_history_is_added_by_the_next(runs, kept):
    digest = make_run(runs, FIRST)
    history = runs / "registry/telco/history.jsonl"
    promote(runs, "telco", FIRST, digest, 0)
    first = history.read_bytes()
    promote(runs, "telco", FIRST, digest, 1)
    second = history.read_bytes()[len(first) :]
    history.write_bytes(first + second[:kept])
    promote(runs, "telco", FIRST, digest, 2)
    assert [c.generation for c in read_history(runs, "telco")] == [1, 2, 3]


def _promote_often(runs, version, digest, times):
    done = 0
    while done < times:
        champion = read_champion(runs, "telco")
        try:
            promote(runs, "telco", version, digest, champion.generation if champion else 0)
            done += 1
        except GenerationMoved:
            continue


@pytest.mark.slow
def test_four_processes_promote_at_once_and_none_is_lost(runs):
    digests = {f"20260101-00000{i}-aaaaaa": b"model %d" % i for i in range(4)}
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    workers = [
        context.Process(target=_promote_often, args=(runs, version, make_run(runs, version, model), 25))
        for version, model in digests.items()
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    history = read_history(runs, "telco")
    assert [worker.exitcode for worker in workers] == [0] * 4
    assert [c.generation for c in history] == list(range(1, 101))
    assert [c.before for c in history[1:]] == [c.version for c in history[:-1]]
    assert {version: sum(c.version == version for c in history) for version in digests} == dict.fromkeys(digests, 25)
    assert history[-1] == read_champion(runs, "telco")


def test_reading_the_champion_loads_nothing_heavy():
    code = (
        "import sys, churn_mlops.registry.decision; print(*sorted({'pandas', 'numpy', 'sklearn'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert found.strip() == ""
