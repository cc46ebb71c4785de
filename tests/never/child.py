"""The child process: every loader of the product meets every file, while an audit hook listens to what Python does.

`python child.py CASES.json MARKS` prints one JSON object: what each loader said of each case, and what the hook heard.
"""

import contextlib
import io
import json
import os
import pickle
import sys
import sysconfig
import traceback
from pathlib import Path

STEPS = {
    *("os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.forkpty", "os.startfile", "pty.spawn"),
    *("subprocess.Popen", "pickle.find_class", "code.__new__", "webbrowser.open", "urllib.Request", "ftplib.connect"),
    *("socket.connect", "socket.bind", "socket.getaddrinfo", "smtplib.connect", "ctypes.dlopen", "ctypes.dlsym"),
}
CHANGES = {"os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.symlink", "os.link", "os.chmod", "shutil.rmtree"}
LIBRARY = str(Path(__import__("churn_mlops").__file__).parents[1])
OURS = tuple({*sysconfig.get_paths().values(), str(Path(os.__file__).parent), LIBRARY, "<frozen"})
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT


class Ear:
    """Hears what must not happen; `place` is the folder in which files may be written."""

    def __init__(self, place: str):
        self.place, self.heard, self.on = os.path.realpath(place), [], False
        sys.addaudithook(self)

    def __call__(self, event: str, args: tuple) -> None:
        if not self.on:
            return
        self.on = False  # what this does itself is no news
        try:
            if self.is_news(event, args):
                where = "".join(traceback.format_stack(limit=6)[:-1])
                self.heard.append([event, repr(args)[:200], where])
        finally:
            self.on = True

    def is_news(self, event: str, args: tuple) -> bool:
        if event in STEPS:
            return True
        if event == "exec":
            return not args[0].co_filename.startswith(OURS)
        if event == "import":
            return args[0].startswith(("evil", "antigravity"))
        if event == "open":
            return isinstance(args[2], int) and bool(args[2] & WRITES) and not self.may_write(args[0])
        return event in CHANGES and not self.may_write(args[0])

    def may_write(self, path) -> bool:
        if isinstance(path, int):
            return True
        return os.path.realpath(os.fsdecode(path)).startswith((self.place, "/dev/null"))


def loaders(case: dict, every: bool = False) -> dict:
    """What reads a file of a version, by name, whatever it is called; most commands do not look into a model."""
    from churn_mlops.archive.files import read_json
    from churn_mlops.archive.tables import read_pieces, read_table
    from churn_mlops.archive.versions import read_manifest, read_metrics
    from churn_mlops.config import Policy, read_config, read_policy
    from churn_mlops.data.versions import load_definition, load_version
    from churn_mlops.features.examples import load_active, load_examples, load_signature
    from churn_mlops.models.persistence import load_model
    from churn_mlops.models.predictor import load_predictor, load_test_scores
    from churn_mlops.registry.acts import promote_model
    from churn_mlops.registry.gates import load_gates
    from churn_mlops.registry.transfer.importing import import_version

    runs, version = Path(case["runs"]), case["version"]
    file = runs / version / case["file"]
    run_dir = str(runs / version / "artifacts")
    always = {
        "read_json": lambda: read_json(file),
        "read_table": lambda: read_table(file),
        "read_pieces": lambda: list(read_pieces(file)),
        "load_model": lambda: load_model(file),
        "read_config": lambda: read_config(file),
        "read_policy": lambda: read_policy(file, "people"),
        "import": lambda: import_version(runs, file, lambda dataset: {}),
    }
    inside = {
        "load_predictor": lambda: load_predictor(run_dir),
        "baselines": lambda: load_model(Path(run_dir) / "baselines.skops"),
        "load_signature": lambda: load_signature(run_dir),
        "load_definition": lambda: load_definition(run_dir),
        "load_version": lambda: load_version(run_dir),
        "load_examples": lambda: load_examples(run_dir, "test"),
        "load_active": lambda: load_active(run_dir),
        "load_gates": lambda: load_gates(run_dir),
        "load_test_scores": lambda: load_test_scores(run_dir),
        "read_manifest": lambda: read_manifest(runs, version),
        "read_metrics": lambda: read_metrics(runs, version),
        "promote": lambda: promote_model(runs, "people", version, Policy()),
    }
    asked = {"verify": ["verify"], "verify one": ["verify", version], "show": ["show", version]}
    if every or file.suffix != ".skops":
        asked |= {name: [name] for name in ("runs", "status", "models", "data")} | {"audit": ["audit", "verify"]}
        asked |= {"diff": ["diff", version, "latest"], "export": ["export", version, str(runs.parent / "out.tar")]}
        asked["debug"] = ["debug", version, "--no-open", "--stage", "03_train"]
    else:
        wanted = ("baselines",) if file.name == "baselines.skops" else ("load_predictor", "promote")
        inside = {name: inside[name] for name in wanted}
    return always | inside | {name: call(runs, words) for name, words in asked.items()}


def call(runs: Path, words: list[str]):
    from churn_mlops.cli import main

    def called():
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()) as told:
            try:
                main((), runs.parent, [*words, "--runs", str(runs)])
            except SystemExit as end:
                if (end.code or 0) == 70:
                    raise RuntimeError(told.getvalue()) from None
                if end.code:
                    raise Refused(told.getvalue()) from None

    return called


class Refused(Exception):
    """A command ended with an exit code and a message."""


def attempt(load) -> str:
    """What became of it: read, refused with an error of ours, or anything else."""
    from churn_mlops.errors import ChurnError

    try:
        load()
    except (ChurnError, Refused):
        return "refused"
    except BaseException as error:
        return f"raw {type(error).__name__}: {error}\n{traceback.format_exc(limit=-3)}"
    return "read"


def main() -> None:
    cases, marks = json.loads(Path(sys.argv[1]).read_text()), sys.argv[2]
    ear = Ear(str(Path(sys.argv[1]).parent / "places"))
    for load in loaders(cases[0], every=True).values():  # so that every module which is loaded when first used is there
        attempt(load)
    said = {}
    for case in cases:
        ear.on, before = True, len(ear.heard)
        said[case["name"]] = {name: attempt(load) for name, load in loaders(case).items()}
        ear.on = False
        said[case["name"]]["heard"] = ear.heard[before:]
    ear.on = True
    pickle.loads(Path(marks, "control.pickle").read_bytes())  # the ear hears, and the marks are left
    ear.on = False
    print(json.dumps({"said": said, "control": [event for event, *_ in ear.heard]}))


if __name__ == "__main__":
    main()
