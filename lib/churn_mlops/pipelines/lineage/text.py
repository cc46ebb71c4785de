"""The lineage of a run as a small tree: each branch is a stage, below the one it reads from, with its files."""

from churn_mlops.archive.lineage import OUTSIDE, gathered


def lineage_text(answer: dict) -> str:
    """The way from the data to the predictions, then the stages, each below the last one that it reads from."""
    lines = [f"{answer['version']} ({answer['dataset']})", "", *_way(answer), "", "Stages and what they wrote"]
    children: dict[str, list[dict]] = {}
    for stage in answer["stages"]:
        children.setdefault(_parent(stage, answer["stages"]), []).append(stage)
    return "\n".join(lines + _branches(OUTSIDE, children, ""))


def _way(answer: dict) -> list[str]:
    data = answer["data"]
    days = f", {data['oldest']} to {data['newest']}" if data["newest"] else ""
    lines = [f"data         {data['source'] or 'unknown'} {(data['version'] or '-')[:12]}{days}"]
    for step in answer["way"]:
        lines.append(f"  └─ {', '.join(step['by']) or 'the same stages'}")
        lines.append(f"{step['what']:<13}{step['file']} {step['sha256'][:12]}{_by_whom(step, answer)}")
    return lines


def _by_whom(step: dict, answer: dict) -> str:
    if step["what"] == "model":
        return f", {answer['model']['name']}" if answer["model"]["name"] else ""
    told = answer["predictions"]
    if step["what"] == "predictions" and told["model"] and not told["own"]:
        return f", by the champion {told['model'][:12]} of {told['version']}"
    return ""


def _parent(stage: dict, stages: list[dict]) -> str:
    """The last of the stages that it reads from."""
    return next((one["stage"] for one in reversed(stages) if one["stage"] in stage["reads"]), OUTSIDE)


def _branches(parent: str, children: dict[str, list[dict]], indent: str) -> list[str]:
    lines, own = [], children.get(parent, [])
    for stage in own:
        last = stage is own[-1]
        below = indent + ("   " if last else "│  ")
        lines.append(f"{indent}{'└─ ' if last else '├─ '}{stage['stage']}{_reads(stage)}")
        more = "│  " if stage["stage"] in children else "   "
        lines += [f"{below}{more}{_file(*file)}" for file in gathered(stage["writes"])]
        lines += _branches(stage["stage"], children, below)
    return lines


def _reads(stage: dict) -> str:
    makers = [maker for maker in stage["reads"] if maker != OUTSIDE]
    outside = [f"{name} {digest[:12]}" for name, digest in stage["reads"].get(OUTSIDE, {}).items() if digest]
    return f" reads {', '.join(makers + outside)}" if makers or outside else ""


def _file(name: str, count: int, digest: str) -> str:
    return f"{name} {f'({count} files) ' if count > 1 else ''}{digest[:12]}"
