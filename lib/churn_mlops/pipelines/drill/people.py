"""Who may do what, and who is still there to do it."""

import shutil

from churn_mlops.archive.files import write_json
from churn_mlops.archive.versions import now, read_manifest, versions
from churn_mlops.pipelines.drill.incident import Incident, Outcome
from churn_mlops.pipelines.drill.scene import ANN, CY, DATASET, Done, Scene
from churn_mlops.registry.pointer import POINTER, SCHEMA, registry_folder


def unapproved(scene: Scene) -> Outcome:
    """The author promotes her own model, by the command and then by hand."""
    version = versions(scene.runs)[0]
    own = scene.command("approve", version, "--reason", "it is fine", actor=ANN)
    refused = scene.command("promote", version, actor=ANN)
    stayed = scene.champion() is None and bool(own.code) and bool(refused.code)
    point_by_hand(scene, version)
    found = scene.command("audit", "verify", "--dataset", DATASET)
    return Outcome(
        stayed and bool(found.code) and POINTER in found.out,
        "The run's author approved and promoted it without anybody else; then she wrote the pointer with an editor.",
        "promote: the policy's approval; and of the edited pointer, audit verify",
        "at once; the edited pointer on the first look",
        f"{own.line('error')}\n{refused.line('error')}\n{found.line(POINTER)}",
        f"{refused.command}; {found.command}",
        refused.seconds + found.seconds,
    )


def point_by_hand(scene: Scene, version: str) -> None:
    """Write the champion's pointer as the product would, but without the product."""
    digest = read_manifest(scene.runs, version)["model"]["digest"]
    pointer = {"dataset": DATASET, "version": version, "generation": 1, "since": now(), "digest": digest}
    pointer |= {"schema": SCHEMA, "before": None, "record": "0" * 64}
    write_json(registry_folder(scene.runs, DATASET) / POINTER, pointer)


def author_gone(scene: Scene) -> Outcome:
    """Somebody else, elsewhere, with nothing but a copy of the archive and of the notebooks."""
    version = scene.champion()
    wanted = read_manifest(scene.runs, version)["model"]["digest"]
    heir = scene.copy(scene.root.with_name("another path") / "heir")
    shutil.rmtree(heir.root / "configs")
    made, done = make_again(heir, version)
    same = made == wanted
    return Outcome(
        same,
        "The archive was copied to another path, definition and data file left behind; another person made the "
        "champion again from the archive alone.",
        "`reproduce`: the model's digest, then and now",
        "as soon as it is trained",
        f"Made again by {CY}: model {made[:12] if made else 'none'}, "
        + (f"identical to that of {version}." if same else f"and not {wanted[:12]} as in {version}."),
        done.command,
        done.seconds,
    )


def make_again(scene: Scene, version: str) -> tuple[str | None, Done]:
    """Make a version again from what the archive holds of it: the digest of its model, and the command."""
    done = scene.command("reproduce", version, "--same-env", "--json", actor=CY)
    return ((done.answer or {}).get("model") or {}).get("b"), done


PEOPLE = (
    Incident("author gone", "The author gone, and nobody could retrain", author_gone),
    Incident("unapproved", "A promotion nobody approved", unapproved),
)
