"""The fitted model with its texts looked up by Arrow: the same numbers, in a fraction of the time, without Python.

scikit-learn's OrdinalEncoder looks each text up in a dict, one by one; a third of a prediction goes there, and while it
lasts no other thread gets on. The codes are whole numbers, so all that is made of them is the same to the bit.
"""

from copy import copy, deepcopy

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.preprocessing import OrdinalEncoder


class ArrowEncoder(OrdinalEncoder):
    """A fitted OrdinalEncoder of texts, in which one never seen has a code of its own."""

    def transform(self, X):
        """The position of each text among the levels, as float64."""
        import pyarrow as pa
        import pyarrow.compute as pc

        codes = np.empty(X.shape)
        for place, levels in enumerate(self.categories_):
            texts = pa.array(X.iloc[:, place])
            found = pc.index_in(texts, pa.array(levels.tolist(), texts.type))
            codes[:, place] = pc.fill_null(found, self.unknown_value).to_numpy(zero_copy_only=False)
        return codes


def with_arrow(model):
    """A copy of a fitted model whose encoders of texts are looked up by Arrow; the model itself stays as it is."""
    if isinstance(model, OrdinalEncoder):
        return _encoder(model) if _is_of_texts(model) else model
    if isinstance(model, list | tuple):
        return type(model)(with_arrow(part) for part in model)
    if not isinstance(model, BaseEstimator):
        return model
    found = copy(model)
    for name, value in vars(model).items():
        if name in PARTS:
            setattr(found, name, with_arrow(value))
    return found


PARTS = ("estimator_", "estimators_", "steps", "transformers_")  # where fitted models keep those they are made of


def _encoder(model: OrdinalEncoder) -> ArrowEncoder:
    found = ArrowEncoder()
    vars(found).update(deepcopy(vars(model)))
    return found


def _is_of_texts(model: OrdinalEncoder) -> bool:
    """Whether it knows texts alone, gives those never seen a code of their own, and throws no levels together."""
    plain = model.handle_unknown == "use_encoded_value" and not getattr(model, "_infrequent_enabled", False)
    fitted = hasattr(model, "categories_")  # one without a column never is
    return fitted and plain and all(type(level) is str for levels in model.categories_ for level in levels.tolist())
