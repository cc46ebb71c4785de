"""A linear model column by column: what each value adds to the log-odds, as a map or a curve."""

import numpy as np

from churn_mlops.serving.fast.columns import NAN, bend, mapped, places_of, transformed


def for_linear(columns, coefficients, signature) -> list:
    """For each column of the signature what a value of it adds; None where the model does not read it."""
    found, probed = [], transformed(columns, signature, [NAN])
    for column, places in zip(signature.columns, places_of(columns, signature), strict=True):
        asked, made = probed[column.name]
        added = (made[:, places] @ coefficients[places]).tolist()
        if not len(places):
            found.append(None)
        elif column.kind == "category":
            found.append(mapped(asked[:-1], added))
        else:
            found.append(_of_number(columns, coefficients, column.name, places, added[0]))
    return found


def _of_number(columns, coefficients, name: str, places, gap: float):
    """The curve of one number, from the steps of the block of numbers."""
    names = next(list(read) for block, _, read in columns.transformers_ if block == "number")
    steps = [step for _, step in columns.named_transformers_["number"].steps]
    ranks, rest, place = steps[1], steps[2:], names.index(name)
    knots = next((step.knots for step in rest if hasattr(step, "knots")), 2)
    within = columns.output_indices_["number"]
    mine = places[(places >= within.start) & (places < within.stop)]

    def curve(points):
        made = np.full((len(points), len(names)), 0.5)
        made[:, place] = points
        for step in rest:
            made = step.transform(made)
        return made[:, mine - within.start] @ coefficients[mine]

    return bend(ranks.quantiles_[:, place], ranks.references_, curve, knots, gap)
