"""What `--keep` means: rules add up, and what nobody may remove stays whatever they say."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from churn_mlops.errors import ConfigError, RegistryError
from churn_mlops.pipelines.garbage.keeping import kept, protected, read_manifests, still_free


def version(number: int, days: int = 0) -> str:
    day = datetime.now(UTC) - timedelta(days=days)
    return f"{day:%Y%m%d}-0000{number:02}-00000{number}"


def put(runs, name, **facts):
    (runs / name).mkdir(parents=True)
    manifest = {"version": name, "dataset": "shop", "status": "succeeded", "promotion": None, "experiment": False}
    (runs / name / "manifest.json").write_text(json.dumps({**manifest, **facts}))


def point(runs, *versions, dataset="shop"):
    """Let these be the champions of a dataset, the last one now."""
    folder, before, lines = runs / "registry" / dataset, None, []
    folder.mkdir(parents=True)
    for generation, name in enumerate(versions, 1):
        lines.append(
            {"schema": 1, "dataset": dataset, "version": name, "generation": generation, "since": "", "digest": "",
             "before": before}
        )  # fmt: skip
        before = name
    (folder / "champion.json").write_text(json.dumps(lines[-1]))
    (folder / "history.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


NAMES = {n: version(n, days) for n, days in ((1, 200), (2, 100), (3, 50), (4, 10), (5, 1))}


@pytest.fixture
def runs(tmp_path):
    """Five runs of the shop, the fourth an experiment, and an older one of another dataset."""
    for number, name in NAMES.items():
        put(tmp_path, name, experiment=number == 4)
    put(tmp_path, version(6, 300), dataset="other")
    return tmp_path


def numbers(runs, *rules):
    found = kept(runs, read_manifests(runs), rules)
    return sorted(int(name[-1]) for name in found)


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ((), [1, 2, 3, 4, 5, 6]),
        (("0",), []),
        (("1",), [5, 6]),
        (("2",), [3, 4, 5, 6]),  # the experiment does not count, and is newer than the third
        (("99999",), [1, 2, 3, 4, 5, 6]),
        (("30d",), [4, 5]),
        (("0d",), []),
        (("champions",), []),
        (("latest",), [5]),
        (("1", "150d"), [2, 3, 4, 5, 6]),
        ((NAMES[1],), [1]),
        ((NAMES[2][:-1],), [2]),
    ],
    ids=str,
)
def test_rules_name_runs_and_add_up(runs, rules, expected):
    assert numbers(runs, *rules) == expected


def test_champions_and_the_ones_before_stay_whatever_is_asked_and_former_ones_when_asked(runs):
    point(runs, NAMES[1], NAMES[2], NAMES[3])
    assert numbers(runs, "0") == [2, 3]
    assert numbers(runs, "champions") == [1, 2, 3]
    assert protected(runs, read_manifests(runs)) == {NAMES[3]: "champion", NAMES[2]: "champion before"}


@pytest.mark.parametrize(
    ("facts", "stays"),
    [
        ({"expected_generation": 1}, True),
        ({"expected_generation": 0}, False),  # the pointer has moved: it would be refused
        ({"expected_generation": 1, "promoted": False}, False),
    ],
)
def test_a_run_whose_promotion_may_still_come_stays(runs, facts, stays):
    point(runs, NAMES[1])
    name = version(7)
    put(runs, name, promotion={"promoted": True, "reason": "", **facts})
    assert (7 in numbers(runs, "0")) is stays
    manifest = read_manifests(runs)[name]
    assert still_free(runs, name, manifest) is not stays


@pytest.mark.parametrize("facts", [{"experiment": True}, {"status": "failed"}])
def test_an_experiment_or_a_failed_run_waits_for_no_promotion(runs, facts):
    put(runs, version(7), promotion={"promoted": True, "reason": "", "expected_generation": 0}, **facts)
    assert numbers(runs, "0") == []


def test_what_is_not_understood_stays(runs):
    (runs / NAMES[1] / "manifest.json").write_text("{")
    put(runs, "2025-copy")
    assert kept(runs, read_manifests(runs), ("0",)) == {
        NAMES[1]: ["its manifest cannot be read"],
        "2025-copy": ["its name is none of a run"],
    }


@pytest.mark.parametrize("rule", ["x", "-1", "10w", "9999999d", "Champions", "", "1.5", "../x"])
def test_a_rule_that_is_none_is_told_with_what_may_stand_there(runs, rule):
    with pytest.raises(ConfigError, match=r"--keep .*: expected a number \(10\), days \(90d\), `champions`, or a run"):
        numbers(runs, rule)


def test_all_wrong_rules_are_told_at_once(runs):
    with pytest.raises(ConfigError) as error:
        numbers(runs, "x", "20990101", "3", "champion:none")
    assert [word in str(error.value) for word in ("--keep x", "`20990101`: no such", "no champion of `none`")] == [
        True
    ] * 3


def test_nothing_goes_where_a_champion_pointer_is_damaged(runs):
    point(runs, NAMES[1])
    (runs / "registry" / "shop" / "champion.json").write_text("{")
    with pytest.raises(RegistryError):
        numbers(runs, "0")
    assert still_free(runs, NAMES[2], {"dataset": "shop"}) is False
