"""What `deploy/` puts into a cluster: judged by Kubernetes' published schemas, by Prometheus, and by rules of ours."""

import ast
import json
import os
import re
import shutil
import subprocess
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
FILES = sorted(path for path in DEPLOY.rglob("*.yaml") if path.name not in ("kustomization.yaml", "alerts_test.yaml"))
KUBERNETES = "v1.37.0-local-strict"  # of the package kubernetes-validate: no field that the schema does not know
OF_PROMETHEUS = ("ServiceMonitor", "PrometheusRule")  # of its operator; no package carries their schemas


def documents(path: Path) -> list[dict]:
    return [document for document in yaml.safe_load_all(path.read_text()) if document]


ALL = [document for path in FILES for document in documents(path)]
NAMES = [f"{document['kind']} {document['metadata']['name']}" for document in ALL]
WORKLOADS = [document for document in ALL if document["kind"] in ("Deployment", "CronJob")]


@cache
def schemas() -> Path | None:
    """The folder of the schemas, where the package is installed; it is data only, nothing of it is run."""
    found = find_spec("kubernetes_validate")
    return found and Path(found.submodule_search_locations[0]) / "kubernetes-json-schema" / KUBERNETES


@pytest.mark.parametrize("document", ALL, ids=NAMES)
def test_each_object_is_as_the_published_schema_of_its_kind_says(document):
    if document["kind"] in OF_PROMETHEUS:
        assert document["apiVersion"] == "monitoring.coreos.com/v1"
        return
    if schemas() is None:
        pytest.skip("kubernetes-validate is not installed (pip install kubernetes-validate)")
    from jsonschema import Draft202012Validator
    from referencing import Registry, Resource
    from referencing.jsonschema import DRAFT202012

    group, _, version = document["apiVersion"].rpartition("/")
    name = "-".join(filter(None, (document["kind"], group.split(".")[0], version))).lower()
    schema = json.loads((schemas() / f"{name}.json").read_text())
    definitions = json.loads((schemas() / "_definitions.json").read_text())
    registry = Registry().with_resource("_definitions.json", Resource(definitions, DRAFT202012))
    found = [error.message for error in Draft202012Validator(schema, registry=registry).iter_errors(document)]
    assert found == []


def pod_of(document: dict) -> dict:
    spec = document["spec"]
    return (spec["jobTemplate"]["spec"] if document["kind"] == "CronJob" else spec)["template"]["spec"]


@pytest.mark.parametrize("document", WORKLOADS, ids=lambda document: document["metadata"]["name"])
def test_no_container_is_root_or_writes_its_root_or_is_without_limits(document):
    pod = pod_of(document)
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    for container in (*pod["containers"], *pod.get("initContainers", ())):
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert {"cpu", "memory"} <= set(container["resources"]["limits"]) & set(container["resources"]["requests"])
        mounts = {mount["name"] for mount in container["volumeMounts"]}
        assert mounts <= {volume["name"] for volume in pod["volumes"]}


def test_the_service_has_probes_of_routes_that_need_no_key():
    (container,) = pod_of(next(d for d in ALL if d["kind"] == "Deployment"))["containers"]
    paths = {kind: container[f"{kind}Probe"]["httpGet"]["path"] for kind in ("startup", "liveness", "readiness")}
    assert paths == {"startup": "/health", "liveness": "/health", "readiness": "/ready"}


def test_selectors_find_the_pods_of_the_deployment():
    deployment = next(d for d in ALL if d["kind"] == "Deployment")
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    for kind in ("Deployment", "PodDisruptionBudget"):
        assert next(d for d in ALL if d["kind"] == kind)["spec"]["selector"]["matchLabels"].items() <= labels.items()
    assert next(d for d in ALL if d["kind"] == "Service")["spec"]["selector"].items() <= labels.items()
    assert next(d for d in ALL if d["kind"] == "HorizontalPodAutoscaler")["spec"]["scaleTargetRef"]["name"] == "churn"
    policies = [d["spec"]["podSelector"]["matchLabels"] for d in ALL if d["kind"] == "NetworkPolicy"]
    assert {label for policy in policies for label in policy.values()} == {"service", "job"}


def test_jobs_call_commands_with_options_that_exist():
    from churn_mlops.cli.door import COMMANDS, Door

    for document in (d for d in ALL if d["kind"] == "CronJob"):
        name, *arguments = pod_of(document)["containers"][0]["args"]
        assert name in COMMANDS
        parameters = Door().get_command(None, name).params
        known = {option for own in parameters for option in (*own.opts, *own.secondary_opts)}
        assert {argument for argument in arguments if argument.startswith("-")} <= known


def test_kustomizations_name_every_file_and_nothing_else():
    for path in DEPLOY.rglob("kustomization.yaml"):
        beside = {other.name for other in path.parent.glob("*.yaml")} - {"kustomization.yaml", "alerts_test.yaml"}
        assert set(yaml.safe_load(path.read_text())["resources"]) == beside


@pytest.mark.parametrize("name", ["base", "monitoring"])
def test_kustomize_builds_it(name):
    if not shutil.which("kubectl"):
        pytest.skip("there is no kubectl here")
    done = subprocess.run(["kubectl", "kustomize", str(DEPLOY / name)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    built = list(yaml.safe_load_all(done.stdout))
    assert {document["metadata"].get("namespace", "churn") for document in built} == {"churn"}


def promtool(*arguments, cwd):
    if not shutil.which("promtool"):
        missing = "promtool is not installed (Debian: apt-get install prometheus)"
        pytest.fail(missing) if os.environ.get("CI") == "true" else pytest.skip(missing)
    return subprocess.run(["promtool", *arguments], cwd=cwd, capture_output=True, text=True)


def rules() -> dict:
    return documents(DEPLOY / "monitoring" / "alerts.yaml")[0]["spec"]


@pytest.mark.slow
def test_alerts_fire_when_they_should_and_are_silent_otherwise(tmp_path):
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump(rules()))
    shutil.copy(DEPLOY / "monitoring" / "alerts_test.yaml", tmp_path)
    for arguments in (("check", "rules", "rules.yaml"), ("test", "rules", "alerts_test.yaml")):
        done = promtool(*arguments, cwd=tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr


def test_each_alert_is_tested_both_ways_and_says_what_to_do():
    tested = [
        (test["alertname"], bool(test.get("exp_alerts")))
        for group in documents(DEPLOY / "monitoring" / "alerts_test.yaml")[0]["tests"]
        for test in group["alert_rule_test"]
    ]
    for rule in rules()["groups"][0]["rules"]:
        assert {(rule["alert"], True), (rule["alert"], False)} <= set(tested)
        assert rule["annotations"]["cure"]
        assert rule["labels"]["severity"] in ("warning", "critical")


def dashboard() -> dict:
    return json.loads((DEPLOY / "monitoring" / "dashboard.json").read_text())


def test_the_dashboard_has_panels_that_do_not_lie_on_each_other():
    places = [panel["gridPos"] for panel in dashboard()["panels"]]
    cells = [(p["x"] + x, p["y"] + y) for p in places for x in range(p["w"]) for y in range(p["h"])]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24
    assert len({panel["id"] for panel in dashboard()["panels"]}) == len(places)


def test_what_alerts_and_dashboard_ask_for_is_what_the_service_tells():
    found = find_spec("churn_mlops.serving.http") and find_spec("churn_mlops.serving.http.metrics")
    if not found:
        pytest.skip("there is no service yet")
    calls = [node for node in ast.walk(ast.parse(Path(found.origin).read_text())) if isinstance(node, ast.Call)]
    names = {call.args[0].value for call in calls if call.args and isinstance(call.args[0], ast.Constant)}
    names = {name for name in names if isinstance(name, str) and name.startswith("churn_")}
    asked = [rule["expr"] for rule in rules()["groups"][0]["rules"]]
    asked += [target["expr"] for panel in dashboard()["panels"] for target in panel["targets"]]
    used = set(re.findall(r"\bchurn_[a-z_]+", " ".join(asked)))
    assert {re.sub(r"_(total|bucket|sum|count)$", "", name) for name in used} <= names
