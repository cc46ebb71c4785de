"""One sentence that says what a difference between two runs comes from, as far as the records tell."""

_CODE = {
    "git_commit": "the git commit",
    "git_dirty": "whether the working tree was clean",
    "library": "the library (no module that a stage is known to import)",
    "lock": "requirements.lock",
}
_MOMENT = {"champion": "the champion of the moment", "today": "the day"}
_ENVIRONMENT = {"python": "Python", "platform": "the platform"}
NAMED = 5  # causes that are named one by one


def attribute(found: dict) -> str:
    """The sentence for what `difference` has found.

    Inputs come first. What merely goes with them (commit, a path, a comment) is named only where it is alone, and what
    changes by itself (the champion, the day) is added.
    """
    causes, moment, beside = _causes(found), _moment(found), _beside(found)
    effects = _effects(found)
    if causes:
        also = f"; {_listed(moment)} {_verb(moment)} as well" if moment else ""
        return _sentence(causes, effects, also)
    if moment or beside:
        return _sentence(moment or beside, effects, "")
    if effects:
        return (
            f"No input on record differs, and {_listed(effects)} {_verb(effects)}: something undeclared had a part in "
            "it, such as the time, chance without a seed, or a file that no stage declares."
        )
    return "Nothing differs: both runs are the same."


def _sentence(causes: list[str], effects: list[str], also: str) -> str:
    if len(causes) == 1 and not causes[0][0].isdigit():
        follows = ", and what follows from it" if effects else ", and nothing follows from it"
        return f"Only {causes[0]} differs{follows}{also}."
    follows = "what follows from each alone cannot be told from these two runs" if effects else "nothing follows"
    return f"Several things differ: {_listed(causes)}; {follows}{also}."


def _causes(found: dict) -> list[str]:
    """Inputs that differ, each by name; of more than `NAMED`, those of one kind by their number."""
    kinds = {
        "values of the definition": [f"the definition's {entry['name']}" for entry in found["definition"]],
        "notebooks": _cells(found),
        "parameters": [_parameter(entry) for entry in found["parameters"] if not _is_path(entry)],
        "modules": [_module(entry) for entry in found["modules"]],
        "packages": [f"the package {entry['name']}" for entry in found["packages"]],
        "": [_ENVIRONMENT[entry["name"]] for entry in found["environment"]],
    }
    kinds["files"] = _data(found["data"], any(kinds.values()))
    causes = [label for labels in kinds.values() for label in labels]
    if len(causes) <= NAMED:
        return causes
    grouped = [[f"{len(labels)} {kind}"] if kind and len(labels) > 1 else labels for kind, labels in kinds.items()]
    return [label for labels in grouped for label in labels]


def _module(entry: dict) -> str:
    return entry["name"] if entry["name"] == "the library" else f"the module {entry['name']}"


def _cells(found: dict) -> list[str]:
    """Changed code by stage; a new default is told as the parameter that it changes."""
    told = {entry["stage"] for entry in found["parameters"]}
    stages: dict[str, list] = {}
    for cell in found["cells"]:
        if not (cell["parameters"] and cell["stage"] in told):
            stages.setdefault(cell["stage"], []).append(cell)
    return [_code_of(stage, cells) for stage, cells in stages.items()]


def _code_of(stage: str, cells: list[dict]) -> str:
    whole = cells[0]["whole"]
    if whole:
        return f"the stage {stage} ({whole})" if whole.startswith("only") else f"the code of {stage}"
    numbers = [str(cell["cell_b"] or cell["cell_a"]) for cell in cells]
    return f"the code of {stage} (cell{'s' * (len(numbers) > 1)} {', '.join(numbers)})"


def _data(entries: list[dict], others: bool) -> list[str]:
    """The data, unless it was made or read from what is the same, and something else differs; then the other files."""
    version, files = ([entry for entry in entries if entry["file"] is is_file] for is_file in (False, True))
    if version and not (version[0]["follows"] and others):
        return ["the data"]
    return [f"the file {entry['name']}" for entry in files]


def _is_path(entry: dict) -> bool:
    return entry["name"] in ("config", "data")


def _parameter(entry: dict) -> str:
    return f"the parameter {entry['stage'].split('_', 1)[-1]}.{entry['name']}"


def _moment(found: dict) -> list[str]:
    return [_MOMENT.get(entry["name"], entry["name"]) for entry in found["moment"]]


def _beside(found: dict) -> list[str]:
    """What goes with other changes, and cannot change a result by itself."""
    beside = [_parameter(entry) for entry in found["parameters"] if _is_path(entry)]
    if found["definition_lines"] and not beside:
        beside.append("the text of the definition")
    return beside + [_CODE[entry["name"]] for entry in found["code"]]


def _effects(found: dict) -> list[str]:
    effects = [_count(len(found[name]), name[:-1]) for name in ("artifacts", "metrics") if found[name]]
    return effects + ["the outcome"] * (found["a"]["status"] != found["b"]["status"])


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number > 1)}"


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _verb(names: list[str]) -> str:
    return "differs" if len(names) == 1 and (names[0].startswith("1 ") or not names[0][0].isdigit()) else "differ"
