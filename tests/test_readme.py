"""What the README and the committed files promise."""

import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from churn_mlops.config import read_config

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
COMMANDS = [
    shlex.split(line, comments=True)
    for block in re.findall(r"```bash\n(.*?)```", README, re.DOTALL)
    for line in block.splitlines()
]


def tracked():
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        pytest.skip("this is not a git checkout")
    return [ROOT / name for name in done.stdout.splitlines()]


def test_the_readme_is_short():
    assert len(README.splitlines()) <= 150


@pytest.mark.parametrize("target", [c[1] for c in COMMANDS if c[0] == "make"] + re.findall(r"`make (\w+)`", README))
def test_every_make_target_exists(target):
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.MULTILINE)


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([^)#]+)\)", README))))
def test_every_link_leads_to_a_file(link):
    assert (ROOT / link).exists()


_NEED_A_RUN = (
    "diff",
    "debug",
    "lineage",
    "monitor",
    "package",
    "reproduce",
    "retrain",
    "score",
    "serve",
    "watch",
    "why",
)


@pytest.mark.parametrize("command", [c for c in COMMANDS if c[0] == "python" and c[2:]], ids=" ".join)
def test_every_command_is_understood(command, tmp_path):
    """Answers are given; runs are stopped by a parameter that does not exist, after everything else was checked.

    What compares or opens a run says of the empty archive that there is none; `watch`, that nothing has times.
    """
    needs_a_run = command[2] in _NEED_A_RUN
    run = command[2].startswith("-") and command[2] != "--help"
    data = tmp_path / "telco.csv"
    data.write_text("customerID,Churn\n1,Yes\n2,No\n")
    arguments = [str(data) if a in ("telco.csv", "people.csv") else a for a in command[2:]]
    extra = ["-p", "train.no_such=1"] if run else [] if "--help" in command else ["--runs", str(tmp_path)]
    extra += ["--output", str(tmp_path / "people.toml")] if command[2] == "init" else []
    extra += ["--help"] if command[2] in ("adopt", "drill", "replay") else []  # one needs a folder, the others minutes
    done = subprocess.run([sys.executable, "pipeline.py", *arguments, *extra], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == (2 if run or needs_a_run else 0), done.stderr
    assert not run or done.stderr.startswith("error: 1 wrong parameter"), done.stderr
    assert not needs_a_run or re.search(
        "is empty|no failed run|none yet|no model (yet|serves)|no definition there has times", done.stderr
    ), done.stderr


def test_the_definition_in_the_readme_is_sound(tmp_path):
    (tmp_path / "x.toml").write_text(re.search(r"```toml\n(.*?)```", README, re.DOTALL)[1])
    shown, shipped = read_config(tmp_path / "x.toml").definition, read_config(ROOT / "configs/telco.toml").definition
    assert (shown.money, shown.dataset.target) == (shipped.money, shipped.dataset.target)


def test_the_lock_pins_every_package_with_hashes_and_no_address():
    lock = (ROOT / "requirements.lock").read_text()
    packages = re.findall(r"^(\S+==\S+).*?((?:\n    --hash=sha256:\w{64} ?\\?)+)", lock, re.MULTILINE)
    assert len(packages) == len(re.findall(r"^[^\s#]", lock, re.MULTILINE)) > 50
    assert "://" not in lock


def test_no_committed_file_names_a_registry():
    hosts = ["pypi" + ".org", "python" + "hosted.org", "registry.npm" + "js.org", "deb." + "debian.org"]
    texts = {path: path.read_bytes() for path in tracked() if path.exists()}
    assert not [path.name for path, text in texts.items() if any(host.encode() in text for host in hosts)]


@pytest.mark.slow
def test_the_wheel_imports_as_churn_mlops(tmp_path):
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]); import churn_mlops.errors as e; from importlib import resources;"
        "print(e.__file__, (resources.files('churn_mlops.reports') / 'templates' / 'style.css').is_file())"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", script, str(wheel)], cwd=tmp_path, capture_output=True, text=True
    )
    assert wheel.name in done.stdout, done.stderr
    assert "True" in done.stdout
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["name"] == "churn-mlops"
