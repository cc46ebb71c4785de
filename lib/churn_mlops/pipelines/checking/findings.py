"""What a check has found, and how it is told."""

from dataclasses import dataclass
from pathlib import Path

LIST = "pipeline.py"


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it should be: where, which rule, what was seen, and the cure.

    An error would stop or falsify a run; advice would only make a reader stumble. `cell` counts code cells from 1,
    as the manifest of a run does; None stands for the prose or the whole file.
    """

    file: str
    cell: int | None
    rule: str
    seen: str
    cure: str
    error: bool = False

    def __str__(self) -> str:
        place = f"{self.file}, cell {self.cell}" if self.cell else self.file
        stop = "" if self.seen.endswith("?") else "."
        return f"{'error' if self.error else 'advice'}: {place}: {self.rule}: {self.seen}{stop} Cure: {self.cure}."

    def describe(self) -> dict:
        """The finding as plain values."""
        told = {name: getattr(self, name) for name in ("file", "cell", "rule", "seen", "cure")}
        return {"level": "error" if self.error else "advice", **told}


def describe(found: dict[Path, list[Finding]], strict: bool) -> dict:
    """The answer of `check`: whether all is well, and every finding by file, in the order of the pipeline."""
    everything = [finding for findings in found.values() for finding in findings]
    errors = sum(finding.error for finding in everything)
    return {
        "ok": not (everything if strict else errors),
        "strict": strict,
        "errors": errors,
        "advice": len(everything) - errors,
        "files": {path.name: [finding.describe() for finding in findings] for path, findings in found.items()},
    }


def as_text(answer: dict) -> str:
    """The answer as lines: `ok`, or the findings, one a line."""
    lines = []
    for name, findings in answer["files"].items():
        if not findings:
            lines.append(f"ok      {name}")
        lines += [str(Finding(error=f["level"] == "error", **_without_level(f))) for f in findings]
    counts = f"{_count(answer['errors'], 'error')}, {answer['advice']} of advice"
    strict = ", which --strict does not let pass" if answer["strict"] and answer["advice"] else ""
    return "\n".join([*lines, "", "All is well." if not answer["errors"] + answer["advice"] else f"{counts}{strict}."])


def _without_level(finding: dict) -> dict:
    return {name: value for name, value in finding.items() if name != "level"}


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"
