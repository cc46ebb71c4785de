"""What happens at a worker of the cluster: the call, if the worker is like the machine that asks."""

import hashlib
import platform
import traceback
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from churn_mlops.workers.threads import one_thread

# Whose version can change a result, or keep it from being sent.
PACKAGES = ("numpy", "scipy", "pandas", "scikit-learn", "lightgbm", "pyarrow", "distributed", "cloudpickle")


@dataclass(frozen=True)
class Unlike:
    """A worker that would not compute the same, and in what it differs."""

    worker: str
    differences: list[str]


class Raised:
    """What a call raised, on its way home; many errors cannot be made again from their message alone."""

    def __init__(self, error: Exception):
        self.error = error

    def __reduce__(self):
        return _again, (type(self.error), self.error.args, self.error.__dict__)


def _again(kind: type, arguments: tuple, attributes: dict) -> Raised:
    error = kind.__new__(kind, *arguments)
    error.__dict__.update(attributes)
    return Raised(error)


class Packed:
    """A value on its way, copied into memory of its own where it arrives.

    Dask hands arrays over as views into what came over the line, at any address. numpy multiplies such an array by
    another routine, with other last bits.
    """

    def __init__(self, value):
        self.value = value

    def __reduce__(self):
        from distributed.protocol.pickle import dumps

        return _unpack, (dumps(self.value),)


def _unpack(data: bytes) -> Packed:
    from distributed.protocol.pickle import loads

    return Packed(loads(data))


def run_there(shared: Packed, packed: Packed, asked: dict[str, str]) -> Packed:
    """What came of a call: its result, or a Raised, or an Unlike where this worker's `facts()` are not those asked for.

    `packed` holds the function and its own arguments.
    """
    return Packed(_run(shared.value, *packed.value, asked))


def _run(shared: tuple, function, call: tuple, asked: dict[str, str]):
    differences = [f"{name} {value} (here {asked[name]})" for name, value in facts().items() if value != asked[name]]
    if differences:
        return Unlike(_address(), differences)
    try:
        with one_thread():
            return function(*shared, *call)
    except Exception as error:
        error.add_note(f"Raised at worker {_address()}:\n{traceback.format_exc()}")
        return Raised(error)


@cache
def facts() -> dict[str, str]:
    """What decides about the bits of a result: the kind of machine, Python, packages, and this library's source."""
    known = {"machine": platform.machine(), "python": platform.python_version()}
    for name in PACKAGES:
        try:
            known[name] = version(name)
        except PackageNotFoundError:
            known[name] = "none"
    return known | {"churn-mlops": _source()}


def _source() -> str:
    """A digest of the library as it stood when this process first asked."""
    folder, digest = Path(__file__).parent.parent, hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    return f"source {digest.hexdigest()[:12]}"


def _address() -> str:
    from distributed import get_worker

    return get_worker().address
