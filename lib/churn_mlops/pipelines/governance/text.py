"""Models and records for a reader."""

from churn_mlops.registry.approval import how_many
from churn_mlops.registry.identity import short

_SHOWN = {"roc_auc": ("ROC AUC", "{:.3f}"), "profit": ("profit", "{:,.0f}")}


def models_table(rows: list[dict]) -> str:
    """The models as aligned text."""
    if not rows:
        return "No model yet. Cure: python pipeline.py"
    header = ("version", "dataset", "state", "ROC AUC", "profit", "gates", "author", "approved by")
    lines = [header] + [_model_line(row) for row in rows]
    return aligned(lines)


def _model_line(row: dict) -> tuple[str, ...]:
    passed = sum(bool(gate["passed"]) for gate in row["gates"])
    marks = [row["state"], *(name for name in ("shadow", "experiment") if row[name])]
    marks += ["imported"] if row["importer"] else []
    marks += [] if row["there"] else ["deleted" if row["deleted"] else "GONE"]
    return (
        row["version"],
        row["dataset"],
        ", ".join(marks),
        *(_metric(row, name) for name in _SHOWN),
        f"{passed}/{len(row['gates'])}" if row["gates"] else "-",
        short(row["author"] or "-"),
        ", ".join(map(short, row["approved_by"])) or "-",
    )


def _metric(row: dict, name: str) -> str:
    value = row["metrics"].get(name)
    return "-" if value is None else _SHOWN[name][1].format(value)


def aligned(lines: list[tuple[str, ...]]) -> str:
    """Rows of texts in columns."""
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    return "\n".join("  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)).rstrip() for line in lines)


def model_text(row: dict) -> str:
    """One model, what its promotion needs, and its records."""
    data = row["data"] or {}
    failed = [gate["name"] for gate in row["gates"] if not gate["passed"]]
    gates = f"{len(row['gates']) - len(failed)} of {len(row['gates'])} passed" if row["gates"] else "none evaluated"
    lines = [
        ("Model", f"{row['version']} ({row['dataset']}), {row['name'] or 'unnamed'}"),
        ("State", row["state"] + (f" since {row['since']}" if row["since"] else "") + ", shadow" * row["shadow"]),
        ("Digest", row["digest"] or "-"),
        ("Signature", row["signature"] or "-"),
        (
            "Data",
            f"{data.get('source') or '-'}, version {(data.get('version') or '-')[:12]}, up to {data.get('newest')}",
        ),
        ("Metrics", ", ".join(f"{name} {value:,.4g}" for name, value in row["metrics"].items() if value is not None)),
        ("Gates", gates + (f"; failed: {', '.join(failed)}" if failed else "")),
        ("Author", row["author"] or "not known"),
        *([("Imported by", _importer(row))] if row["importer"] else []),
        ("Policy", _policy(row)),
        ("Approved by", ", ".join(row["approved_by"]) or "nobody"),
        ("Made again", _reproduced(row["reproduced"])),
        *([("Stopped", row["stopped"])] if row["stopped"] else []),
        *[("Damaged", problem) for problem in row["problems"]],
        *([] if row["there"] else [("Gone", f"deleted on {row['deleted']}" if row["deleted"] else "without a record")]),
    ]
    return aligned(lines) + "\n\n" + records_text(row["records"])


def _reproduced(found: list[dict]) -> str:
    """The last verdict of `reproduce`."""
    if not found:
        return "never tried"
    last = found[-1]
    return (
        f"{last['verdict']}, {last['at']}, in {'a fresh' if last['environment'] == 'fresh' else 'the same'} environment"
    )


def _importer(row: dict) -> str:
    return row["importer"] + ("" if row["vouched"] else "; somebody else has to approve it, whatever the policy")


def _policy(row: dict) -> str:
    missing = row["approvals_missing"]
    waits = f"; {how_many(missing)} must still approve" if missing and row["state"] != "champion" else ""
    return row["policy"] + waits


def records_text(rows: list[dict]) -> str:
    """Records, oldest first, one a line."""
    if not rows:
        return "Nothing is on record yet. Cure: python pipeline.py"
    several = len({row["dataset"] for row in rows}) > 1
    lines = [
        (
            row["at"],
            *([row["dataset"]] if several else []),
            str(row["n"]),
            row["kind"],
            (row["by"] + (" (signed)" if row["signed"] else "")),
            facts_text(row["kind"], row["facts"]),
        )
        for row in rows
    ]
    return aligned(lines)


def facts_text(kind: str, facts: dict) -> str:
    """What a record says, in a line."""
    if kind == "deletion":
        return f"{len(facts['versions'])} versions: {', '.join(facts['versions'])}"
    if kind == "recovery":
        return f"{facts['bytes']} bytes of a record that a kill had torn"
    if kind == "beginning":
        return f"the log begins; champion {(facts['champion'] or {}).get('version') or 'none yet'}"
    told = [str(facts.get("version") or "none")]
    told += {
        "run": lambda: [facts["verdict"] or facts["status"]],
        "import": lambda: [facts["verdict"] or facts["status"], _signed(facts["signed"])],
        "registration": lambda: [f"model {facts['digest'][:12]}"],
        "alert": lambda: [_alert(facts), f"{facts['severity']}: {facts['message']}"],
        "retraining": lambda: ["needed: " + "; ".join(facts.get("reasons") or []) if facts["needed"] else "not needed"],
        "promotion": lambda: [f"generation {facts['generation']}, before {facts['previous'] or 'none'}"],
        "reproduction": lambda: [facts["verdict"], facts["stage"] and f"from {facts['stage']} on"],
        "rollback": lambda: [f"generation {facts['generation']}, from {facts['previous']}"],
    }.get(kind, list)()
    return ", ".join(filter(None, [*told, facts.get("reason")]))


def _alert(facts: dict) -> str:
    """Which alert has come into which state; nothing where a run has only found something."""
    return f"{facts['alert']} {facts['state']}" if "state" in facts else ""


def _signed(signed: dict) -> str:
    """By whom an archive was signed, as its import has it on record."""
    known = signed["name"] or {"option": "a key that was given"}.get(signed["known_by"], "a key that nobody here knows")
    return f"signed with {known}" if signed["key"] else "not signed"


def audited_text(rows: list[dict]) -> str:
    """What verifying logs has found, for a reader."""
    return "\n".join(_audited(row) for row in rows) or "No log yet. Cure: python pipeline.py"


def _audited(row: dict) -> str:
    lines = list(row["problems"])
    if not lines:
        lines.append(f"{row['dataset']}: {row['records']:,} records verified; the archive bears them out.")
    if row["unsigned"]:
        lines.append(f"{row['dataset']}: not signed: {_ranges(row['unsigned'])}.")
    if row["torn_bytes"]:
        lines.append(
            f"{row['dataset']}: {row['torn_bytes']} bytes of a record torn by a kill; the next puts that on record."
        )
    return "\n".join(lines)


def _ranges(numbers: list[int]) -> str:
    """Numbers of records with those in a row taken together: 1 to 4, 7."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ", ".join(f"{a}" if a == b else f"{a} to {b}" for a, b in spans)
