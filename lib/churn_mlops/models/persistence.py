"""The model as a file: no pickle, no code in it, and the same bytes for the same model.

skops stores a model as a zip of plain JSON and arrays, and loads only types that it or we name here.
"""

import zipfile
from pathlib import Path

from churn_mlops.archive.digest import digest_file
from churn_mlops.archive.files import write_bytes
from churn_mlops.errors import DataError, UntrustedModel
from churn_mlops.models.canonical import canonical_bytes

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


def load_model(path: Path):
    """The model in a file, predicting the same to the last bit; raises UntrustedModel or DataError."""
    from skops.io import get_untrusted_types, load

    try:
        _check_trusted(path, get_untrusted_types(file=path))
        return load(path, trusted=list(TRUSTED))
    except FileNotFoundError:
        raise DataError(f"{path}: no such model file. Cure: run the stage that trains the model.") from None
    except (zipfile.BadZipFile, KeyError, ValueError) as error:
        raise DataError(f"{path}: not a complete model file ({error}). Cure: make it again.") from None


def model_digest(path: Path) -> str:
    """SHA-256 of a model file, in hex."""
    return digest_file(path)


def _check_trusted(path, types) -> None:
    if unknown := sorted(set(types) - set(TRUSTED)):
        raise UntrustedModel(path, unknown)
