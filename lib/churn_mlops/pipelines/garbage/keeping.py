"""Which runs are kept, and why: the rules that were asked for, and what nobody may remove. Light to import."""

import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from churn_mlops.archive.versions import is_version, read_manifest, versions
from churn_mlops.errors import ChurnError, ConfigError
from churn_mlops.pipelines.naming import resolve
from churn_mlops.registry.audit.log import read_log
from churn_mlops.registry.champion import read_champion, read_history, registry_folder
from churn_mlops.registry.models import APPROVED, replay, served_before

RULES = "a number (10), days (90d), `champions`, or a run: its id, the beginning of it, `latest`, `champion:DATASET`"
_COUNT, _DAYS, _RUN = r"\d{1,5}", r"(\d{1,5})d", r"\d{6,8}(-[-0-9a-f]*)?|latest|champion(:.*)?"


def read_manifests(runs: Path) -> dict[str, dict]:
    """The manifests by version, newest first; empty where one cannot be read."""
    found = {}
    for version in versions(runs):
        found[version] = {}
        with suppress(OSError, ValueError, ConfigError):
            manifest = read_manifest(runs, version)
            found[version] = manifest if isinstance(manifest, dict) and isinstance(manifest.get("dataset"), str) else {}
    return found


def kept(runs: Path, manifests: dict[str, dict], rules: tuple[str, ...]) -> dict[str, list[str]]:
    """For each version that is kept the reasons; without rules all are. Raises ConfigError with every wrong rule."""
    chosen, problems = {version: [] for version in manifests}, []
    for rule in rules:
        try:
            for version in _by_rule(runs, manifests, rule):
                chosen[version].append(_worded(rule))
        except ConfigError as error:
            problems.append(str(error))
    if problems:
        raise ConfigError("\n".join(problems))
    for version, why in protected(runs, manifests).items():
        chosen[version].insert(0, why)
    if not rules:
        return chosen
    return {version: reasons for version, reasons in chosen.items() if reasons}


def _by_rule(runs: Path, manifests: dict[str, dict], rule: str) -> list[str]:
    if re.fullmatch(_COUNT, rule):
        return _newest(manifests, int(rule))
    if days := re.fullmatch(_DAYS, rule):
        first = datetime.now(UTC) - timedelta(days=int(days[1]))
        return [version for version in manifests if version >= f"{first:%Y%m%d-%H%M%S}"]
    if rule == "champions":
        return _ever_champion(runs, manifests)
    if not re.fullmatch(_RUN, rule):
        raise ConfigError(f"--keep {rule}: expected {RULES}.")
    return [resolve(runs, rule)]


def _worded(rule: str) -> str:
    if re.fullmatch(_COUNT, rule):
        return f"the newest {int(rule):,}" if int(rule) > 1 else "the newest"
    if days := re.fullmatch(_DAYS, rule):
        return f"the last {int(days[1]):,} days"
    return "was champion" if rule == "champions" else f"--keep {rule}"


def _newest(manifests: dict[str, dict], count: int) -> list[str]:
    """The newest of each dataset. An experiment does not count, and stays where it is newer than the last of them."""
    found, seen = [], {}
    for version, manifest in manifests.items():
        number = seen.setdefault(manifest.get("dataset"), 0)
        if number < count:
            found.append(version)
            seen[manifest.get("dataset")] = number + (not manifest.get("experiment"))
    return found


def _ever_champion(runs: Path, manifests: dict[str, dict]) -> list[str]:
    promoted = {champion.version for dataset in _datasets(manifests) for champion in read_history(runs, dataset)}
    return [version for version in manifests if version in promoted]


def _datasets(manifests: dict[str, dict]) -> list[str]:
    return list(dict.fromkeys(manifest["dataset"] for manifest in manifests.values() if manifest))


def protected(runs: Path, manifests: dict[str, dict]) -> dict[str, str]:
    """The versions that stay whatever was asked for, each with the reason.

    A champion; the one before it, to which a rollback leads; a run whose promotion may still come, because the
    pointer is where the run has seen it; and what is not understood. Raises RegistryError for a damaged pointer.
    """
    found = {
        version: "its manifest cannot be read" if is_version(version) else "its name is none of a run"
        for version, manifest in manifests.items()
        if not manifest or not is_version(version)
    }
    for dataset in _datasets(manifests):
        found |= _of_dataset(runs, dataset, manifests)
    return found


def _of_dataset(runs: Path, dataset: str, manifests: dict[str, dict]) -> dict[str, str]:
    champion = read_champion(runs, dataset)
    generation = champion.generation if champion else 0
    found = {
        version: "may become champion"
        for version, manifest in manifests.items()
        if manifest.get("dataset") == dataset and _may_be_promoted(manifest, generation)
    }
    records = read_log(registry_folder(runs, dataset))
    for model in replay(records).values():
        if model.state == APPROVED or model.shadow:
            found[model.version] = "approved" if model.state == APPROVED else "shadow"
    if champion:
        found |= {champion.version: "champion"}
        if champion.before and champion.before != champion.version:
            found |= {champion.before: "champion before"}
        found |= {version: "a rollback leads to it" for version in served_before(records)[-1:] if version not in found}
    return {version: why for version, why in found.items() if version in manifests}


def _may_be_promoted(manifest: dict, generation: int) -> bool:
    promotion = manifest.get("promotion")
    if not isinstance(promotion, dict) or not promotion.get("promoted") or manifest.get("experiment"):
        return False
    return manifest.get("status") == "succeeded" and promotion.get("expected_generation") == generation


def still_free(runs: Path, version: str, manifest: dict) -> bool:
    """Whether nothing has come between since it was looked at; to be asked under the registry's lock."""
    with suppress(ChurnError):
        return version not in _of_dataset(runs, manifest["dataset"], {version: manifest})
    return False
