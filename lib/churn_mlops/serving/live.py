"""The models that answer now: the champion's pointer is looked at once a second, and another model taken when it moved.

A model is loaded and verified beside the one that answers, and takes its place between two requests. One that must not
be taken is refused with a reason, and the one before serves on.
"""

import gc
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from churn_mlops.errors import ChurnError
from churn_mlops.registry.champion import read_champion
from churn_mlops.registry.pointer import Champion
from churn_mlops.registry.shadow import read_shadow
from churn_mlops.serving.loading import Loaded, load_folder, load_pointed

EVERY_S = 1.0  # between two looks at the pointers
AGAIN_S = 10.0  # until a refused model is tried again: what was wrong may have been put right


@dataclass(frozen=True)
class Refused:
    """A model to which a pointer leads and which is not taken."""

    version: str | None
    why: str
    at: float  # seconds of the monotonic clock

    def as_json(self) -> dict:
        """As /ready tells it."""
        return {"version": self.version, "why": self.why}


class Followed:
    """A pointer and the model it has led to: what serves, and what was refused."""

    def __init__(self, runs: Path, dataset: str, read):
        self.runs, self.dataset, self._read = Path(runs), dataset, read
        self.loaded: Loaded | None = None
        self.refused: Refused | None = None
        self._seen: Champion | None = None  # the pointer as it was last dealt with

    def look(self) -> bool:
        """Follow the pointer if it has moved; whether another model answers now."""
        pointer = None
        try:
            pointer = self._read(self.runs, self.dataset)
            if pointer == self._seen and not self._try_again():
                return False
            taken = pointer and self._take(pointer)
        except (ChurnError, OSError, ValueError, KeyError, TypeError, LookupError) as error:
            self._seen = pointer
            why = str(error) if isinstance(error, ChurnError) else f"{type(error).__name__}: {error}"
            self.refused = Refused(pointer and pointer.version, why, time.monotonic())
            return False
        self._seen, self.refused = pointer, None
        before, self.loaded = self.loaded, taken
        if before is not taken:
            del before
            gc.collect()  # a model refers to itself in circles, and would stay until much else has gathered
            return True
        return False

    def _try_again(self) -> bool:
        return self.refused is not None and time.monotonic() - self.refused.at > AGAIN_S

    def _take(self, pointer: Champion) -> Loaded:
        return load_pointed(self.runs, pointer)


class Live:
    """Champion and shadow, followed by a thread of its own."""

    def __init__(self, champion, shadow=None):
        self.champion, self.shadow = champion, shadow
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pointers", daemon=True)

    def start(self) -> None:
        """Load what there is, and follow it from now on."""
        self.look()
        self._thread.start()

    def look(self) -> None:
        """Follow both pointers where they have moved."""
        for followed in (self.champion, self.shadow):
            if followed:
                followed.look()

    def stop(self) -> None:
        """Follow no longer."""
        self._end.set()
        if self._thread.is_alive():
            self._thread.join(5)

    def _run(self) -> None:
        while not self._end.wait(EVERY_S):
            self.look()


class Fixed:
    """The model of one folder, which no pointer moves: what a run asks before it decides about it."""

    def __init__(self, folder: Path):
        self.folder, self.loaded, self.refused = Path(folder), None, None

    def look(self) -> bool:
        """Load it, once."""
        if self.loaded or self.refused:
            return False
        try:
            self.loaded = load_folder(self.folder)
        except ChurnError as error:
            self.refused = Refused("this run", str(error), time.monotonic())
        return self.loaded is not None


def follow(runs: Path, dataset: str) -> Live:
    """The champion of a dataset and its shadow."""
    return Live(Followed(runs, dataset, read_champion), Followed(runs, dataset, read_shadow))
