"""Files changed by hand, with and without an attempt to hide it."""

from pathlib import Path

from churn_mlops.archive.digest import digest_file
from churn_mlops.archive.files import write_bytes, write_json
from churn_mlops.archive.seal import seal
from churn_mlops.archive.store import keep
from churn_mlops.archive.versions import MANIFEST, STORE, read_manifest
from churn_mlops.pipelines.drill.incident import Incident, Outcome
from churn_mlops.pipelines.drill.scene import DATASET, Scene
from churn_mlops.registry.champion import MODEL

PAGE = "index.html"


def swapped_model(scene: Scene) -> Outcome:
    """Another model stands in the champion's place."""
    other = (scene.runs / scene.champion() / MODEL).with_name("baselines.skops")
    return _tampered(scene, MODEL, other.read_bytes(), "The champion's model file was replaced by another")


def edited_report(scene: Scene) -> Outcome:
    """Somebody improves the figures on a page."""
    page = (scene.runs / scene.champion() / PAGE).read_text(encoding="utf-8")
    better = page.replace("EUR</", "EUR and more</", 1) if "EUR</" in page else page + "\n<!-- better -->\n"
    return _tampered(scene, PAGE, better.encode(), "A figure on the page of the champion's run was changed")


def _tampered(scene: Scene, name: str, content: bytes, what: str) -> Outcome:
    """Change a file of the champion's version, look; then make manifest and store fit it, and look again."""
    version = scene.champion()
    write_bytes(scene.runs / version / name, content)
    seen = scene.command("verify", version)
    cover_up(scene.runs, version, name)
    hidden = scene.command("audit", "verify", "--dataset", DATASET)
    return Outcome(
        bool(seen.code) and name in seen.out and bool(hidden.code) and version in hidden.out,
        f"{what}; later manifest, seal and store were made to fit it.",
        "verify: every digest; and once manifest and store fit it, audit verify: the seal on record",
        "on the first look after the change",
        f"{seen.line(name)}\n{hidden.line(version)}",
        f"{seen.command}; {hidden.command}",
        seen.seconds + hidden.seconds,
    )


def cover_up(runs: Path, version: str, name: str) -> None:
    """Make everything that stands beside a changed file agree with it, as somebody would who knows the archive."""
    path, manifest = runs / version / name, read_manifest(runs, version)
    digest = digest_file(path)
    keep(runs / STORE, path, digest)
    manifest["files"][name] = {"sha256": digest, "bytes": path.stat().st_size}
    if name == MODEL:
        manifest["model"]["digest"] = digest
    write_json(runs / version / MANIFEST, seal(manifest))


TAMPERING = (
    Incident("swapped model", "A model file swapped by hand at night", swapped_model),
    Incident("edited report", "A report edited afterwards", edited_report),
)
