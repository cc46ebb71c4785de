"""The model as a file: no pickle, no code in it, and the same bytes for the same model.

skops stores a model as a zip of plain JSON and arrays, and loads only types that it or we name here.
"""

import hashlib
from pathlib import Path

from churn_mlops.archive.digest import digest_file
from churn_mlops.archive.files import write_bytes
from churn_mlops.errors import ChurnError, DataError, UntrustedModel
from churn_mlops.models.canonical import canonical_bytes
from churn_mlops.models.container import check_container
from churn_mlops.models.trees import check_trees

TRUSTED = (
    "churn_mlops.models.calibration.CalibratedModel",
    "churn_mlops.models.centred.CentredLogistic",
    "churn_mlops.models.curve.Curve",
    "churn_mlops.models.empty.FillEmpty",
    "churn_mlops.models.families.blend.Blend",
    "churn_mlops.models.families.lightgbm.LightGBMModel",
    "churn_mlops.models.families.shares.LevelShares",
    "churn_mlops.models.sampled.FitOnSample",
    "numpy.dtype",
    "sklearn._loss.link.Interval",
    "sklearn._loss.link.LogitLink",
    "sklearn._loss.loss.HalfBinomialLoss",
    "sklearn.ensemble._hist_gradient_boosting.binning._BinMapper",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
)


def save_model(model, path: Path) -> str:
    """Write the model and return the file's SHA-256; the same fitted model gives the same bytes anywhere.

    Raises UntrustedModel, and writes nothing, when the file could not be loaded again.
    """
    from skops.io import dumps, get_untrusted_types

    content = canonical_bytes(dumps(model))
    _check_trusted(path, get_untrusted_types(data=content))
    write_bytes(path, content)
    return digest_file(path)


def load_model(path: Path, digest: str | None = None):
    """The model in a file, predicting the same to the last bit; raises UntrustedModel or DataError.

    The bytes that are parsed are those that were looked at: their `digest`, where it is known, the container, the kinds
    of nodes in the schema, and the types. skops makes nothing before all of that has passed.
    """
    try:
        content = Path(path).read_bytes()
    except FileNotFoundError:
        raise DataError(f"{path}: no such model file. Cure: run the stage that trains the model.") from None
    if digest and (found := hashlib.sha256(content).hexdigest()) != digest:
        raise DataError(f"{path}: digest {found[:12]}, expected {digest[:12]}. Cure: do not use it; make it again.")
    try:
        check_container(content, path)
        return _load(content, path)
    except ChurnError:
        raise
    except Exception as error:  # of a file of another hand, which skops may stumble over anywhere
        seen = f"{type(error).__name__}: {error}"
        raise DataError(f"{path}: not a complete model file ({seen}). Cure: make it again.") from None


def _load(content: bytes, path: Path):
    from skops.io import get_untrusted_types, loads

    _check_trusted(path, get_untrusted_types(data=content))
    model = loads(content, trusted=list(TRUSTED))
    check_trees(model, path)
    return model


def model_digest(path: Path) -> str:
    """SHA-256 of a model file, in hex."""
    return digest_file(path)


def _check_trusted(path, types) -> None:
    if unknown := sorted(set(types) - set(TRUSTED)):
        raise UntrustedModel(path, unknown)
