"""What came of making a version again stands in the audit log, and with the model."""

import json

import pytest
from tests.registry.published import publish

from churn_mlops.archive.versions import read_manifest
from churn_mlops.config import Policy
from churn_mlops.errors import ArchiveDamaged
from churn_mlops.pipelines.governance.describing import describe_models
from churn_mlops.pipelines.governance.text import facts_text, model_text
from churn_mlops.registry.audit.log import read_log
from churn_mlops.registry.auditing import verify_audit
from churn_mlops.registry.models import replay
from churn_mlops.registry.reproduction import check_registered, record_reproduction, reproductions

FACTS = {"verdict": "identical", "stage": None, "environment": "fresh", "python": "3.11.7", "platform": "linux-x86_64"}


def records(runs):
    return read_log(runs / "registry" / "shop")


def test_it_is_evidence_beside_the_model_and_moves_nothing(tmp_path):
    version = publish(tmp_path)
    before = replay(records(tmp_path))[version].state
    record_reproduction(tmp_path, "shop", {"version": version, "digest": "d", **FACTS})
    record_reproduction(tmp_path, "shop", {"version": version, **FACTS, "verdict": "different", "stage": "03_train"})
    model = replay(records(tmp_path))[version]
    assert [record.facts["verdict"] for record in model.reproduced] == ["identical", "different"]
    assert model.state == before
    assert [record.facts["verdict"] for record in reproductions(records(tmp_path))] == ["identical"]
    assert verify_audit(tmp_path, "shop", Policy()).problems == []


def test_the_models_page_of_facts_and_the_log_say_so(tmp_path):
    version = publish(tmp_path)
    row = describe_models(tmp_path, ["shop"])[0]
    more = {"policy": "auto", "approvals_missing": 0, "records": [], "problems": []}
    assert "Made again   never tried" in model_text(row | more)
    record_reproduction(tmp_path, "shop", {"version": version, **FACTS})
    row = describe_models(tmp_path, ["shop"])[0]
    assert json.dumps(row["reproduced"])
    text = model_text(row | more)
    assert "identical" in text
    assert "in a fresh environment" in text


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"version": "v", "verdict": "identical", "stage": None}, "v, identical"),
        ({"version": "v", "verdict": "different", "stage": "03_train"}, "v, different, from 03_train on"),
    ],
)
def test_a_record_says_the_verdict_in_a_line(facts, said):
    assert facts_text("reproduction", facts) == said


def test_a_manifest_that_is_not_the_one_on_record_is_refused_and_one_that_is_passes(tmp_path):
    manifest = read_manifest(tmp_path, publish(tmp_path))
    check_registered(tmp_path, manifest)
    with pytest.raises(ArchiveDamaged, match="sealed anew"):
        check_registered(tmp_path, manifest | {"seal": "0" * 64})


def test_a_version_that_no_log_knows_passes(tmp_path):
    manifest = read_manifest(tmp_path, publish(tmp_path, record=False))
    check_registered(tmp_path, manifest | {"seal": "0" * 64})
