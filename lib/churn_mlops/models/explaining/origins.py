"""Which raw column each output of the preprocessing comes from: every block treats its columns one by one."""

import copy
import re

import numpy as np

from churn_mlops.errors import DataError

MARK = re.compile("\ue000([0-9]+)\ue001")  # an input's place, written so that no name or level can look like it


def origins(columns) -> tuple[list[str], np.ndarray]:
    """The raw columns that a fitted ColumnTransformer reads, and for each of its outputs the place of its own.

    A column may stand in several blocks (its value, and whether it is missing); all their outputs are its own.
    """
    names = list(dict.fromkeys(str(name) for _, step, read in columns.transformers_ for name in _read(step, read)))
    places = {name: place for place, name in enumerate(names)}
    found = np.full(_width(columns), -1)
    for block, step, read in columns.transformers_:
        where, read = columns.output_indices_[block], _read(step, read)
        if len(read) and where.stop > where.start:
            of_block = follow(step, np.array([places[str(name)] for name in read]))
            _check_width(block, len(of_block), where.stop - where.start)
            found[where] = of_block
    return names, found


def follow(step, places: np.ndarray) -> np.ndarray:
    """The places behind a fitted transformer's outputs, from those behind its inputs."""
    if hasattr(step, "steps"):
        for _, inner in step.steps:
            places = follow(inner, places)
        return places
    if step is None or step == "passthrough" or not len(places):
        return places
    if hasattr(step, "get_feature_names_out"):
        return places[_named(step, len(places))]
    outputs = step.transform(np.zeros((1, len(places)))).shape[1]
    if outputs % len(places):
        raise DataError(
            f"{type(step).__name__} makes {outputs} outputs of {len(places)} columns, so that it cannot be told which "
            "come from which. Cure: give it get_feature_names_out, or as many outputs for every column."
        )
    return np.repeat(places, outputs // len(places))


def _named(step, inputs: int) -> list[int]:
    """The input behind each output, from the names that scikit-learn makes of marked inputs."""
    unnamed = copy.copy(step)
    vars(unnamed).pop("feature_names_in_", None)
    outputs = unnamed.get_feature_names_out([f"\ue000{place}\ue001" for place in range(inputs)])
    return [int(MARK.search(name).group(1)) for name in outputs]


def _read(step, read) -> list:
    return [] if isinstance(step, str) and step == "drop" else [read] if isinstance(read, str) else list(read)


def _width(columns) -> int:
    return max((where.stop for where in columns.output_indices_.values()), default=0)


def _check_width(block: str, told: int, made: int) -> None:
    if told != made:
        raise DataError(f"block {block!r} makes {made} outputs, of which {told} can be traced to a column.")
