"""Where an incident is played: a copy of the project with an archive of its own, and the operator's commands in it."""

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from churn_mlops.archive.files import write_text
from churn_mlops.errors import DrillError

ANN, BO, CY = ("Ann <ann@drill.example>", "Bo <bo@drill.example>", "Cy <cy@drill.example>")
DATASET, CONFIG = "drill", "configs/drill.toml"
_COPIED = ("pipeline.py", "notebooks", "requirements.lock")
_HIDDEN = ("CHURN_SIGNING_KEY", "CHURN_SCHEDULER", "MLFLOW_TRACKING_URI")  # of the operator: nothing leaves the drill
_LONGEST = 600  # seconds that a command may take
_SHOWN = 600  # characters of what a command has said against itself


@dataclass(frozen=True)
class Done:
    """A command of the product that has ended: as typed, exit code, what it printed, seconds."""

    command: str
    code: int
    out: str
    err: str
    seconds: float

    @property
    def answer(self):
        """What a command with --json answered; None where that is no JSON."""
        try:
            return json.loads(self.out)
        except ValueError:
            return None

    def ended(self) -> "Done":
        """The same; raises DrillError unless it succeeded."""
        if self.code:
            raise DrillError(f"`{self.command}` ended with {self.code}: {self.err.strip()[-_SHOWN:]}")
        return self

    def line(self, word: str) -> str:
        """The first line with a word in it, else all that was printed."""
        lines = [*self.err.splitlines(), *self.out.splitlines()]
        return next((line.strip() for line in lines if word in line), (self.err or self.out).strip())


@dataclass(frozen=True)
class Scene:
    """A project's copy in a temporary folder; the archive is `runs/` in it."""

    root: Path

    @property
    def runs(self) -> Path:
        """The archive."""
        return self.root / "runs"

    def command(self, *arguments: str, actor: str = ANN) -> Done:
        """Run a command as the operator would, in a process of its own."""
        environment = {name: value for name, value in os.environ.items() if name not in _HIDDEN}
        environment |= {"CHURN_ACTOR": actor, "PYTHONPATH": _same_library()}
        begun, called = time.monotonic(), [sys.executable, "pipeline.py", *map(str, arguments)]
        quiet = {"capture_output": True, "text": True, "stdin": subprocess.DEVNULL}
        try:
            done = subprocess.run(called, cwd=self.root, env=environment, timeout=_LONGEST, **quiet)
        except subprocess.TimeoutExpired:
            raise DrillError(f"`{_typed(arguments)}` has not ended after {_LONGEST} s") from None
        seconds = time.monotonic() - begun
        out, err = (text.replace(f"{self.root}{os.sep}", "") for text in (done.stdout, done.stderr))
        return Done(_typed(arguments), done.returncode, out, err, seconds)

    def run(self, data: str) -> Done:
        """Run the pipeline on a file of the drill's data; raises DrillError where it fails."""
        return self.command("--config", CONFIG, "--data", f"configs/{data}.csv").ended()

    def serve(self, version: str) -> None:
        """Ann's model becomes champion after Bo has approved it; raises DrillError where it does not."""
        self.command("approve", version, "--reason", "looked at its page", actor=BO)
        done = self.command("promote", version)
        if self.champion() != version:
            raise DrillError(f"`{done.command}` did not make it the champion: {done.line('error')}")

    def champion(self) -> str | None:
        """The version that serves, as `status` says."""
        return (self._status().get("champion") or {}).get("version")

    def alerts(self) -> list[dict]:
        """The open alerts, and what was seen but not often enough yet, as `status` says."""
        told = self._status()
        return [*(told.get("alerts") or []), *(told.get("seen") or [])]

    def _status(self) -> dict:
        answer = self.command("status", "--json").answer or {}
        return answer.get("datasets", {}).get(DATASET) or {}

    def copy(self, root: Path) -> "Scene":
        """The same scene in another folder, archive and all."""
        shutil.copytree(self.root, root, symlinks=True)
        return Scene(root)


def lay_out(project: Path, root: Path, definition: str) -> Scene:
    """The project's stages in a new folder, with the drill's definition and without any run."""
    root.mkdir(parents=True)
    for name in _COPIED:
        source = project / name
        if source.is_dir():
            shutil.copytree(source, root / name, ignore=shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints"))
        elif source.is_file():
            shutil.copy(source, root / name)
    write_text(root / CONFIG, definition)
    return Scene(root)


def _typed(arguments) -> str:
    return " ".join(["python pipeline.py", *map(str, arguments)])


def _same_library() -> str:
    """The library that runs now is that of the commands, too."""
    import churn_mlops

    here = str(Path(churn_mlops.__file__).parent.parent)
    return os.pathsep.join([here, *filter(None, [os.environ.get("PYTHONPATH")])])
