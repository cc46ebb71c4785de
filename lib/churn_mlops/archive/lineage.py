"""How a run's files came of one another: by the manifest alone, from what each stage read and wrote, with digests."""

from churn_mlops.archive.digest import digest_json

OUTSIDE = ""  # stands for what no stage of the run has made: the definition, the data, the champion


def describe_lineage(manifest: dict) -> list[dict]:
    """The stages that ran, in order: `reads` by the stage that wrote it (artifact -> SHA-256), and what each `writes`.

    Under OUTSIDE stands what comes from elsewhere: `config`, `data`, files of the project as `./name`, and `champion`,
    the model file that it was compared with.
    """
    made: dict[str, str] = {}  # artifact -> the stage that has written it last
    found = []
    for stage in manifest.get("stages") or []:
        if stage.get("status") == "not run":
            continue
        writes = stage.get("outputs") or {}
        found.append(
            {**_named(stage, manifest), "reads": _by_maker(stage, made), "writes": dict(sorted(writes.items()))}
        )
        made |= dict.fromkeys(writes, stage["name"])
    return found


def _named(stage: dict, manifest: dict) -> dict:
    return {
        "stage": stage["name"],
        "status": stage.get("status"),
        "seconds": stage.get("seconds"),
        "executed_in": stage.get("reused_from") or manifest.get("version"),
    }


def _by_maker(stage: dict, made: dict[str, str]) -> dict[str, dict[str, str]]:
    inputs = stage.get("inputs") or {}
    read = dict(inputs.get("reads") or {})
    champion = (inputs.get("watches") or {}).get("champion") or {}
    if champion.get("digest"):
        read["champion"] = champion["digest"]
    makers = dict.fromkeys([OUTSIDE, *made.values()])  # in the order of the stages
    found = {maker: {n: read[n] for n in sorted(read) if made.get(n, OUTSIDE) == maker} for maker in makers}
    return {maker: files for maker, files in found.items() if files}


def before(lineage: list[dict], artifact: str) -> list[str]:
    """The stages by which an artifact came to be, in order, the one that wrote it last; none where nobody wrote it."""
    writers = [one["stage"] for one in lineage if artifact in one["writes"]]
    wanted = set(writers[-1:])
    for one in reversed(lineage):
        if one["stage"] in wanted:
            wanted |= one["reads"].keys() - {OUTSIDE}
    return [one["stage"] for one in lineage if one["stage"] in wanted]


def steps(lineage: list[dict], artifacts: list[str]) -> list[tuple[str, list[str]]]:
    """Those of the artifacts that were made, each with the stages between the one before it and itself."""
    found, done = [], set()
    for artifact in artifacts:
        way = before(lineage, artifact)
        if way:
            found.append((artifact, [stage for stage in way if stage not in done]))
            done |= set(way)
    return found


def digest_of(lineage: list[dict], artifact: str) -> str | None:
    """Digest of an artifact as the last stage has left it."""
    return next((one["writes"][artifact] for one in reversed(lineage) if artifact in one["writes"]), None)


def gathered(files: dict[str, str]) -> list[tuple[str, int, str]]:
    """Files, those of a folder taken together: name, number of files, digest; of a folder, of its names and digests."""
    folders: dict[str, dict[str, str]] = {}
    for name, digest in files.items():
        folder, slash, _ = name.partition("/")
        folders.setdefault(folder + slash if slash and not name.startswith("./") else name, {})[name] = digest
    return [_gathered(name, below) for name, below in folders.items()]


def _gathered(folder: str, below: dict[str, str]) -> tuple[str, int, str]:
    if len(below) > 1:
        return folder, len(below), digest_json(below)
    ((name, digest),) = below.items()
    return name, 1, str(digest)
