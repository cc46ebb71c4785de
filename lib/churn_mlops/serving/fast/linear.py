"""A linear model column by column: what each value adds to the log-odds, as a map or a curve."""

import numpy as np

from churn_mlops.serving.fast.columns import NAN, UNSEEN, Levels, bend, levels_of, places_of, transformed


def for_linear(columns, coefficients, signature) -> list:
    """For each column of the signature what a value of it adds; None where the model does not read it."""
    found = []
    for column, places in zip(signature.columns, places_of(columns, signature), strict=True):
        if not len(places):
            found.append(None)
        elif column.kind == "category":
            levels = levels_of(columns, column.name, signature)
            made = transformed(columns, signature, column.name, [*levels, UNSEEN])
            added = (made[:, places] @ coefficients[places]).tolist()
            found.append(Levels(dict(zip(levels, added, strict=False)), added[-1]))
        else:
            found.append(_of_number(columns, coefficients, signature, column.name, places))
    return found


def _of_number(columns, coefficients, signature, name: str, places):
    """The curve of one number, from the steps of the block of numbers."""
    names = next(list(read) for block, _, read in columns.transformers_ if block == "number")
    steps = [step for _, step in columns.named_transformers_["number"].steps]
    ranks, rest, place = steps[1], steps[2:], names.index(name)
    knots = next((step.knots for step in rest if hasattr(step, "knots")), 2)
    within = columns.output_indices_["number"]
    mine = places[(places >= within.start) & (places < within.stop)]
    gap = transformed(columns, signature, name, [NAN])[0, places] @ coefficients[places]

    def curve(points):
        made = np.full((len(points), len(names)), 0.5)
        made[:, place] = points
        for step in rest:
            made = step.transform(made)
        return made[:, mine - within.start] @ coefficients[mine]

    return bend(ranks.quantiles_[:, place], ranks.references_, curve, knots, float(gap))
