"""A run with --scheduler sends its calls to that cluster, connects to nothing else, and makes the same."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from churn_mlops.archive.versions import read_manifest
from churn_mlops.errors import ClusterError, ConfigError
from churn_mlops.pipelines.cluster import check_scheduler, endpoints, let_kernels_use
from churn_mlops.pipelines.stage import Stage

pytestmark = pytest.mark.slow
REPOSITORY = Path(__file__).parents[2]
MAKE = (
    "from operator import mul\nfrom pathlib import Path\nfrom churn_mlops.workers import run_all",
    "numbers = run_all(mul, [(number,) for number in range(4)], (7,))",
    "Path(run_dir).joinpath('number.txt').write_text(str(numbers))",
    "import os\nPath(run_dir).joinpath('where.txt').write_text(os.environ.get('CHURN_SCHEDULER', 'here'))",
)
STAGE = Stage("01_make", writes=("number.txt", "where.txt"))


@pytest.mark.parametrize(
    "address",
    ["here:8786", "tcp://here", "tcp://:8786", "http://here:8786", "tcp://here:none", "tcp://here:1/x", "8786"],
)
def test_an_address_that_can_be_none_is_refused(address):
    with pytest.raises(ConfigError, match=rf"--scheduler {address}: not the address .* Expected tcp://HOST:PORT"):
        check_scheduler(address)
    assert endpoints(address) == frozenset()


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:8786", "tls://scheduler.example:8786", "tcp://[::1]:8786/"])
def test_an_address_that_may_be_one_is_not(address):
    check_scheduler(address)


def test_without_the_extra_the_message_says_how_to_install_it(monkeypatch):
    monkeypatch.setattr("churn_mlops.pipelines.cluster.find_spec", lambda name: None)
    with pytest.raises(ConfigError, match=r"`distributed` is not installed. Cure: pip install 'churn-mlops\[dask\]'"):
        check_scheduler("tcp://127.0.0.1:8786")


def test_where_nothing_listens_no_kernel_is_told_of_it(monkeypatch):
    monkeypatch.delenv("CHURN_SCHEDULER", raising=False)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(ClusterError, match=f"^cluster {address}: no connection within 5 s .* Cure: start a sched"):
            let_kernels_use(address)
    assert "CHURN_SCHEDULER" not in os.environ


def test_the_watch_knows_the_address_by_its_numbers():
    assert endpoints("tcp://127.0.0.1:8786") == {"127.0.0.1:8786"}
    assert endpoints("tcp://[::1]:8786") == {"::1:8786"}
    assert "127.0.0.1:8786" in endpoints("tcp://localhost:8786")
    assert endpoints("tcp://no-such-host.invalid:8786") == endpoints("") == frozenset()


@pytest.fixture(scope="module")
def project(make_project, tmp_path_factory):
    return make_project(tmp_path_factory.mktemp("cluster") / "shop", {STAGE: MAKE})


def run(project, *arguments):
    process = project.start("run", "--config", "configs/shop.toml", "--json", *arguments)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return read_manifest(project.runs, json.loads(out)["version"]), err


@pytest.mark.kernel
@pytest.mark.nightly
def test_a_stage_uses_the_cluster_connects_to_nothing_else_and_its_result_is_found_without_it(project, cluster):
    manifest, err = run(project, "--scheduler", cluster.address, "--strict")
    (stage,) = manifest["stages"]
    artifacts = project.runs / manifest["version"] / "artifacts"
    assert (artifacts / "number.txt").read_text() == "[0, 7, 14, 21]"
    assert (artifacts / "where.txt").read_text() == cluster.address
    assert (stage["undeclared"], manifest["environment"]["scheduler"]) == ([], cluster.address)
    assert cluster.address not in json.dumps(stage)
    again, err = run(project)
    assert (again["version"], "Nothing to do" in err) == (manifest["version"], False)


@pytest.mark.kernel
@pytest.mark.nightly
def test_a_grid_hands_the_address_on(tiny_project, cluster):
    grid = ("--config", "configs/shop.toml", "--json", "-p", "make.factor=2,3")
    process = tiny_project.start(*grid, "--scheduler", cluster.address)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    known = [read_manifest(tiny_project.runs, setting["version"]) for setting in json.loads(out)["settings"]]
    assert [manifest["environment"]["scheduler"] for manifest in known] == [cluster.address] * 2


@pytest.mark.kernel
@pytest.mark.nightly
def test_the_default_run_makes_the_same_files_on_a_cluster(cluster, tmp_path):
    made = {}
    for name, arguments in (("here", []), ("there", ["--scheduler", cluster.address])):
        command = [sys.executable, "pipeline.py", "run", "--json", "--to", "03_train", "--runs", str(tmp_path / name)]
        done = subprocess.run([*command, *arguments], cwd=REPOSITORY, capture_output=True, text=True, timeout=900)
        assert done.returncode == 0, done.stderr
        manifest = read_manifest(tmp_path / name, json.loads(done.stdout)["version"])
        made[name] = {stage["name"]: stage["outputs"] for stage in manifest["stages"]}
        assert [stage["undeclared"] for stage in manifest["stages"] if stage["undeclared"]] == []
    assert made["there"] == made["here"]
