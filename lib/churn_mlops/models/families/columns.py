"""From raw columns to numbers. Every block treats its columns one by one, so each output has one raw column."""

import math
from dataclasses import dataclass

from sklearn.compose import ColumnTransformer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OrdinalEncoder

from churn_mlops.errors import DataError
from churn_mlops.models.empty import FillEmpty
from churn_mlops.models.families.shares import LevelShares

MANY = 64  # levels from which a text says more by the share of each level that left than by a place in the alphabet


@dataclass(frozen=True)
class Names:
    """The raw columns by what they need: numbers, categories of few levels, and of many."""

    numbers: list[str]
    few: list[str]
    many: list[str]
    levels: dict[str, list[str]]  # of each category column whose levels are known

    def levels_of(self, names: list[str]):
        """The known levels of each of these columns, or "auto" where some are not known."""
        known = [self.levels.get(name) for name in names]
        return known if known and all(known) else "auto"

    def __len__(self) -> int:
        return len(self.numbers) + len(self.few) + len(self.many)


def name_columns(signature) -> Names:
    """The columns of a signature, each with `.name`, `.kind` ("number" or "category") and `.categories`.

    Raises DataError where there is none.
    """
    texts = [column for column in signature.columns if column.kind == "category"]
    many = [column.name for column in texts if len(column.categories or ()) >= MANY]
    few = [column.name for column in texts if column.name not in many]
    numbers = [column.name for column in signature.columns if column.kind == "number"]
    names = Names(numbers, few, many, {c.name: list(c.categories) for c in texts if c.categories})
    if not len(names):
        raise DataError("the signature has no columns: a model needs at least one feature.")
    return names


def codes(levels) -> OrdinalEncoder:
    """Level -> its position; a level never seen, or none, -> -1.

    The boosting's own treatment of categories is not used: it cannot be exported faithfully to ONNX.
    """
    return OrdinalEncoder(
        categories=levels, handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-1
    )


def shares(levels, seed: int):
    """Level -> the log-odds of the share of its rows that left; a level never seen -> that of all.

    The codes are a data frame, so that the shares see whose each row is.
    """
    return make_pipeline(codes(levels).set_output(transform="pandas"), LevelShares(seed=seed))


def tree_columns(names: Names, seed: int) -> ColumnTransformer:
    """One number a column, gaps left as they are, for models made of trees."""
    return ColumnTransformer(
        [
            ("category", codes(names.levels_of(names.few)), names.few),
            ("share", shares(names.levels_of(names.many), seed), names.many),
            ("number", FillEmpty(), names.numbers),
        ],
        sparse_threshold=0,
    )


def suggest_leaves(events: int, fewest: int = 4, most: int = 31) -> int:
    """Leaves a tree for so many leavers: the square root of their number over six, from 4 to 31.

    Found by measuring: with 600 leavers 4 leaves predict unseen customers best, with 20,000 leavers 24 do.
    """
    return min(most, max(fewest, round(math.sqrt(events) / 6)))
