"""What is wrong with a request: field, rule and value."""

from dataclasses import dataclass

LONGEST = 80  # letters of a value that is shown
MOST = 100  # problems that are told at once


@dataclass(frozen=True)
class Problem:
    """One thing that breaks a rule."""

    field: str  # empty: the body as a whole
    rule: str  # what is expected, as "a number, 0 or more"
    value: str  # what was seen, as JSON has it, cut short
    row: int | None = None  # of a batch, counted from 0

    def as_json(self) -> dict:
        """As the answer tells it; `row` only where there are several."""
        told = {"field": self.field, "rule": self.rule, "value": self.value}
        return told if self.row is None else {"row": self.row, **told}


class BadRequest(Exception):
    """A request that cannot be answered, with what to correct."""

    def __init__(self, problems: list[Problem], status: int = 422):
        self.problems, self.status = problems, status
        first = problems[0]
        where = f"`{first.field}`" if first.field else "the body"
        where = where if first.row is None else f"row {first.row}, {where}"
        more = f"; {len(problems) - 1} more" if len(problems) > 1 else ""
        super().__init__(f"{where}: expected {first.rule}, got {first.value}{more}")


def cut(text: str, longest: int = LONGEST) -> str:
    """The text, or its beginning."""
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
