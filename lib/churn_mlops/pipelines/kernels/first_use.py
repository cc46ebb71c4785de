"""What libraries load when they are first used, and not when they are imported: loaded ahead, once for all kernels.

Modules only: to read a table here, or to fit something, would start threads and draw random numbers.
"""

import contextlib
import sys
from importlib import import_module

# By the package that will ask for them. What is not there under this name any more costs speed and nothing else.
LATER = {
    "pandas": ("pandas.io.formats.html", "pandas.core.arrays.arrow.extension_types"),  # a table as a cell's result
    "pyarrow": ("pyarrow.pandas_compat", "pyarrow.parquet", "pyarrow.dataset", "pyarrow.substrait"),  # Parquet
    # The columns' names in a fit.
    "sklearn": ("narwhals.stable.v2._namespace", "narwhals._pandas_like.namespace", "narwhals._interchange.dataframe"),
}


def load() -> None:
    """Load what the packages that are loaded already will ask for."""
    for package in [package for package in LATER if package in sys.modules]:
        for name in LATER[package]:
            with contextlib.suppress(ImportError):
                import_module(name)
