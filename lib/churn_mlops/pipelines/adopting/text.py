"""What `adopt` found and made, for a reader."""

from shlex import quote

from churn_mlops.pipelines.adopting.uses import READS, WRITES

_LISTS = (
    ("secrets", "Secret in"),
    ("absolute_paths", "Absolute path in"),
    ("untold", "Path only a run can tell:"),
    ("not_python", "Not Python:"),
    ("magics", "Only for IPython:"),
)
_MOST = 12  # lines of one kind; --json has all


def as_text(answer: dict) -> str:
    """The answer, the project last."""
    lines = [f"{answer['folder']}: {len(answer['notebooks'])} notebooks, {len(answer['files'])} other files"]
    for notebook in answer["notebooks"]:
        lines += ["", *_notebook(notebook)]
    lines += _copies(answer["near_copies"])
    lines += ["", "Nobody reads or writes", *_bounded(_alone(answer["files"]))] if _alone(answer["files"]) else []
    lines += ["", "Passed over", *_bounded(answer["passed_over"])] if answer["passed_over"] else []
    return "\n".join([*lines, "", *_newest(answer["newest_model"]), "", *_project(answer)])


def _notebook(notebook: dict) -> list[str]:
    lines = [f"{notebook['name']}  ({notebook['cells']} code cells, saved {notebook['modified']})"]
    lines += [f"  ! {notebook[key]}" for key in ("problem", "remark") if notebook[key]]
    for action in (READS, WRITES):
        told = [
            f"{use['path']} (cell {use['cell']}{'' if use['file'] else ', not in the folder'})"
            for use in notebook[action]
        ]
        lines += [f"  {action:<6} {', '.join(told)}"] if told else []
    lines += [f"  ! Run out of order: cells {_numbers(notebook['out_of_order'])}"] if notebook["out_of_order"] else []
    if notebook["never_run"]:
        all_of_them = len(notebook["never_run"]) == notebook["cells"]
        lines.append(
            "  ! No cell was run" if all_of_them else f"  ! Never run: cells {_numbers(notebook['never_run'])}"
        )
    lines += [f"  ! Installs {', '.join(notebook['installs'])}"] if notebook["installs"] else []
    for key, words in _LISTS:
        lines += [f"  ! {words} {line}" for line in notebook[key][:_MOST]]
        lines += [f"  ! ... and {len(notebook[key]) - _MOST} more"] if len(notebook[key]) > _MOST else []
    return lines


def _numbers(cells: list[int]) -> str:
    return ", ".join(map(str, cells))


def _copies(pairs: list[dict]) -> list[str]:
    lines = []
    for pair in pairs:
        lines += ["", f"{pair['a']} and {pair['b']}: {pair['similarity']:.0%} of the code is the same"]
        lines += ["  no difference but comments and layout"] if not pair["cells"] else []
        for change in pair["cells"][:_MOST]:
            lines.append(f"  cell {change['cell_a'] or '-'} / cell {change['cell_b'] or '-'}")
            lines += [f"    {line}" for line in change["lines"] if not line.startswith("@@")][:_MOST]
    return lines


def _alone(files: list[dict]) -> list[str]:
    return [file["name"] for file in files if not file["read_by"] and not file["written_by"]]


def _bounded(lines: list[str]) -> list[str]:
    more = [f"  ... and {len(lines) - _MOST} more"] if len(lines) > _MOST else []
    return [f"  {line}" for line in lines[:_MOST]] + more


def _newest(newest: dict) -> list[str]:
    file = f"{newest['file']} ({newest['modified']})" if newest["file"] else "no model file"
    return [f"Newest model  {file}", f"Made by       {newest['notebook'] or 'not known'}: {newest['why']}"]


def _project(answer: dict) -> list[str]:
    project = answer["project"]
    lines = [f"Laid out {project['into']} from {answer['chosen']}: stage {project['stage']}"]
    if project["order"]:
        lines.append(f"  order     as they were run: cells {_numbers(project['order'])}; else names would be missing")
    lines += [f"  parameter {name} = {value!r}" for name, value in project["parameters"].items()]
    for one in project["data"]:
        how = "copied" if one["copied"] else "left where it is" if one["file"] else "not found"
        lines.append(f"  reads     {one['default']} ({one['parameter']}; {how})")
    lines += [f"  writes    {name}" for name in project["writes"]]
    lines += [f"  module    notebooks/{name}" for name in project["modules"]]
    lines += [f"  left out  {line}" for line in project["left_out"]]
    lines += [f"  to do     {line}" for line in project["to_do"]]
    return [*lines, "", f"Next: cd {quote(project['into'])} && {project['next']}"]
