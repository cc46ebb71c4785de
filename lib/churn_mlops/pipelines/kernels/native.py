"""Readers that open files in native code, which raises no audit event: two common ones raise one here.

Parquet through pyarrow, which pandas uses, and files read by Ibis' DuckDB backend. DuckDB's own functions stay as they
are: they look for tables among the variables of their caller, and would find those of a wrapper. A module that is not
loaded yet is wrapped when it is.
"""

import functools
import os
import sys
from pathlib import Path


def wrap() -> None:
    """Wrap what is loaded, and have the rest wrapped as it is loaded."""
    for name in _MODULES:
        if name in sys.modules:
            _wrap(sys.modules[name])
    sys.meta_path.insert(0, _Later())


class _Later:
    """Finds the modules in question like the finders after it, and wraps them once they are loaded."""

    def find_spec(self, name, path=None, target=None):
        """The spec that another finder has, whose loader wraps the module; None for all other modules."""
        if name not in _MODULES:
            return None
        found = (other.find_spec(name, path, target) for other in sys.meta_path if other is not self)
        spec = next(filter(None, found), None)
        if spec and spec.loader:
            load = spec.loader.exec_module

            def exec_module(module):
                load(module)
                _wrap(module)

            spec.loader.exec_module = exec_module
        return spec


_MODULES = {
    "pyarrow.parquet.core": (("ParquetFile", "__init__"), ("ParquetDataset", "__init__")),
    "ibis.backends.duckdb": (("Backend", "read_parquet"), ("Backend", "read_csv"), ("Backend", "read_json")),
}


def _wrap(module) -> None:
    for owner, name in _MODULES[module.__name__]:
        cls = getattr(module, owner, None)
        if cls and hasattr(cls, name):
            setattr(cls, name, _telling(getattr(cls, name)))


def _telling(method):
    """The method, which first tells of the files that it is given."""

    @functools.wraps(method)
    def telling(self, *arguments, **named):
        _tell(next(iter((*arguments, *named.values())), None))
        return method(self, *arguments, **named)

    return telling


def _tell(source) -> None:
    for path in source if isinstance(source, list | tuple) else [source]:
        if not isinstance(path, str | os.PathLike):
            continue
        for file in Path(path).rglob("*") if Path(path).is_dir() else [path]:
            sys.audit("open", file, None, os.O_RDONLY)
