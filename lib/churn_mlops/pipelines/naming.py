"""Which version a user means: its id, the beginning of it, `latest`, or `champion`."""

from difflib import get_close_matches
from pathlib import Path

from churn_mlops.archive.versions import LATEST, versions
from churn_mlops.errors import ConfigError
from churn_mlops.registry.champion import read_champion

CHAMPION = "champion"


def resolve(runs: Path, text: str) -> str:
    """The one version that `text` names; raises ConfigError with the nearest ones where there is none or several.

    `champion` is enough where one dataset has a champion; otherwise it is `champion:DATASET`.
    """
    known = versions(runs)
    if not known:
        raise ConfigError(f"version `{text}`: the archive {runs} is empty. Cure: python pipeline.py")
    if text == LATEST:
        return known[0]
    if text == CHAMPION or text.startswith(f"{CHAMPION}:"):
        return _champion(runs, text)
    if text in known:
        return text
    found = [version for version in known if version.startswith(text)]
    if len(found) == 1 and text:
        return found[0]
    if found:
        listed = ", ".join(found[:5]) + (", ..." if len(found) > 5 else "")
        raise ConfigError(f"version `{text}`: {len(found)} versions begin so: {listed}. Cure: more of the one meant.")
    near = get_close_matches(text, [*known, LATEST, CHAMPION], n=3, cutoff=0.7)
    hint = f"Did you mean {' or '.join(near)}?" if near else f"The newest: {', '.join(known[:3])}."
    raise ConfigError(f"version `{text}`: no such version. {hint} Cure: python pipeline.py runs.")


def _champion(runs: Path, text: str) -> str:
    _, _, wanted = text.partition(":")
    datasets = sorted(path.parent.name for path in (Path(runs) / "registry").glob("*/champion.json"))
    if wanted or len(datasets) == 1:
        champion = read_champion(runs, wanted or datasets[0])
        if champion:
            return champion.version
    if wanted or not datasets:
        of = f" of `{wanted}`" if wanted else ""
        raise ConfigError(
            f"version `{text}`: there is no champion{of}. Datasets that have one: {', '.join(datasets) or 'none yet'}. "
            "Cure: python pipeline.py runs names the versions."
        )
    raise ConfigError(
        f"version `{text}`: {len(datasets)} datasets have a champion: {', '.join(datasets)}. "
        f"Cure: {CHAMPION}:{datasets[0]}"
    )
