"""A stage finds nothing of another in its kernel, and a kernel forked from the template is like one of its own."""

import json
import os
from pathlib import Path

import pytest

from churn_mlops.pipelines.kernels.forked import can_fork
from churn_mlops.pipelines.stage import Stage

pytestmark = pytest.mark.kernel

IMPORTS = """
import builtins, decimal, gc, json, locale, logging, os, random
import signal, string, subprocess, sys, threading, time, uuid, warnings
from pathlib import Path
import matplotlib, numpy as np, pandas as pd, psutil
"""
STATE = """
SYSTEM = ("/dev/", "/proc/", "/.watch/")
def look():
    umask = os.umask(0o22)
    os.umask(umask)
    links = [os.path.realpath(f"/proc/self/fd/{n}") for n in os.listdir("/proc/self/fd")]
    return {
        "names": sorted(name for name in get_ipython().user_ns if name.startswith("left")),
        "builtins": hasattr(builtins, "left"),
        "a module of the standard library": string.hexdigits,
        "search path": sys.path,
        "arguments": sys.argv[:1],
        "modules": "left" in sys.modules,
        "environment": {k: v for k, v in os.environ.items() if k not in ("CHURN_STAGE", "JPY_PARENT_PID")},
        "working directory": os.getcwd(),
        "umask": umask,
        "signals": {n.name: str(signal.getsignal(n)).split(" at ")[0] for n in signal.Signals},
        "matplotlib": {k: str(v) for k, v in matplotlib.rcParams.items()},
        "pandas": repr(pd.options.d),
        "numpy": np.geterr(),
        "warnings": [str(f) for f in warnings.filters],
        "locale": locale.setlocale(locale.LC_ALL),
        "decimal": decimal.getcontext().prec,
        "recursion": sys.getrecursionlimit(),
        "garbage collection": gc.isenabled(),
        "logging": logging.getLogger().level,
        "threads": sorted(t.name.rstrip("0123456789") for t in threading.enumerate()),
        "open files": sorted(link for link in links if link[0] == "/" and not any(s in link for s in SYSTEM)),
        "processes": len(psutil.Process().children(recursive=True)),
        "shell": [get_ipython().colors, len(get_ipython().history_manager.input_hist_raw) > 20],
    }
def draw():
    return [random.random(), np.random.rand(), np.random.default_rng().random(), uuid.uuid4().hex, os.urandom(8).hex()]
out = Path(run_dir).resolve()
def write(name, value):
    (out / name).write_text(json.dumps(value, default=str))
"""
SPOIL = """
left = 1
builtins.left = 1
string.hexdigits = "left"
sys.path.insert(0, "/left")
sys.argv[0] = "left"
sys.modules["left"] = json
os.environ["LEFT"] = "1"
os.chdir("/")
os.umask(0o077)
old = signal.signal(signal.SIGUSR1, lambda *_: None)
random.seed(1)
np.random.seed(1)
matplotlib.rcParams["lines.linewidth"] = 42
pd.set_option("display.max_rows", 7)
np.seterr(all="raise")
warnings.simplefilter("error")
locale.setlocale(locale.LC_ALL, "C" if locale.setlocale(locale.LC_ALL) != "C" else "C.UTF-8")
decimal.getcontext().prec = 3
sys.setrecursionlimit(5000)
gc.disable()
logging.getLogger().setLevel(1)
handle = open(out / "before.json")
threading.Thread(target=time.sleep, args=(600,), name="left", daemon=True).start()
stays = subprocess.Popen(["sleep", "600"], start_new_session=True)
orphan = "import os, time; os.setsid(); pid = os.fork(); pid and (print(pid, flush=True), os._exit(0))"
orphan += "; os.close(1); time.sleep(600)"
orphan = int(subprocess.run([sys.executable, "-c", orphan], stdout=subprocess.PIPE, text=True).stdout)
get_ipython().colors = "nocolor" if get_ipython().colors != "nocolor" else "linux"
"""
GONE = """
end = time.monotonic() + 5
alive = json.loads((out / "left.json").read_text())["pids"]
while any(psutil.pid_exists(pid) for pid in alive) and time.monotonic() < end:
    time.sleep(0.02)
write("gone.json", [psutil.pid_exists(pid) for pid in alive])
"""
TRAIN = (
    "import matplotlib.pyplot as plt\nimport numpy as np\nimport pandas as pd\nfrom pathlib import Path",
    "from sklearn.ensemble import HistGradientBoostingClassifier\nfrom churn_mlops.archive.scraps import glue_metrics",
    "rng = np.random.default_rng(3)\nX = pd.DataFrame(rng.normal(size=(4000, 8)))\ny = (X.sum(axis=1) > 0).astype(int)",
    "model = HistGradientBoostingClassifier(max_iter=30, early_stopping=False, random_state=0).fit(X, y)",
    "p = model.predict_proba(X)[:, 1]\nglue_metrics({'roc_auc': float(p.mean())})",
    "pd.DataFrame({'p': p}).to_parquet(Path(run_dir, 'p.parquet'))\nX.describe()",
    "from matplotlib_inline.backend_inline import set_matplotlib_formats\nplt.rcParams['svg.hashsalt'] = 'same'",
    "set_matplotlib_formats('svg', 'png', metadata={'Date': None})\nplt.plot(p[:50]);",
    "class Odd(dict):\n    pass\n{1, 'a', 2.5}, Odd(a=1), (X @ X.T).to_numpy().sum()",
    "import sys\nprint('out')\nprint('err', file=sys.stderr)\nimport os\nwritten = os.write(1, b'raw\\n')",
)
NOTEBOOKS = {
    Stage("01_spoil", writes=("before.json", "left.json")): (
        *(IMPORTS, STATE, "before = look()\nwrite('before.json', before)\ndrawn = draw()"),
        *(SPOIL, "write('left.json', {'pids': [stays.pid, orphan], 'drawn': drawn, 'state': look()})"),
    ),
    Stage("02_look", reads=("before.json", "left.json"), writes=("after.json", "drawn.json", "gone.json")): (
        *(IMPORTS, STATE, "after = look()\nwrite('after.json', after)", "write('drawn.json', draw())", GONE),
    ),
    Stage("03_train", reads=("gone.json",), writes=("p.parquet",)): TRAIN,
}


@pytest.fixture(scope="module")
def folder(kind, environment, make_project, tmp_path_factory):
    """The version of a run of these notebooks under this kind of kernel."""
    project = make_project(tmp_path_factory.mktemp(kind) / "shop", NOTEBOOKS)
    process = project.start(env=environment)
    told = process.communicate(timeout=120)
    assert process.returncode == 0, told
    assert list(Path(environment["TMPDIR"]).glob("churn-*")) == []
    assert "refused" not in told[1]
    (manifest,) = project.runs.glob("[0-9]*/manifest.json")
    return manifest.parent


@pytest.fixture(scope="module")
def seen():
    """What the runs of both kinds have shown, for the test that comes last."""
    return {}


def artifact(folder, name):
    return json.loads((folder / "artifacts" / name).read_text())


def test_no_state_passes_from_one_stage_to_the_next(folder):
    before, after, left = artifact(folder, "before.json"), artifact(folder, "after.json"), artifact(folder, "left.json")
    assert set(before) == {key for key in before if left["state"][key] != before[key]}  # each of them was spoiled
    assert {key: after[key] for key in before if after[key] != before[key]} == {}


def test_what_a_stage_leaves_running_is_gone_with_it(folder):
    assert artifact(folder, "gone.json") == [False, False]


def test_the_kinds_of_kernel_agree_in_state_and_bytes_and_never_in_chance(folder, kind, seen):
    """Random numbers of two stages, or of two runs, differ; nothing else does."""
    version = folder.name.encode()
    files = {
        path.relative_to(folder).as_posix(): path.read_bytes().replace(version, b"VERSION")
        for path in sorted(folder.rglob("*"))
        if path.name in ("03_train.ipynb", "02_look.ipynb", "p.parquet", "metrics.json")
    }
    assert b"<svg" in files["notebooks/03_train.ipynb"]
    assert b"image/png" in files["notebooks/03_train.ipynb"]
    state = json.loads(json.dumps(artifact(folder, "before.json")).replace(os.fspath(folder.parent.parent), "ROOT"))
    state["warnings"].sort()  # that of IPython stands first where it was loaded first
    for name in ("CHURN_KERNELS", "TMPDIR", "PYTEST_CURRENT_TEST"):
        state["environment"].pop(name, None)
    drawn = [*artifact(folder, "left.json")["drawn"], *artifact(folder, "drawn.json")]
    seen[kind] = files, state, drawn
    everything = [value for _, _, values in seen.values() for value in values]
    assert len(set(everything)) == len(everything) == 10 * len(seen)
    if len(seen) == 1:
        assert kind == "forked" or not can_fork()
        return
    (files, state, _), (others, other, _) = seen.values()
    assert {key: (state[key], other[key]) for key in state if state[key] != other[key]} == {}
    assert [name for name in files if files[name] != others[name]] == []
