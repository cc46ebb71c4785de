"""The whole of `adopt`: look at a folder, say what is in it, lay a project out."""

from pathlib import Path

from churn_mlops.archive.secrets import Redactor
from churn_mlops.config import nearest
from churn_mlops.errors import ConfigError
from churn_mlops.pipelines.adopting.finding import choose, near_copies, newest_model
from churn_mlops.pipelines.adopting.laying import check_place, lay_out
from churn_mlops.pipelines.adopting.looking import describe, named_secrets
from churn_mlops.pipelines.adopting.reading import Folder, Source, read_folder, when
from churn_mlops.pipelines.adopting.uses import READS, WRITES


def adopt(path: Path, into: Path, notebook: str = "") -> dict:
    """Everything that is found in a folder, and the project made from one of its notebooks, as JSON values.

    Raises ConfigError where there is no notebook to begin with, or no place for the project.
    """
    folder = read_folder(path)
    check_place(into, path)
    redactor = Redactor(named_secrets(folder.notebooks, path))
    newest = newest_model(folder)
    chosen = _chosen(folder, notebook or choose(folder, newest), bool(notebook))
    names = {file.name for file in folder.files}
    notebooks = [describe(source, names, redactor) for source in folder.notebooks]
    answer = {
        "folder": str(path),
        "notebooks": notebooks,
        "files": _files(folder, notebooks),
        "near_copies": near_copies(folder.notebooks),
        "newest_model": newest,
        "passed_over": list(folder.passed_over),
        "chosen": chosen.name,
    }
    for pair in answer["near_copies"]:
        for cell in pair["cells"]:
            cell["lines"] = [redactor.text(line) for line in cell["lines"]]
    return answer | {"project": lay_out(folder, chosen, into, redactor)}


def _chosen(folder: Folder, name: str | None, asked: bool) -> Source:
    by_name = {source.name: source for source in folder.notebooks}
    if name is None:
        told = "; ".join(f"{source.name}: {source.problem or 'no code'}" for source in folder.notebooks) or "none there"
        raise ConfigError(f"{folder.path}: no notebook with Python in it ({told}). Cure: the folder that holds them.")
    if name not in by_name:
        hint = nearest(name, by_name)
        raise ConfigError(f"--notebook {name}: no such notebook{hint or '.'} There: {', '.join(sorted(by_name))}.")
    if by_name[name].problem or not by_name[name].code:
        raise ConfigError(f"--notebook {name}: {by_name[name].problem or 'it has no code'}. Cure: another one.")
    return by_name[name]


def _files(folder: Folder, notebooks: list[dict]) -> list[dict]:
    def who(action: str, name: str) -> list[str]:
        return [n["name"] for n in notebooks if any(use["file"] == name for use in n[action])]

    return [
        {
            "name": file.name,
            "bytes": file.bytes,
            "modified": when(file.modified),
            "read_by": who(READS, file.name),
            "written_by": who(WRITES, file.name),
        }
        for file in folder.files
    ]
