"""Small questions that several proofs ask of a run."""

from churn_mlops.reports.facts import Facts

DONE = ("succeeded", "reused")


def ran(facts: Facts, stage: str, call: str) -> bool:
    """Whether a code cell of the stage's executed notebook made this call and came to its end."""
    cells = facts.json(f"notebooks/{stage}.ipynb")["cells"]
    return any(cell["cell_type"] == "code" and call in "".join(cell["source"]) and _ended(cell) for cell in cells)


def _ended(cell: dict) -> bool:
    failed = any(output.get("output_type") == "error" for output in cell.get("outputs", []))
    return cell.get("execution_count") is not None and not failed


def passed(facts: Facts, *words: str) -> str | None:
    """The message of the gate whose name has one of the words; None unless it passed."""
    named = [gate for gate in facts.gates() if any(word in str(gate.get("name")).lower() for word in words)]
    return " ".join(str(gate.get("message")) for gate in named) if named and _all_passed(named) else None


def fast_enough(facts: Facts) -> str | None:
    """Whether the gates on the time that one answer, and many, take have passed."""
    timed = passed(facts, "answers in time", "keeps pace")
    return "The gates on speed passed: one customer is scored in time, and so are many at once." if timed else None


def all_gates_passed(facts: Facts) -> bool:
    """Whether there are gates and none has failed."""
    return bool(facts.gates()) and _all_passed(facts.gates())


def _all_passed(gates: list[dict]) -> bool:
    return all(gate.get("passed") is True for gate in gates)


def no_alert(facts: Facts, *names: str) -> bool:
    """Whether monitoring looked and raised none of these."""
    alerts = facts.json("artifacts/alerts.json")
    return isinstance(alerts, list) and not any(alert["name"] in names for alert in alerts)


def covers(facts: Facts, rows: list[dict]) -> bool:
    """Whether a table with a row a column has one for every column that the model reads."""
    wanted = {column["name"] for column in facts.signature()}
    return bool(wanted) and wanted <= {row["column"] for row in rows}
