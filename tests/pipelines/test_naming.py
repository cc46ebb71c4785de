"""A version is named by what a user has at hand, and a name that could mean two is never guessed."""

import json

import pytest

from churn_mlops.errors import ConfigError
from churn_mlops.pipelines.naming import resolve

VERSIONS = ("20260101-000000-aaaaaa", "20260101-000000-abcdef", "20260203-101010-ffffff")


def archive(runs, *versions, **champions):
    for version in versions:
        (runs / version).mkdir(parents=True)
        (runs / version / "manifest.json").write_text("{}")
    for dataset, version in champions.items():
        folder = runs / "registry" / dataset
        folder.mkdir(parents=True)
        record = {"schema": 1, "dataset": dataset, "version": version, "generation": 1, "since": "", "digest": ""}
        (folder / "champion.json").write_text(json.dumps({**record, "before": None}))
    return runs


@pytest.mark.parametrize(
    ("text", "version"),
    [
        (VERSIONS[0], VERSIONS[0]),
        ("202602", VERSIONS[2]),
        ("20260101-000000-ab", VERSIONS[1]),
        ("latest", VERSIONS[2]),
        ("champion", VERSIONS[1]),
        ("champion:shop", VERSIONS[1]),
    ],
)
def test_an_id_its_beginning_latest_and_champion_each_name_a_version(tmp_path, text, version):
    assert resolve(archive(tmp_path, *VERSIONS, shop=VERSIONS[1]), text) == version


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("20260101", "2 versions begin so: 20260101-000000-abcdef, 20260101-000000-aaaaaa"),
        ("", "3 versions begin so"),
        ("20260203-101010-fffffe", "Did you mean 20260203-101010-ffffff"),
        ("latst", "Did you mean latest"),
        ("../x", "The newest: 20260203-101010-ffffff"),
        ("champion", "2 datasets have a champion: phone, shop. Cure: champion:phone"),
        ("champion:other", "no champion of `other`. Datasets that have one: phone, shop"),
        ("champion:../x", "dataset name"),
    ],
)
def test_what_names_no_version_or_several_is_refused_with_the_near_ones(tmp_path, text, told):
    runs = archive(tmp_path, *VERSIONS, shop=VERSIONS[1], phone=VERSIONS[0])
    with pytest.raises(ConfigError) as refused:
        resolve(runs, text)
    assert told in str(refused.value)


def test_where_there_is_no_run_or_no_champion_yet_that_is_said(tmp_path):
    with pytest.raises(ConfigError, match="is empty"):
        resolve(tmp_path / "runs", "latest")
    with pytest.raises(ConfigError, match="none yet"):
        resolve(archive(tmp_path, *VERSIONS), "champion")
