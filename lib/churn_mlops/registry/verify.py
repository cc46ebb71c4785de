"""Does every champion pointer lead to a version that may serve? Joined with what the archive says of itself."""

from pathlib import Path

from churn_mlops.archive.verify import Problem, verify_all, verify_version
from churn_mlops.archive.versions import versions
from churn_mlops.errors import ChurnError, ConfigError
from churn_mlops.registry.auditing import verify_logs
from churn_mlops.registry.champion import HISTORY, POINTER, check_pointer, check_run, read_champion, read_history


def verify(runs: Path, version: str | None = None) -> list[str]:
    """What is wrong with the archive, or one version and the pointers to it: a sentence each, with its cure.

    Raises ConfigError when there is no such version.
    """
    runs = Path(runs)
    if version is None:
        problems = verify_all(runs) + verify_champions(runs) + verify_logs(runs)
    else:
        if not (runs / version).is_dir() or version not in {path.name for path in runs.glob("[0-9]*")}:
            known = ", ".join(versions(runs)[:5]) or "none yet"
            raise ConfigError(f"{version}: no such version. The newest: {known}. Cure: python pipeline.py runs.")
        problems = verify_version(runs, version) + verify_champions(runs, version)
    return [str(problem) for problem in problems]


def verify_champions(runs: Path, version: str | None = None) -> list[Problem]:
    """What is wrong with the pointers (with `version`: those that lead to it), their histories, where they lead."""
    folders = {path.parent for name in (POINTER, HISTORY) for path in (Path(runs) / "registry").glob(f"*/{name}")}
    found = [_verify_pointer(Path(runs), folder.name, version) for folder in sorted(folders)]
    if any(found):  # a promotion may have been under way; what is wrong stays wrong
        found = [_verify_pointer(Path(runs), folder.name, version) for folder in sorted(folders)]
    return [problem for problem in found if problem]


def _verify_pointer(runs: Path, dataset: str, version: str | None) -> Problem | None:
    file = f"registry/{dataset}/{POINTER}"
    try:
        champion = read_champion(runs, dataset)
        if version and not (champion and champion.version == version):
            return None
        read_history(runs, dataset)
        check_pointer(runs, dataset)
    except ChurnError as error:
        return Problem(file, "pointer and history agree and can be read", *_seen_and_cure(error))
    if champion is None:  # killed before the first promotion was written
        return None
    if champion.dataset != dataset:
        return Problem(file, f"it is the pointer of `{dataset}`", f"it names `{champion.dataset}`", f"see {HISTORY}")
    try:
        check_run(runs, dataset, champion.version, champion.digest)
    except ChurnError as error:
        return Problem(file, "it leads to a succeeded version with the model it names", *_seen_and_cure(error))
    return None


def _seen_and_cure(error: ChurnError) -> tuple[str, str]:
    seen, _, cure = str(error).rstrip(".").partition(". Cure: ")
    return seen, cure
