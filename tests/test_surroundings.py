"""Where, when and by whom a run is made does not change its model: the same sources and data give it to the bit."""

import json
import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.pipelines.reproducing.conftest import seal_anew

import churn_mlops
from churn_mlops.archive.tables import read_table, write_table
from churn_mlops.pipelines.reproducing.reproduce import reproduce

ROOT, LIBRARY = Path(__file__).parent.parent, Path(churn_mlops.__file__).parent
DEFINITION = """
[dataset]
name = "shop"
source = "../shop.csv"
id = "id"
target = "left"
positive = "yes"

[money]
value_kept = 100
offer_cost = 5
success_rate = 0.5

[train]
trials = 2

[judge]
max_calibration_error = 0.3
"""
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "LOKY_MAX_CPU_COUNT")
GIT = ("git", "-c", "user.name=x", "-c", "user.email=x@example.com")


def customers(rows: int = 400) -> str:
    """Customers of whom the one who spend more leave more often; with decimal commas, and two rows that are broken."""
    chance = random.Random(7)
    lines = ["id;spend;plan;joined;left", "x1;1,5;basic", "x2;1,5;basic;2025-02-02;no;too;many"]
    for n in range(rows):
        spend, plan = chance.gauss(20, 6), chance.choice(["basic", "plus", ""])
        left = "yes" if chance.gauss(spend, 4) > 23 else "no"
        lines.append(f"c{n:04};{spend:.2f};{plan};2025-{n % 12 + 1:02}-{n % 28 + 1:02};{left}".replace(".", ","))
    return "\n".join(lines) + "\n"


def lay_out(root: Path) -> Path:
    """The project as it stands, on a small file."""
    for name in ("notebooks", "pipeline.py", "requirements.lock", "pyproject.toml", "README.md"):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy2
        copy(ROOT / name, root / name)
    shutil.copytree(LIBRARY, root / "lib" / "churn_mlops", ignore=shutil.ignore_patterns("__pycache__"))
    (root / "configs").mkdir()
    (root / "configs" / "shop.toml").write_text(DEFINITION)
    (root / "shop.csv").write_text(customers())
    return root


def run(root: Path, *more: str, variables=None, cwd=None, through=(), **options) -> dict:
    """Run it up to the model in a process of its own, `through` a program; the digests of what its stages made."""
    here = {name: value for name, value in os.environ.items() if name not in (*THREADS, "PYTHONHASHSEED")}
    command = [sys.executable, str(root / "pipeline.py"), "run", "--config", str(root / "configs" / "shop.toml")]
    done = subprocess.run(
        [*through, *command, "--json", *(more or ("--to", "train"))],
        cwd=cwd or root,
        env=here | {"PYTHONPATH": str(root / "lib"), "CHURN_ACTOR": "Ann <ann@shop.example>"} | (variables or {}),
        capture_output=True,
        text=True,
        **options,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    manifest = json.loads((Path(json.loads(done.stdout)["folder"]) / "manifest.json").read_text())
    return {name: digest for stage in manifest["stages"] for name, digest in stage["outputs"].items()}


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    """The project in which a run was made first, and what that made."""
    root = lay_out(tmp_path_factory.mktemp("first") / "shop")
    return root, run(root)


def elsewhere(folder: Path, root: Path) -> Path:
    """The project as a copy without its archive."""
    shutil.copytree(root, folder, ignore=shutil.ignore_patterns("runs"))
    return folder


def in_a_dirty_tree(root: Path) -> dict:
    for command in (("init", "-q"), ("add", "-A"), ("commit", "-qm", "as it was")):
        subprocess.run([*GIT, *command], cwd=root, check=True, capture_output=True)
    with (root / "lib/churn_mlops/models/threshold.py").open("a") as file:
        file.write("\n# nobody has committed this\n")
    (root / "notebooks" / "scratch.ipynb").write_text("{}")
    return {}


def as_another_user(root: Path) -> dict:
    """Nobody; where nobody may not reach this interpreter, in a name space of his own that calls its user so."""
    if os.name != "posix" or os.getuid() != 0:
        pytest.skip("only root may become another user")
    home = root.parent / "home"
    home.mkdir()
    variables = {"variables": {"HOME": str(home)}}
    try:
        nobody = {"user": 65534, "group": 65534, "extra_groups": []}
        subprocess.run([sys.executable, "-c", "pass"], cwd="/", check=True, **nobody)
    except (OSError, subprocess.CalledProcessError):
        apart = ("unshare", "--user")
        told = subprocess.run([*apart, sys.executable, "-c", "import os; print(os.getuid())"], capture_output=True)
        if told.stdout.strip() in (b"", b"0"):
            pytest.skip("another user may not run this interpreter")
        return variables | {"through": apart}
    for path in (root, *root.rglob("*"), home):
        os.chown(path, 65534, 65534)
    for path in root.parents[:3]:
        path.chmod(path.stat().st_mode | 0o111)
    return variables | nobody


def with_variables(**variables):
    return lambda root: {"variables": variables}


def on_one_core(root: Path) -> dict:
    if not hasattr(os, "sched_setaffinity"):
        pytest.skip("no way to hold a process to one core")
    return {"preexec_fn": lambda: os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})}


SURROUNDINGS = {
    "another hash seed": with_variables(PYTHONHASHSEED="4242"),
    "another timezone": with_variables(TZ="Pacific/Kiritimati"),
    "another locale": with_variables(LC_ALL="tr_TR.UTF-8", LANG="de_DE.UTF-8"),
    "the C locale": with_variables(LC_ALL="C", LANG="C", PYTHONUTF8="0"),
    "another working directory": lambda root: {"cwd": "/"},
    "one thread": with_variables(**dict.fromkeys(THREADS, "1")),
    "seven threads": with_variables(**dict.fromkeys(THREADS, "7")),
    "one core": on_one_core,
    "another user": as_another_user,
    "another path": lambda root: {},
    "a dirty tree": in_a_dirty_tree,
    "no home and a tight umask": lambda root: {"umask": 0o077, "variables": {"HOME": str(root / "nobody")}},
}


@pytest.mark.kernel
@pytest.mark.nightly
@pytest.mark.parametrize("name", SURROUNDINGS)
def test_the_surroundings_do_not_change_the_model(first, tmp_path, name):
    root = elsewhere(tmp_path / ("wo anders ü" if name == "another path" else "copy"), first[0])
    made = run(root, **SURROUNDINGS[name](root))
    assert made == first[1]
    assert "model.skops" in made


@pytest.mark.slow
@pytest.mark.parametrize(
    "variables",
    [
        {"PYTHONHASHSEED": "4242", "TZ": "Pacific/Kiritimati", "LC_ALL": "tr_TR.UTF-8"},
        pytest.param(dict.fromkeys(THREADS, "3") | {"LC_ALL": "C"}, marks=pytest.mark.nightly),
    ],
    ids=["hash seed, timezone and locale", "threads and another locale"],
)
def test_a_small_model_is_the_same_in_a_process_with_other_surroundings(trained, tmp_path, variables):
    program = f"from tests.conftest import train; train({str(tmp_path)!r})"
    environment = os.environ | {"PYTHONPATH": f"{LIBRARY.parent}{os.pathsep}{ROOT}"} | variables
    subprocess.run([sys.executable, "-c", program], env=environment, cwd="/", check=True)
    for name in ("model.skops", "out_of_fold.parquet", "baselines.skops"):
        assert (tmp_path / name).read_bytes() == (Path(trained) / name).read_bytes(), name


# ---- the whole pipeline, made again from the archive


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A project whose second whole run was compared with the champion that the first became, in a dirty tree."""
    root = lay_out(tmp_path_factory.mktemp("whole") / "shop")
    in_a_dirty_tree(root)
    (root / "notebooks" / "scratch.ipynb").unlink()
    run(root, "--force")
    assert (root / "runs/registry/shop/champion.json").is_file()
    run(root, "-p", "train.seed=1")
    (root / "shop.csv").unlink()  # the archive has the data
    return root / "runs", (root / "runs" / "latest").resolve().name


def again(runs: Path, version: str, same_env: bool = True) -> dict:
    return reproduce(runs, version, same_env=same_env, tell=lambda line: None)


@pytest.mark.kernel
@pytest.mark.nightly
def test_a_run_that_saw_a_champion_and_earlier_data_is_identical_from_the_archive_alone(whole):
    found = again(*whole)
    assert found["verdict"] == "identical", found["attribution"]
    assert (found["scores"]["different"], found["metrics"]) == (0, [])
    assert found["scores"]["customers"] > 200


@pytest.mark.kernel
@pytest.mark.nightly
def test_a_fresh_environment_from_the_archived_lock_gives_the_identical_model(whole):
    found = again(*whole, same_env=False)
    assert (found["verdict"], found["environment"]) == ("identical", "fresh"), found["attribution"]


@pytest.mark.kernel
@pytest.mark.nightly
def test_one_changed_value_of_the_archived_data_is_named_though_all_digests_fit(whole, tmp_path):
    runs, version = shutil.copytree(whole[0], tmp_path / "runs", symlinks=True), whole[1]
    path = runs / version / "artifacts/read/table.parquet"
    frame = read_table(path)
    frame.loc[5, "spend"] = "19,99"
    path.unlink()
    write_table(path, frame)
    kept = shutil.copytree(runs / "registry", tmp_path / "registry")
    seal_anew(runs, version)
    shutil.copytree(kept, runs / "registry", ignore=shutil.ignore_patterns("audit.jsonl"))
    found = again(runs, version)
    assert (found["verdict"], found["stage"]) == ("different", "01_data")
    assert found["attribution"] == "Only the data differs, and what follows from it."
    assert found["scores"]["different"] > 0
    assert "the log was cut or put back" in found["unrecorded"]


@pytest.mark.kernel
@pytest.mark.nightly
def test_where_the_champion_of_then_is_gone_all_before_it_is_compared(whole, tmp_path):
    runs, version = shutil.copytree(whole[0], tmp_path / "runs", symlinks=True), whole[1]
    before = next(path.name for path in sorted(runs.glob("2*")) if path.name != version)
    shutil.rmtree(runs / before)
    found = again(runs, version)
    assert (found["verdict"], found["stages"]) == ("partial", ["01_data", "02_features", "03_train"])
    assert found["model"]["a"] == found["model"]["b"]
    assert before in found["left_out"]
