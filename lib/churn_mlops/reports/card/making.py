"""Whether it may serve, who has said so, what pins it down, and how to make it again."""

import re
import tomllib

from churn_mlops.reports.card.parts import (
    code,
    command,
    items,
    link,
    missing,
    named,
    section,
    sign,
    table,
    text,
    ticked,
)
from churn_mlops.reports.facts import Facts, lenient
from churn_mlops.reports.formats import apart, is_number, moment, points
from churn_mlops.reports.verdicts import next_command

GATES, PROMOTION = "artifacts/gates.json", "artifacts/promotion.json"
_EVIDENCE = re.compile(r"pages/[\w.-]+\.html(#[^\s\"'<>]*)?")


def gates(facts: Facts) -> dict:
    """Every gate with its value, its threshold and where the run shows it."""
    rows = [lenient(_gate)(gate) for gate in facts.gates()]
    return section(
        "gates",
        "Gates",
        table(["Gate", "Result", "Value", "Threshold", "What it says"], [row for row in rows if row], "--nn-")
        or missing("No gate was evaluated, so nothing speaks for this model", "045 Judge"),
        text(*ticked(str(facts.object(PROMOTION)["reason"]))) if facts.object(PROMOTION).get("reason") else None,
    )


def _gate(gate: dict) -> list:
    value, threshold = apart(gate.get("value"), gate.get("threshold"))
    shown, name = str(gate.get("evidence") or ""), str(gate["name"])
    result = sign("good", "✓ passed") if gate.get("passed") is True else sign("bad", "✗ failed")
    return [
        link(name, shown) if _EVIDENCE.fullmatch(shown) else name,
        result,
        value,
        threshold,
        ticked(str(gate.get("message"))),
    ]


def approvals(facts: Facts, readiness: dict | None) -> dict:
    """Who has approved it, and the readiness of the run that made it."""
    return section(
        "approvals",
        "Approvals and readiness",
        text(_approved(facts)),
        text(
            "This card is part of its version and never changes. Who has approved or stopped the model since: ",
            code(f"python pipeline.py show {facts.manifest.get('version')}"),
        ),
        text(
            "Readiness: ",
            link(f"{points(readiness['score'])} of 7 points", "readiness.html"),
            f", {readiness['level']}.",
        )
        if readiness and is_number(readiness.get("score"))
        else missing("Readiness was not scored"),
    )


def _approved(facts: Facts) -> str:
    """What stands when the card is written: people approve a model after its run."""
    people, promotion = lenient(_people)(facts) or 0, facts.object(PROMOTION)
    if facts.manifest.get("experiment"):
        return "None needed: the run is an experiment, and its model does not serve."
    if people:
        who = "one person" if people == 1 else f"{people} people"
        return f"None yet: by the definition's policy {who} must approve it, none of whom started the run."
    if promotion.get("promoted") is True or "champion already" in str(facts.manifest.get("verdict")):
        return "None needed: by the definition's policy the gates decide, and they let it serve."
    return "None: it does not serve."


def _people(facts: Facts) -> int:
    """How many people must approve, by the dataset definition."""
    policy = tomllib.loads((facts.run / "config.toml").read_text(encoding="utf-8"))["policy"]
    return {"one": 1, "two": 2}.get(policy["approval"], 0)


def making(facts: Facts) -> dict:
    """Digests of what went in, and the commands that make it again."""
    manifest = facts.manifest
    code_of, environment = manifest.get("code") or {}, manifest.get("environment") or {}
    data, described = facts.object("artifacts/data_version.json"), facts.object("artifacts/model.json")
    dirty = " with changes that were not committed" if code_of.get("git_dirty") else ""
    return section(
        "making",
        "How to make it again",
        named(
            [
                ["Run", code(manifest.get("version"))],
                ["Made", moment(manifest.get("finished"))],
                ["Model, SHA-256", code(described["digest"]) if described.get("digest") else ""],
                ["Data version", code(data["version"]) if data.get("version") else ""],
                ["Commit", [code(code_of["git_commit"]), dirty] if code_of.get("git_commit") else ""],
                ["Library", code(code_of["library"]) if code_of.get("library") else ""],
                ["Lock", code(code_of["lock"]) if code_of.get("lock") else ""],
                ["Python", str(environment.get("python") or "")],
                [
                    "Packages",
                    ", ".join(f"{name} {version}" for name, version in (environment.get("packages") or {}).items()),
                ],
            ]
        ),
        command(*filter(None, (_checkout(code_of), "make setup", next_command(manifest)))),
        items(
            "The settings that were not the notebooks' own stand in parameters.json." if _set(manifest) else "",
            [
                code(f"python pipeline.py reproduce {manifest.get('version')}"),
                " does it, and compares.",
            ]
            if facts.has("source.tar")
            else "",
        ),
    )


def _checkout(code_of: dict) -> str:
    commit = str(code_of.get("git_commit") or "")
    return f"git checkout {commit[:12]}" if re.fullmatch(r"[0-9a-f]{12,64}", commit) else ""


def _set(manifest: dict) -> bool:
    """Whether a stage was given more than what only the runner knows."""
    known = {"run_dir", "runs_dir", "config", "data", "as_of"}
    given = manifest.get("parameters") or {}
    return any(set(values) - known for values in given.values() if isinstance(values, dict))
