"""What is freed is on record, and what may still serve is not freed."""

import pytest
from tests.registry.published import publish, serve

from churn_mlops.archive.versions import versions
from churn_mlops.config import Policy
from churn_mlops.pipelines.garbage.collecting import collect, make_plan
from churn_mlops.registry.acts import approve
from churn_mlops.registry.audit.log import read_log
from churn_mlops.registry.auditing import verify_audit
from churn_mlops.registry.champion import registry_folder
from churn_mlops.registry.models import replay
from churn_mlops.registry.rollback import rollback
from churn_mlops.registry.shadow import set_shadow


@pytest.fixture(autouse=True)
def as_ben(monkeypatch):
    monkeypatch.setenv("CHURN_ACTOR", "Ben <ben@shop.example>")
    monkeypatch.delenv("CHURN_SIGNING_KEY", raising=False)


def test_a_deletion_is_on_record_and_the_log_still_verifies(tmp_path):
    gone, kept = publish(tmp_path, b"1"), publish(tmp_path, b"2")
    collect(tmp_path, make_plan(tmp_path, ("1",)))
    records = read_log(registry_folder(tmp_path, "shop"))
    assert (records[-1].kind, records[-1].by) == ("deletion", "Ben <ben@shop.example>")
    assert records[-1].facts == {"versions": [gone]}
    assert replay(records)[gone].deleted == records[-1].at
    assert replay(records)[kept].deleted is None
    assert verify_audit(tmp_path, "shop", Policy()).problems == []


def test_approved_models_shadows_and_where_a_rollback_leads_stay(tmp_path):
    first, second, third = (serve(tmp_path, b"%d" % n) for n in range(3))
    approved, shadow, other = (publish(tmp_path, b"%d" % n) for n in range(3, 6))
    approve(tmp_path, "shop", approved, "good", Policy("one"))
    set_shadow(tmp_path, "shop", shadow)
    rollback(tmp_path, "shop")
    plan = make_plan(tmp_path, ("0",))
    assert {version: why[0] for version, why in plan.kept.items()} == {
        approved: "approved",
        shadow: "shadow",
        second: "champion",
        third: "champion before",
        first: "a rollback leads to it",
    }
    collect(tmp_path, plan)
    assert other not in versions(tmp_path)
    assert rollback(tmp_path, "shop").version == first
