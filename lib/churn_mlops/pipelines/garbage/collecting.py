"""What would be freed, and the freeing of it. Killed at any moment it leaves the archive right; a next one ends it.

First `latest` leads to what stays; then each version disappears by one rename, under the locks of those who read and
promote; then pages are drawn, files removed, and the store swept. Nothing of it waits for a run or stops one.
"""

from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from churn_mlops.archive import garbage
from churn_mlops.archive.files import lock_file, locked, make_folder, unlock
from churn_mlops.archive.versions import BUILDING, clear_leftovers, discard, point_latest
from churn_mlops.errors import ConfigError
from churn_mlops.pipelines.cache import index
from churn_mlops.pipelines.garbage.keeping import kept, read_manifests, still_free
from churn_mlops.pipelines.grids import alive
from churn_mlops.registry.ledger import open_ledger
from churn_mlops.registry.models import DELETION


@dataclass(frozen=True)
class Plan:
    """What stays and why, and what goes."""

    kept: dict[str, list[str]]  # version -> reasons
    gone: dict[str, dict]  # version -> manifest
    manifests: dict[str, dict]
    freed: garbage.Freed
    results: int  # remembered results of stages that are not to be had any more
    grids: tuple[str, ...]

    @property
    def empty(self) -> bool:
        """Whether there is nothing to free."""
        return not (self.gone or self.freed.unfinished or self.freed.stored or self.results or self.grids)


def make_plan(runs: Path, rules: tuple[str, ...] = ()) -> Plan:
    """What these rules free; nothing is changed. Raises ConfigError for a wrong rule."""
    manifests = read_manifests(runs)
    chosen = kept(runs, manifests, rules)
    if going_on := alive.living(runs):
        since = [version for version in manifests if version >= going_on[0][:15]]
        chosen |= {version: [*chosen.get(version, []), "a grid is going on"] for version in since}
    chosen = {version: chosen[version] for version in manifests if version in chosen}
    gone = {version: manifest for version, manifest in manifests.items() if version not in chosen}
    return _plan(runs, chosen, gone, manifests)


def _plan(runs: Path, chosen: dict, gone: dict, manifests: dict) -> Plan:
    freed = garbage.measure(runs, gone)
    results = len(index.lost(runs, freed.stored))
    return Plan(chosen, gone, manifests, freed, results, tuple(alive.without_runs(runs, gone)))


def collect(runs: Path, plan: Plan) -> Plan:
    """Free what the plan says, but for what has come to be needed since; returns what was done.

    Raises ConfigError where another process is at it.
    """
    runs = Path(runs)
    with _alone(runs):
        clear_leftovers(runs)
        point_latest(runs, plan.gone)
        taken = [building for dataset in _datasets(plan) for building in _take_out(runs, dataset, plan)]
        alive.forget(runs)
        _draw(runs)
        for building in taken:
            discard(building)
        point_latest(runs)
        garbage.sweep(runs)
        for entry in index.lost(runs):
            entry.unlink(missing_ok=True)
    went = {building.version for building in taken}
    gone = {version: manifest for version, manifest in plan.gone.items() if version in went}
    stayed = {version: ["needed since"] for version in plan.gone if version not in went}
    return Plan(plan.kept | stayed, gone, plan.manifests, plan.freed, plan.results, plan.grids)


@contextmanager
def _alone(runs: Path):
    make_folder(runs / BUILDING)
    lock = lock_file(runs / BUILDING / "gc.lock")
    if lock is None:
        raise ConfigError(f"{runs}: another `gc` is at work. Cure: wait until it has ended.")
    try:
        yield
    finally:
        unlock(lock)


def _datasets(plan: Plan) -> list[str]:
    return sorted({manifest["dataset"] for manifest in plan.gone.values()})


def _take_out(runs: Path, dataset: str, plan: Plan) -> list:
    """Let the versions of a dataset disappear, oldest first, while nobody promotes one or draws the index of all."""
    with open_ledger(runs, dataset) as ledger, locked(runs / BUILDING / "index.lock"):
        own = [version for version, manifest in plan.gone.items() if manifest["dataset"] == dataset]
        free = [version for version in reversed(own) if still_free(runs, version, plan.gone[version])]
        if free:
            ledger.add([(DELETION, {"versions": free})])
        return [building for version in free if (building := garbage.take_out(runs, version))]


def _draw(runs: Path) -> None:
    from churn_mlops.pipelines.following import draw_index

    if (runs / "index.html").exists():
        draw_index(runs)
