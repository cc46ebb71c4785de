"""A stage of one's own: a notebook from the template, and the line that makes it part of the pipeline."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from churn_mlops.archive.files import write_text
from churn_mlops.config import nearest
from churn_mlops.errors import ConfigError
from churn_mlops.pipelines.checking.cells import read_notebook
from churn_mlops.pipelines.checking.door import TEMPLATE
from churn_mlops.pipelines.checking.listed import table_of, within
from churn_mlops.pipelines.project import Project
from churn_mlops.pipelines.stage import Stage

_NAME = re.compile(r"(\d{2,})_([a-z][a-z0-9_]*)")
_SECTIONS = ("dataset", "money", "simulator")  # of a config file, where a stage's parameters are a section too


@dataclass(frozen=True)
class NewStage:
    """A stage that was made: its notebook, the line for pipeline.py, and the stages that the line goes between."""

    notebook: Path
    line: str
    after: str | None
    before: str | None


def make_stage(project: Project, name: str) -> NewStage:
    """Write the notebook of a new stage; raises ConfigError for a name that cannot be, and overwrites nothing."""
    _check_name(project, name)
    template = project.notebooks / TEMPLATE
    stage = Stage(name)
    after = [s for s in project.stages if _order(s.name) < _order(name)]
    before = [s for s in project.stages if _order(s.name) > _order(name)]
    following = (before or list(project.stages) or [stage])[0]  # after the last stage comes the first, with newer data
    content = _fill_in(_read_template(template), stage, following)
    reads, writes = (sorted(_named(found, stage)) for found in table_of(read_notebook(template)))
    _check_reads(name, reads, after)
    notebook = stage.notebook(project.notebooks)
    write_text(notebook, json.dumps(content, indent=1, ensure_ascii=False) + "\n")
    return NewStage(
        notebook,
        f'Stage("{name}", reads={_tuple(reads)}, writes={_tuple(writes)}),',
        after[-1].name if after else None,
        before[0].name if before else None,
    )


def as_text(made: NewStage, shown: str) -> str:
    """What was made and what to do next."""
    if made.after and made.before:
        place = f"between {made.after} and {made.before}"
    else:
        place = f"after {made.after}" if made.after else f"before {made.before}" if made.before else "as its first line"
    return (
        f"Made {shown}\n\nAdd this line to STAGES in pipeline.py, {place}:\n\n    {made.line}\n\n"
        "Then\n\n    python pipeline.py check    # before any kernel starts\n"
        "    make lab                   # write it, where the stages before it have run\n"
    )


def _check_name(project: Project, name: str) -> None:
    found = _NAME.fullmatch(name)
    if not found:
        raise ConfigError(
            f"stage `{name}`: expected a number of two digits or more, `_` and a name of a-z, 0-9 and `_`. "
            f"Cure: such as {_suggest(name)}."
        )
    taken = {stage.name for stage in project.stages} | {path.stem for path in project.notebooks.glob("[0-9]*.ipynb")}
    if name in taken:
        raise ConfigError(f"stage `{name}`: there is one already. Cure: another name; nothing was overwritten.")
    for other in sorted(taken):
        if Stage(other).key == found[2]:
            raise ConfigError(f"stage `{name}`: {other} is `{found[2]}` to -p and configs already. Cure: another name.")
        if Stage(other).name.partition("_")[0] == found[1]:
            raise ConfigError(f"stage `{name}`: {other} has that number already. Cure: {found[1]}5_{found[2]}.")
    if found[2] in _SECTIONS:
        raise ConfigError(f"stage `{name}`: [{found[2]}] is a section of every config file. Cure: another name.")


def _suggest(name: str) -> str:
    """The nearest name that would do."""
    digits, rest = re.match(r"\D{0}(\d*)(.*)", name, re.DOTALL).groups()
    word = re.sub(r"[^a-z0-9]+", "_", rest.lower()).strip("_").lstrip("0123456789_") or "segments"
    return f"{digits.zfill(2) if digits else '035'}_{word}"


def _order(name: str) -> str:
    """Numbers sort as decimals do: 03, 035, 04."""
    return name.partition("_")[0]


def _read_template(template: Path) -> dict:
    try:
        read_notebook(template)  # raises for what is not one
        return json.loads(template.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{template}: no such notebook. Cure: git checkout notebooks/{TEMPLATE}.") from None
    except ValueError as error:
        raise ConfigError(f"{template}: not a notebook: {error}. Cure: git checkout notebooks/{TEMPLATE}.") from None


def _check_reads(name: str, reads: list[str], before: list[Stage]) -> None:
    written = [file for stage in before for file in stage.writes]
    for file in reads:
        if not any(within(file, known) for known in written):
            raise ConfigError(
                f"stage `{name}`: the template reads `{file}`, which no stage before it writes"
                f"{nearest(file, written)}. Cure: a number after the stage that writes it, or another file "
                f"in notebooks/{TEMPLATE}."
            )


def _fill_in(content: dict, stage: Stage, following: Stage) -> dict:
    """The template with the stage's number, name and next stage in place of its own."""
    number = _order(stage.name)
    for cell in content["cells"]:
        text = _named_in("".join(cell["source"]), stage)
        text = text.replace("# 00 Title", f"# {_title(stage)}", 1)
        text = re.sub(r"\[\d+ [\w ]+\]\(\w+\.ipynb\)", f"[{_title(following)}]({following.name}.ipynb)", text)
        cell["source"] = text.splitlines(keepends=True)
        if "id" in cell:
            cell["id"] = re.sub(r"^template", number, cell["id"])
    return content


def _title(stage: Stage) -> str:
    return f"{_order(stage.name)} {stage.key.replace('_', ' ').capitalize()}"


def _named_in(text: str, stage: Stage) -> str:
    """`title.json` and `title_rows` are the template's; the stage's own begin with its name."""
    return re.sub(r"\btitle(?=[._]\w)", stage.key, text)


def _named(files: set[str], stage: Stage) -> set[str]:
    return {_named_in(file, stage) for file in files}


def _tuple(names: list[str]) -> str:
    quoted = ", ".join(f'"{name}"' for name in names)
    return f"({quoted},)" if len(names) == 1 else f"({quoted})"
