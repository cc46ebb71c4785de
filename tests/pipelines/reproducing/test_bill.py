"""The bill of materials: valid by CycloneDX's own schema, complete, the same for the same environment."""

import json
import re
from email.message import Message
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import pytest

from churn_mlops.archive import versions
from churn_mlops.pipelines.reproducing import bill
from churn_mlops.pipelines.reproducing.bill import keep_bill, make_bill, plain_name, read_hashes

LOCK = Path(__file__).parents[3] / "requirements.lock"


@pytest.fixture(scope="module")
def text():
    return make_bill(read_hashes(LOCK))


@pytest.fixture(scope="module")
def made(text):
    return json.loads(text)


@pytest.mark.slow
def test_the_schema_of_cyclonedx_1_6_finds_nothing_to_object_to(made):
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(made)) is None


def test_every_distribution_of_the_lock_that_is_installed_is_in_it_with_the_hashes_of_the_lock(made):
    locked = read_hashes(LOCK)
    pinned = re.findall(r"^([\w.-]+)(?:\[[^]]*\])?==", LOCK.read_text(), re.MULTILINE)
    assert {name for name, _ in locked} == set(map(plain_name, pinned))
    assert all(locked.values())
    listed = {component.get("purl"): component for component in made["components"]}
    installed = {plain_name(found.metadata["Name"]): found.version for found in metadata.distributions()}
    there = [(name, version) for name, version in locked if installed.get(name) == version]
    assert len(there) > 100
    for name, version in there:
        component = listed[f"pkg:pypi/{name}@{version}"]
        assert [known["content"] for known in component["hashes"]] == locked[name, version]


def test_it_says_licences_and_what_needs_what(made):
    listed = {component["name"]: component for component in made["components"]}
    assert listed["pandas"]["licenses"]
    licensed = sum("licenses" in component for component in made["components"])
    assert licensed > 0.9 * len(made["components"])
    needs = {entry["ref"].partition("@")[0]: entry["dependsOn"] for entry in made["dependencies"]}
    assert any(ref.startswith("pkg:pypi/numpy@") for ref in needs["pkg:pypi/pandas"])
    assert "churn-mlops" not in listed
    assert made["metadata"]["component"]["name"] == "churn-mlops"


def test_the_same_environment_gives_the_same_bytes_and_another_lock_another_serial_number(text, made):
    assert make_bill(read_hashes(LOCK)) == text
    assert json.loads(make_bill({}))["serialNumber"] != made["serialNumber"]


def licences_of(**fields):
    told = Message()
    for name, values in fields.items():
        for value in [values] if isinstance(values, str) else values:
            told[name.replace("_", "-")] = value
    return bill._licences(told)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"License_Expression": "MIT OR Apache-2.0"}, [{"expression": "MIT OR Apache-2.0"}]),
        ({"Classifier": ["License :: OSI Approved :: BSD License"]}, [{"license": {"name": "BSD License"}}]),
        (
            {"Classifier": ["License :: OSI Approved :: MIT License"], "License": "x" * 20},
            [{"license": {"name": "MIT License"}}],
        ),
        ({"License": "BSD-3-Clause"}, [{"license": {"name": "BSD-3-Clause"}}]),
        ({"License": "Permission is hereby granted,\nfree of charge"}, []),
        ({"License": "UNKNOWN", "Classifier": ["Programming Language :: Python"]}, []),
        ({}, []),
    ],
)
def test_a_licence_is_what_the_metadata_says(fields, expected):
    assert licences_of(**fields) == expected


def project_with(runs: Path, lock: str, installed: str):
    (runs.parent / "requirements.lock").write_text(lock)
    packages = SimpleNamespace(known={"installed": installed})
    return SimpleNamespace(project=SimpleNamespace(root=runs.parent), packages=packages)


def test_it_is_made_when_a_package_or_the_lock_has_changed_and_is_one_file_on_disk_otherwise(tmp_path, monkeypatch):
    made = []
    monkeypatch.setattr(bill, "make_bill", lambda hashes: made.append(1) or f"bill {len(made)}".encode())
    runs, files = tmp_path / "runs", []
    for lock, installed in [("a==1", "x"), ("a==1", "x"), ("a==2", "x"), ("a==2", "y"), ("a==2", "y")]:
        building = versions.begin(runs)
        keep_bill(building, project_with(runs, lock, installed))
        files.append(versions.publish(building, {"status": "succeeded"}) / "sbom.json")
    assert [path.read_text() for path in files] == ["bill 1", "bill 1", "bill 2", "bill 3", "bill 3"]
    assert files[0].samefile(files[1])
    assert files[3].samefile(files[4])


def test_where_the_store_has_lost_it_it_is_made_anew(tmp_path, monkeypatch):
    monkeypatch.setattr(bill, "make_bill", lambda hashes: b"bill")
    for _ in range(2):
        building = versions.begin(tmp_path / "runs")
        keep_bill(building, project_with(tmp_path / "runs", "a==1", "x"))
        assert (versions.publish(building, {}) / "sbom.json").read_bytes() == b"bill"
        for path in (tmp_path / "runs/.store").glob("??/*"):
            path.unlink()
