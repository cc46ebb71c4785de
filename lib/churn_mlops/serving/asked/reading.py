"""A row as it was asked, by the rules of the signature: what the model takes, or what is wrong with it."""

import json
import math
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches

from churn_mlops.features.signature import MISSING
from churn_mlops.serving.asked.body import Huge
from churn_mlops.serving.asked.fields import MOST, Field
from churn_mlops.serving.asked.problems import MOST as MOST_PROBLEMS
from churn_mlops.serving.asked.problems import BadRequest, Problem, cut

LONGEST = 200  # letters of a level or an id
TRUTHS = {True: "yes", False: "no"}  # as training names them


@dataclass
class Row:
    """A row that can be answered."""

    values: list  # in the order of the signature
    customer: str | None
    unusual: list[Problem] = field(default_factory=list)  # what training has never seen; answered all the same


class Reader:
    """Reads rows of one model; what was usual in training passes with one comparison a field."""

    def __init__(self, fields: list[Field], id: str, snapshot_date: str = ""):
        self.fields, self.id = fields, id
        self.beside = tuple(name for name in (id, snapshot_date) if name)  # may be there, and no model reads them
        self._known = frozenset([*(f.name for f in fields), *self.beside])
        self._plan = [(f.name, f.kind == "category", f.low, f.high, frozenset(f.levels), f) for f in fields]

    def read(self, asked, number: int | None = None) -> Row:
        """One row, in a batch the one of that number; raises BadRequest with all that is wrong with it."""
        if type(asked) is not dict:
            raise BadRequest([Problem("", "an object with a key for each field", shown(asked), number)])
        values, odd = [], []
        for name, is_text, low, high, levels, of in self._plan:
            value = asked.get(name, odd)  # `odd` itself stands for a key that is not there
            kind = type(value)
            if is_text:
                usual = kind is str and value in levels
            else:
                usual = (kind is float or kind is int) and low <= value <= high
            if usual:
                values.append(value)
            elif value is None:
                values.append(MISSING if is_text else math.nan)
            else:
                odd.append((len(values), of, value))
                values.append(None)
        expected = len(self.fields) + sum(name in asked for name in self.beside)
        customer = asked.get(self.id)
        if odd or len(asked) != expected or (customer is not None and type(customer) is not str):
            return self._look_closer(asked, values, odd, number)
        return Row(values, self._customer(customer, number))

    def read_all(self, asked) -> list[Row]:
        """The rows of a batch; raises BadRequest with what is wrong with any of them."""
        rows, problems = [], []
        for number, one in enumerate(asked):
            try:
                rows.append(self.read(one, number))
            except BadRequest as error:
                problems += error.problems
                if len(problems) >= MOST_PROBLEMS:
                    break
        if problems:
            raise BadRequest(problems[:MOST_PROBLEMS])
        return rows

    def _look_closer(self, asked: dict, values: list, odd: list, number) -> Row:
        problems = [] if asked.keys() <= self._known else self._unknown(asked, number)
        unusual = []
        for place, of, value in odd:
            if value is odd:
                problems.append(Problem(of.name, f"{of.rule}; each field is needed", "no such key", number))
                continue
            taken, wrong, flag = _take(of, value)
            values[place] = taken
            if wrong or flag:
                (problems if wrong else unusual).append(Problem(of.name, wrong or flag, shown(value), number))
        try:
            customer = self._customer(asked.get(self.id), number)
        except BadRequest as error:
            problems += error.problems
        if problems:
            raise BadRequest(problems[:MOST_PROBLEMS])
        return Row(values, customer, unusual)

    def _unknown(self, asked: dict, number) -> list[Problem]:
        known = [of.name for of in self.fields]
        others = [key for key in asked if key not in self._known]
        found = []
        for key in others[:MOST_PROBLEMS]:
            near = get_close_matches(key[:LONGEST], known, n=1)
            rule = f"a field of the model{f'; did you mean `{near[0]}`?' if near else ''}"
            found.append(Problem(cut(key), rule, shown(asked[key]), number))
        return found

    def _customer(self, value, number) -> str | None:
        """The id as text; one may ask without."""
        if value is None:
            return None
        if type(value) is str and len(value) <= LONGEST and _can_be_written(value):
            return value
        if type(value) is float and value.is_integer():  # JSON has one kind of number: 7.0 is 7
            value = int(value)
        if type(value) is int and abs(value) < 2**63:
            return str(value)
        rule = f"a text of at most {LONGEST} letters, a whole number, or null"
        raise BadRequest([Problem(self.id, rule, shown(value), number)])


def _take(of: Field, value) -> tuple:
    """(what the model takes, the rule that is broken, what is unusual); the last two may be empty."""
    if of.kind == "category":
        return _take_text(of, value)
    if of.kind == "date" and type(value) is str:
        try:
            value = float((date.fromisoformat(value) - date.fromisoformat(of.since)).days)
        except ValueError:
            return None, of.rule, ""
    if type(value) not in (int, float) or not of.least <= value <= of.most or not -MOST <= value <= MOST:
        return None, of.rule, ""
    seen = "" if of.low <= value <= of.high else _range(of)
    return float(value), "", seen


def _take_text(of: Field, value) -> tuple:
    if type(value) is bool and TRUTHS[value] in of.levels:
        return TRUTHS[value], "", ""
    if type(value) is not str:
        return None, of.rule, ""
    if len(value) > LONGEST or not _can_be_written(value):
        return None, f"{of.rule}, of at most {LONGEST} letters that UTF-8 can write", ""
    return value, "", "" if value in of.levels else "a level that training has seen; none of this name was there"


def _range(of: Field) -> str:
    if of.low > of.high:
        return "no value at all in training"
    if of.kind == "date":
        return "a day as in training; it is earlier or later than all of these"
    return f"{of.low:g} to {of.high:g} in training"


def _can_be_written(text: str) -> bool:
    """Half of a surrogate pair can be asked for in JSON, and written nowhere."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def shown(value) -> str:
    """A value as JSON has it, cut short."""
    if isinstance(value, Huge):
        return f"{value.digits[:12]}… ({len(value.digits):,} digits)"
    if isinstance(value, dict | list):
        return f"{'an object' if isinstance(value, dict) else 'a list'} of {len(value)}"
    if type(value) is int and abs(value) > 10**40:
        return f"{str(value)[:12]}… ({len(str(abs(value)))} digits)"
    return cut(json.dumps(value[:1000] if isinstance(value, str) else value))
