"""Nothing in a model file, a table, a definition, a manifest or an archive is executed when it is loaded."""

import hashlib
import json
import os
import pickle
import shutil
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import pytest
from tests.never import payloads
from tests.never.trained import DESCRIPTION, MODEL, publish, save_gates

from churn_mlops.archive.seal import seal
from churn_mlops.archive.store import stored
from churn_mlops.errors import ChurnError, DataError
from churn_mlops.models.persistence import load_model
from churn_mlops.registry.registering import record_runs

pytestmark = pytest.mark.slow

CHILD = Path(__file__).with_name("child.py")
JSONS = ("artifacts/signature.json", "artifacts/model.json", "artifacts/definition.json", "artifacts/gates.json")
JSONS += ("metrics.json", "manifest.json", "parameters.json")
NAMES = ("champion.json", "shadow.json", "history.jsonl", "audit.jsonl", "imports/VERSION.json")
REGISTRY = (*(f"../registry/people/{name}" for name in NAMES), "../grids/g/grid.json")
# What the wrong loader reads without harm, or what is right in itself: nothing has to refuse these.
HARMLESS = {"TOML with commands as hooks", "skops: a trusted class with another's state"}


def spoil(runs: Path, version: str, file: str, content: bytes) -> None:
    """Let a file hold something else, as whoever can seal a version would do it: all digests fit, also in the store."""
    if file.startswith(".."):
        record_runs(runs, "people")
        path = runs / version / file.replace("VERSION", version)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return
    put(runs, version, file, content)
    if file == MODEL:
        described = json.loads((runs / version / DESCRIPTION).read_bytes())
        told = described | {"digest": hashlib.sha256(content).hexdigest()}
        put(runs, version, DESCRIPTION, json.dumps(told).encode())
    with suppress(ChurnError):
        record_runs(runs, "people")


def put(runs: Path, version: str, file: str, content: bytes) -> None:
    path, manifest = runs / version / file, runs / version / "manifest.json"
    path.unlink()
    path.write_bytes(content)
    if path == manifest:
        return
    told, digest = json.loads(manifest.read_bytes()), hashlib.sha256(content).hexdigest()
    kept = stored(runs / ".store", digest)
    kept.parent.mkdir(exist_ok=True)
    kept.write_bytes(content)
    told["files"][file] = {"sha256": digest, "bytes": len(content)}
    if file == MODEL:
        told["model"]["digest"] = digest
    manifest.unlink()
    manifest.write_text(json.dumps(seal({name: value for name, value in told.items() if name != "seal"})))


def wanted(marks: Path, good: bytes) -> list[tuple[str, str, bytes]]:
    """Every case: its name, the file of the version that it takes the place of, what that file holds."""
    pickles, made = payloads.pickles(marks), []
    made += [(name, MODEL, content) for name, content in pickles.items()]
    made += [(name, MODEL, content) for name, content in payloads.containers(marks, good).items()]
    made += [(name, MODEL, content) for name, content in payloads.schemas(marks).items()]
    for field, value in (("left", 1 << 20), ("right", 0), ("feature_idx", 9999), ("feature_idx", -2)):
        changed = payloads.changed_tree(good, field, value)
        made.append((f"skops: a tree whose {field} is {value}", MODEL, changed))
    one = pickles["pickle of protocol 4"]
    named = ("artifacts/features.parquet", "artifacts/tables/table.parquet", "config.toml", *JSONS)
    made += [(f"pickle as {name}", name, one) for name in (*named, "artifacts/baselines.skops")]
    made += [(name, "artifacts/features.parquet", content) for name, content in payloads.tables(marks).items()]
    for number, (name, content) in enumerate(payloads.jsons(marks).items()):
        for target in (JSONS[number % len(JSONS)], JSONS[(number + 3) % len(JSONS)]):
            made.append((f"{name}, as {target}", target, content))
    made += [(name, "config.toml", content) for name, content in payloads.tomls(marks).items()]
    texts = payloads.jsons(marks)
    texts = {name: texts[name] for name in ("JSON nested without end", "JSON that is a list", "JSON with a name twice")}
    for target in REGISTRY:
        made += [(f"{name}, as {target}", target, content) for name, content in {"pickle": one, **texts}.items()]
    return made


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder, in memory where there is such a thing, for the many copies of a version."""
    memory = Path("/dev/shm")
    base = memory if os.access(memory, os.W_OK) else tmp_path_factory.mktemp("never")
    with tempfile.TemporaryDirectory(dir=base, prefix="churn-never-") as place:
        yield Path(os.path.realpath(place))


@pytest.fixture(scope="module")
def heard(trained, folder):
    """What every loader said of every case, and what the audit hook of the child heard."""
    marks, made = folder / "marks", folder / "made"
    marks.mkdir()
    (marks / "control.pickle").write_bytes(pickle.dumps(payloads.Evil(marks)))
    shutil.copytree(trained, made)
    save_gates(made)
    good, cases, version = (made / "model.skops").read_bytes(), [], publish(folder / "runs", made)
    for number, (name, file, content) in enumerate([("good", MODEL, good), *wanted(marks, good)]):
        runs = folder / "places" / str(number) / "runs"
        shutil.copytree(folder / "runs", runs, copy_function=os.link, symlinks=True)
        spoil(runs, version, file, content)
        cases.append({"name": name, "runs": str(runs), "version": version, "file": file.replace("VERSION", version)})
    (folder / "cases.json").write_text(json.dumps(cases))
    (folder / "path").mkdir()
    module = f"open({str(marks / 'by_import')!r}, 'w')\nclass Mark: pass\ndef mark(): pass\n"
    (folder / "path" / f"{payloads.MODULE}.py").write_text(module)
    path = os.pathsep.join([os.environ.get("PYTHONPATH", ""), str(folder / "path")])
    surroundings = {**os.environ, "PYTHONPATH": path, "CHURN_ACTOR": "Ben <ben@shop.example>"}
    command = [sys.executable, str(CHILD), str(folder / "cases.json"), str(marks)]
    done = subprocess.run(command, capture_output=True, text=True, env=surroundings, cwd=folder, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1]) | {"marks": sorted(path.name for path in marks.iterdir())}


@pytest.mark.slow
def test_there_are_more_than_sixty_and_each_is_another(heard):
    assert len(heard["said"]) > 110


def test_nothing_is_executed(heard):
    """The control at the end is a pickle that is loaded on purpose: the hook hears it, and it leaves its mark."""
    assert {name: said["heard"] for name, said in heard["said"].items() if said["heard"]} == {}
    assert {"pickle.find_class", "subprocess.Popen"} <= set(heard["control"])
    assert heard["marks"] == ["by_a_pickle", "control.pickle"]


def test_every_loader_ends_well_or_with_an_error_of_ours(heard):
    raw = {
        f"{loader}: {name}": outcome
        for name, said in heard["said"].items()
        for loader, outcome in said.items()
        if loader != "heard" and outcome.startswith("raw")
    }
    assert raw == {}


def test_the_good_one_is_read_and_every_other_is_refused_by_a_loader_of_its_kind(heard):
    said = heard["said"]
    for loader in ("load_predictor", "verify", "verify one", "show"):
        assert said["good"][loader] == "read", loader
    kinds = {
        "skops": ["load_predictor", "load_model"],
        "pickle": ["load_predictor", "load_model", "read_json", "read_table", "read_config", "import"],
        "zip": ["load_model"],
        "npy": ["load_model"],
        "tar": ["load_model"],
    }
    for name, outcomes in said.items():
        for loader in kinds.get(name.split()[0].strip(":"), []) if name not in HARMLESS else []:
            if not (loader in ("load_predictor",) and " as " in name):
                assert outcomes[loader] == "refused", (name, loader)
        if name not in HARMLESS | {"good"}:
            assert "refused" in outcomes.values(), name


def test_model_digest_is_hashed_from_the_bytes_that_are_parsed(trained):
    """A file that is replaced between the two could pass as the other."""
    path = Path(trained) / "model.skops"
    load_model(path, hashlib.sha256(path.read_bytes()).hexdigest())
    with pytest.raises(DataError, match="expected 000000000000"):
        load_model(path, "0" * 64)
