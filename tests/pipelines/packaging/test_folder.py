"""The folder that ships: whole, verified, and only of what may serve."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import urllib.request
import zipfile
from pathlib import Path
from textwrap import indent

import pytest
import yaml
from tests.serving.batch.conftest import publish, published

from churn_mlops.archive.digest import digest_file
from churn_mlops.archive.files import read_json
from churn_mlops.errors import ActRefused, CheckError, ConfigError
from churn_mlops.models.predictor import load_predictor
from churn_mlops.pipelines.packaging.folder import make_package
from churn_mlops.pipelines.project import Project
from churn_mlops.registry.verify import verify

__all__ = ["published"]
ROOT = Path(__file__).parents[3]


def with_example(trained, folder):
    """The trained model's artifacts with the example that a deployed run has."""
    shutil.copytree(trained, folder)
    predictor = load_predictor(folder)
    request = {"spend": 1.5, "plan": "basic"}
    import pandas as pd

    probability = float(predictor.predict(pd.DataFrame([request]))[0])
    example = {"digest": predictor.digest, "request": request, "probability": probability, "reasons": []}
    (folder / "example.json").write_text(json.dumps(example))
    return folder


@pytest.fixture(scope="module")
def shop(trained, tmp_path_factory):
    """(project, version) of an archive whose champion has an example."""
    folder = tmp_path_factory.mktemp("shop")
    runs = folder / "runs"
    return Project(ROOT, runs), publish(with_example(trained, folder / "artifacts"), runs)


@pytest.fixture(scope="module")
def shipped(shop, tmp_path_factory):
    project, version = shop
    into = tmp_path_factory.mktemp("dist") / "people"
    make_package(project, version, "people", into)
    return into


@pytest.mark.slow
def test_the_archive_in_it_is_verified_and_its_champion_is_the_one_that_serves(shop, shipped):
    _, version = shop
    runs = shipped / "project" / "runs"
    assert verify(runs, version) == []
    assert read_json(runs / "registry" / "people" / "champion.json")["version"] == version
    assert load_predictor(runs / version / "artifacts").digest == read_json(shipped / "package.json")["digest"]


@pytest.mark.slow
def test_every_file_is_listed_with_its_digest_and_names_stand_in_the_texts(shop, shipped):
    described = read_json(shipped / "package.json")
    for name, digest in described["files"].items():
        assert digest_file(shipped / name) == digest
    assert {"Dockerfile", "README.md", "requirements.lock", "signature.json", "example_request.json"} <= set(
        described["files"]
    )
    for name in ("Dockerfile", "README.md"):
        text = (shipped / name).read_text()
        assert described["version"] in text
        assert not re.search(r"@(version|dataset|wheel|digest)@", text)
    assert read_json(shipped / "example_request.json") == {"spend": 1.5, "plan": "basic"}


def test_the_wheel_has_the_library_and_what_it_reads(shipped):
    (wheel,) = shipped.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    ours = [p for p in (ROOT / "lib" / "churn_mlops").rglob("*") if p.is_file() and "__pycache__" not in p.parts]
    assert {path.relative_to(ROOT / "lib").as_posix() for path in ours} <= set(names)


def test_the_lock_has_what_serves_by_hash_and_nothing_that_only_tests_need(shipped):
    text = (shipped / "requirements.lock").read_text()
    names = set(re.findall(r"^([a-z0-9-]+)==", text, re.MULTILINE))
    assert {"fastapi", "uvicorn", "prometheus-client", "lightgbm", "skops", "psycopg"} <= names
    assert not names & {"pytest", "hypothesis", "playwright", "jupyterlab", "ruff", "mlflow-skinny", "hatchling"}
    assert names <= set(re.findall(r"^([a-z0-9-]+)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE))
    assert all("--hash=sha256:" in block for block in re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:])


def test_the_image_is_of_two_stages_pinned_without_root_and_watched(shipped):
    text = (shipped / "Dockerfile").read_text()
    assert re.search(r"^ARG BASE=\S+@sha256:[0-9a-f]{64}$", text, re.MULTILINE)
    assert [line.split()[1] for line in text.splitlines() if line.startswith("FROM")] == ["${BASE}"] * 2
    assert "--require-hashes --only-binary :all:" in text
    assert re.search(r"^USER 10001:10001$", text, re.MULTILINE)
    assert text.index("HEALTHCHECK") > text.index("USER")


def test_what_does_not_serve_is_not_shipped(trained, shop, tmp_path):
    project, _ = shop
    with pytest.raises(
        ActRefused, match=r"packaging 2020: it does not serve: the champion of people is .*Cure: .*promote"
    ):
        make_package(project, "2020", "people", tmp_path / "x")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_damaged_version_is_not_shipped_and_nothing_is_left(trained, tmp_path):
    version = publish(with_example(trained, tmp_path / "artifacts"), tmp_path / "runs")
    path = tmp_path / "runs" / version / "artifacts" / "labels.parquet"
    path.chmod(0o644)
    path.write_bytes(b"other")
    with pytest.raises(CheckError, match=r"labels.parquet.*Nothing was packaged"):
        make_package(Project(ROOT, tmp_path / "runs"), version, "people", tmp_path / "dist" / "x")
    assert list((tmp_path / "dist").iterdir()) == []


def test_a_folder_that_is_there_is_not_written_over(shop, shipped):
    with pytest.raises(ConfigError, match="is there already"):
        make_package(*shop, "people", shipped)


@pytest.mark.skipif("not shutil.which('flock')", reason="there is no flock here (Debian: util-linux)")
def test_in_a_cluster_an_empty_archive_begins_with_what_was_shipped_once_however_many_start(shop, shipped, tmp_path):
    """The command of deploy/'s init container, three at once, where one before was killed on its way."""
    text = (ROOT / "deploy" / "base" / "deployment.yaml").read_text()
    (pod,) = [document["spec"]["template"]["spec"] for document in yaml.safe_load_all(text)]
    archive, runs = tmp_path / "archive", shipped / "project" / "runs"
    shutil.copytree(runs / shop[1], archive / shop[1])
    shutil.copytree(runs / "registry", archive / ".registry")
    command = [word.replace("/archive", str(archive)) for word in pod["initContainers"][0]["command"]]
    started = [subprocess.Popen(command, cwd=shipped / "project") for _ in range(3)]
    assert [process.wait(timeout=60) for process in started] == [0, 0, 0]
    assert verify(archive, shop[1]) == []
    assert read_json(archive / "registry" / "people" / "champion.json")["version"] == shop[1]
    assert not (archive / ".registry").exists()


# What this environment would hand down to the clean one.
OURS = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")


@pytest.fixture(scope="module")
def installed(shipped, tmp_path_factory):
    """The steps of the Dockerfile without an image builder: a clean environment, a clean directory; returns both."""
    folder = tmp_path_factory.mktemp("clean")
    environment = {name: value for name, value in os.environ.items() if name not in OURS}

    def done(*command):
        result = subprocess.run([*map(str, command)], env=environment, capture_output=True, text=True, timeout=1500)
        assert result.returncode == 0, (result.stdout + result.stderr)[-3000:]

    python = folder / "venv" / "bin" / "python"
    done(Path(sys.base_prefix) / "bin" / "python3", "-m", "venv", folder / "venv")
    pip = (python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    done(*pip, "--require-hashes", "--only-binary", ":all:", "-r", shipped / "requirements.lock")
    done(*pip, "--no-deps", "--no-index", next(shipped.glob("*.whl")))
    shutil.copytree(shipped / "project", folder / "churn")
    return python, folder / "churn", environment


@pytest.mark.nightly
def test_in_a_clean_environment_it_scores_and_says_who_serves(shop, installed, tmp_path):
    python, folder, environment = installed
    _, version = shop
    (tmp_path / "new.csv").write_text("id,spend,plan\na,1.5,basic\nb,,plus\n")

    def answer(*arguments):
        command = [python, "pipeline.py", *map(str, arguments), "--json"]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    assert answer("verify", version)["problems"] == []
    told = answer("score", tmp_path / "new.csv", "-o", tmp_path / "scores.csv")
    assert (told["rows_scored"], told["model"]["version"]) == (2, version)


@pytest.mark.nightly
def test_in_a_clean_environment_the_service_answers_the_example(shop, shipped, installed):
    python, folder, environment = installed
    command = [python, "pipeline.py", "serve", "--port", "0"]
    process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True)
    try:
        address = re.search(r"http://\S+/", process.stdout.readline())[0]
        request = urllib.request.Request(
            f"{address}predict", (shipped / "example_request.json").read_bytes(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=60) as answered:
            told = json.load(answered)
    finally:
        process.terminate()
        process.wait(timeout=60)
    example = read_json(shipped / "project" / "runs" / shop[1] / "artifacts" / "example.json")
    assert abs(told["probability"] - example["probability"]) <= 1e-6
    assert process.returncode == -signal.SIGTERM  # it ends in good order, then by the signal that it was told to end by


# Within the image: as soon as the service is ready, what it says of the example.
ASK = """
import json, sys, time, urllib.request
for _ in range(120):
    try:
        urllib.request.urlopen("http://127.0.0.1:8000/ready", timeout=5)
        break
    except OSError:
        time.sleep(0.5)
else:
    raise SystemExit(1)
headers = {"Content-Type": "application/json", "X-API-Key": "0123456789abcdef"}
request = urllib.request.Request("http://127.0.0.1:8000/predict", sys.argv[1].encode(), headers)
print(urllib.request.urlopen(request, timeout=30).read().decode())
"""
TAG = "churn-mlops-test"


def run(*command, **more) -> str:
    """What a command says; raises where it fails."""
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, timeout=1500, **more)
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    return done.stdout.strip()


def builder() -> str:
    """The first image builder that works here; empty where there is none."""
    works = {"docker": "info", "podman": "info", "buildah": "info"}
    found = [name for name in works if shutil.which(name)]
    return next((name for name in found if not subprocess.run([name, works[name]], capture_output=True).returncode), "")


def build(name: str, folder) -> None:
    """Make the image, on the base that CHURN_TEST_BASE names where the Dockerfile's own is out of reach."""
    base = os.environ.get("CHURN_TEST_BASE")
    more = ["--build-arg", f"BASE={base}"] if base else []
    more += [] if name == "docker" else ["--format", "docker"]  # which alone keeps the health check
    more += ["--isolation", "chroot"] if name == "buildah" else []
    done = subprocess.run([name, "build", *more, "-t", TAG, str(folder)], capture_output=True, text=True, timeout=1500)
    if not base and re.search("no such host|dial tcp|pinging container registry", done.stderr):
        pytest.skip(f"{name} cannot fetch the base: name one that is here in CHURN_TEST_BASE (docs/packaging.md)")
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]


@pytest.mark.nightly
def test_the_image_builds_and_answers_with_a_root_that_cannot_be_written(shop, shipped):
    name = builder()
    if not name:
        pytest.skip("there is no image builder here (docker, podman, buildah)")
    build(name, shipped)
    example = (shipped / "example_request.json").read_text()
    told = json.loads(in_buildah(example) if name == "buildah" else in_container(name, example))
    expected = read_json(shipped / "project" / "runs" / shop[1] / "artifacts" / "example.json")["probability"]
    assert (told["version"], told["probability"]) == (shop[1], pytest.approx(expected, abs=1e-6))


def in_container(name: str, example: str) -> str:
    limits = ["--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "-e", "CHURN_API_KEYS=0123456789abcdef"]
    started = run(name, "run", "-d", "--rm", *limits, TAG)
    try:
        return run(name, "exec", started, "python", "-c", ASK, example)
    finally:
        subprocess.run([name, "kill", started], check=False, capture_output=True)


def in_buildah(example: str) -> str:
    """As the image's own user, service and asker by one command; its containers have no root that cannot be written."""
    started = run("buildah", "from", TAG)
    into = ["buildah", "run", "--isolation", "chroot", "-e", "CHURN_API_KEYS=0123456789abcdef", started, "--"]
    try:
        assert run(*into, "id", "-u") == "10001"
        return run(
            *into, "python", "-c", f"{SERVE}\ntry:{indent(ASK, '    ')}finally:\n    service.terminate()", example
        )
    finally:
        run("buildah", "rm", started)


SERVE = """
import subprocess, sys
service = subprocess.Popen([sys.executable, "pipeline.py", "serve", "--port", "8000", "--quiet"], stdout=sys.stderr)
"""
